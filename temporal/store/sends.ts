/**
 * Sends are authorised here: facts, decision and claim in one transaction, for a whole batch. A claim's key is unique, so
 * of several who ask for the same message only one gets it (DESIGN section 6).
 */
import { TEST_CUSTOMER_ID } from '../domain/journeyItem.ts';
import { decideSend, type GateDecision, type SendFacts } from '../domain/gate/sendGate.ts';
import type { SendStatus } from '../domain/sendStatus.ts';
import { newId } from '../newId.ts';
import type { SendRow } from './tables/sends.ts';
import { lockSurvivors } from './identities.ts';
import { sessionOf, type Session } from './rows.ts';
import { readRuns } from './segmentFacts.ts';
import { insertRunSteps } from './segments.ts';
import { readLanguages } from './languages.ts';
import { insertClaims, readClaims, rewriteClaims, sentByAbsorbed, setUnknown } from './sendClaims.ts';
import type { GateRules } from '../domain/gate/gateRules.ts';
import { readSendFacts } from './gate/sendFacts.ts';
import {
  earlierKeyOf,
  place,
  replayOf,
  type Answered,
  type OpenRequest,
  type SendAnswer,
  type SendProblem,
  type SendRequest,
} from './sendRequests.ts';
import type { Queryable } from './store.ts';
import { readWhatsAppWindows, windowKey } from './whatsAppWindows.ts';

/** Whom a message is made for. */
export interface Recipient {
  /** The surviving customer. */
  customerId: string;
  /** The customer's own `language` property; null when not known. */
  language: string | null;
  /** null where only asked, or for a test. */
  sendId: string | null;
}

/** Makes the message of the request at this place in the batch, or says why it cannot: then there is no claim. */
export type Prepare<Message> = (index: number, recipient: Recipient) => { message: Message } | { problem: SendProblem };

/** @returns in the order of the requests */
export async function authorizeSends<Message>(
  trx: Queryable,
  requests: readonly SendRequest[],
  rules: GateRules,
  prepare: Prepare<Message>,
): Promise<(SendAnswer<Message> | SendProblem)[]> {
  const session = sessionOf(trx);
  const survivors = await lockSurvivors(session, new Set(requests.map((request) => request.customerId)));
  const runs = await readRuns(
    session,
    requests.flatMap(({ origin }) => (origin.kind === 'run' ? origin.runId : [])),
  );
  const earlier = await readClaims(
    session,
    requests.flatMap((request) => earlierKeyOf(request) ?? []),
  );
  const asked = requests.map((request, index) => place(request, index, survivors, runs, earlier));
  const open = await withAbsorbed(
    session,
    asked.filter((one): one is OpenRequest => 'request' in one),
  );
  const facts = await readSendFacts(
    session,
    open.map(({ request, customerId, run, prior, alreadySent }) => {
      const { channel, category, address, track, productIds } = request;
      const priorId = prior?.id ?? null;
      return { channel, category, address, track, productIds, customerId, run, priorId, alreadySent };
    }),
    rules,
  );

  const windows = await readWhatsAppWindows(session, whatsAppQuestions(open, facts), rules.now);

  const answers: (SendAnswer<Message> | SendProblem)[] = [];
  for (const one of asked) {
    if ('request' in one) continue;
    const prepared = one.isSample ? prepare(one.index, SAMPLE) : { message: null };
    answers[one.index] = 'problem' in prepared ? prepared.problem : withMessage(one.answer, prepared.message);
  }
  const languages = await readLanguages(
    session,
    open.map(({ customerId }) => customerId),
  );
  const claims = new Map<string, Claim>();
  for (const [position, one] of open.entries()) {
    const fact = facts[position];
    if (!fact) continue;
    const key = one.claimKey;
    const sameInBatch = key === null ? undefined : claims.get(key);
    const isTaken = sameInBatch?.row.decision === 'send' && one.request.origin.kind === 'key';
    if (sameInBatch && !isTaken) {
      // Several items of one customer reach the node in one batch: they share the first one's message.
      answers[one.index] = replayOf(sameInBatch.row, sameInBatch.row.status);
      continue;
    }
    const decision = decideSend(isTaken ? { ...fact, alreadySent: true } : fact, rules);
    const wantsMessage = decision.decision === 'send' || one.request.dryRun;
    const window = windowOf(one, fact, windows);
    if (one.request.freeForm && window.freeFormUntil === null && decision.decision === 'send') {
      answers[one.index] = WINDOW_IS_CLOSED;
      continue;
    }
    const isKeyUsed = fact.alreadySent && one.request.origin.kind === 'key';
    const isClaimed = key !== null && !isKeyUsed && !isTaken;
    const sendId = one.prior?.id ?? sameInBatch?.row.id ?? (isClaimed ? newId('snd') : null);
    const recipient = { customerId: one.customerId, language: languages.get(one.customerId) ?? null, sendId };
    const prepared = wantsMessage ? prepare(one.index, recipient) : { message: null };
    if ('problem' in prepared) {
      answers[one.index] = prepared.problem;
      continue;
    }
    const status = decision.decision === 'send' && isClaimed ? ('claimed' as const) : null;
    answers[one.index] = {
      kind: 'decided',
      sendId,
      ...decision,
      address: fact.address,
      replayed: false,
      status,
      message: prepared.message,
      ...window,
    };
    if (isClaimed && sendId !== null) {
      const row = rowOf(one, key, sendId, decision, fact.address, status, rules.now);
      claims.set(key, { index: one.index, row, isNew: one.prior === null });
    }
  }
  await writeClaims(session, [...claims.values()], answers, rules.now);
  await setUnknown(session, lostSends(asked), rules.now);
  return answers;
}

const WINDOW_IS_CLOSED: SendProblem = {
  kind: 'problem',
  path: '/freeForm',
  message:
    'is true, but WhatsApp takes free text only within 24 hours after the customer’s last message, and there is none: use an approved template',
};

const whatsAppQuestions = (open: readonly OpenRequest[], facts: readonly SendFacts[]) =>
  open.flatMap(({ request, customerId }, position) => {
    const address = facts[position]?.address ?? null;
    return request.channel === 'whatsapp' && address !== null ? [{ customerId, address }] : [];
  });

function windowOf({ request, customerId }: OpenRequest, { address }: SendFacts, windows: Map<string, number>) {
  if (request.channel !== 'whatsapp') return {};
  return { freeFormUntil: address === null ? null : (windows.get(windowKey({ customerId, address })) ?? null) };
}

const SAMPLE: Recipient = { customerId: TEST_CUSTOMER_ID, language: null, sendId: null };

/** What a run of the same person has sent, in whose place this one goes on, is not sent again (after a merge). */
async function withAbsorbed(session: Session, open: readonly OpenRequest[]): Promise<OpenRequest[]> {
  const asking = open.flatMap(({ run, request }) => (run?.absorbs ? [{ runId: run.id, node: request.node }] : []));
  const sent = await sentByAbsorbed(session, asking);
  return open.map((one) => {
    const isSent = one.run !== null && sent.has(`${one.run.id}\0${one.request.node}`);
    return isSent ? { ...one, alreadySent: true } : one;
  });
}

const withMessage = <Message>(
  answer: SendAnswer<never> | SendProblem,
  message: Message | null,
): SendAnswer<Message> | SendProblem => (answer.kind === 'decided' ? { ...answer, message } : answer);

interface Claim {
  index: number;
  row: SendRow;
  isNew: boolean;
}

function rowOf(
  { request, customerId, run }: OpenRequest,
  claimKey: string,
  id: string,
  { decision, reasons, until }: GateDecision,
  address: string | null,
  status: SendStatus | null,
  now: number,
): SendRow {
  return {
    id,
    claim_key: claimKey,
    customer_id: customerId,
    channel: request.channel,
    category: request.category,
    journey_key: run?.journey_key ?? null,
    run_id: run?.id ?? null,
    segment: run?.segment ?? null,
    node: request.node,
    node_name: request.nodeName,
    decision,
    reasons_json: JSON.stringify(reasons),
    until,
    address,
    status,
    started_by: null,
    provider_message_id: null,
    error: null,
    permanent: null,
    created_at: now,
    updated_at: now,
    provider: request.provider,
    started_at: null,
  };
}

/** Who comes second with the same key finds the row of the first. */
async function writeClaims<Message>(
  session: Session,
  claims: Claim[],
  answers: (SendAnswer<Message> | SendProblem)[],
  now: number,
): Promise<void> {
  const isNew = Object.groupBy(claims, (claim) => (claim.isNew ? 'yes' : 'no'));
  await rewriteClaims(session, isNew.no?.map(({ row }) => row) ?? []);
  const fresh = isNew.yes ?? [];
  const taken = await insertClaims(
    session,
    fresh.map(({ row }) => row),
  );
  const won: Claim[] = isNew.no ?? [];
  for (const claim of fresh) {
    const other = taken.get(claim.row.claim_key);
    if (!other) {
      won.push(claim);
    } else if (other.decision === 'send') {
      answers[claim.index] = {
        ...replayOf(other, null),
        decision: 'suppress',
        reasons: ['already_sent'],
        replayed: false,
      };
    } else {
      answers[claim.index] = replayOf(other, other.status);
    }
  }
  const held = won.flatMap(({ row: { run_id, segment, node_name: node, decision } }) => {
    if (run_id === null || segment === null || decision === 'send') return [];
    return [{ run_id, segment, node, outcome: decision === 'defer' ? 'deferred' : 'suppressed' }];
  });
  await insertRunSteps(session, held, now);
}

const lostSends = (asked: readonly (OpenRequest | Answered)[]): string[] =>
  asked.flatMap((one) => ('lost' in one && one.lost !== undefined ? [one.lost] : []));
