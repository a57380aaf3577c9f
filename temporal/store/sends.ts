/**
 * Sends are authorised here: facts, decision and claim in one transaction, for a whole batch. A claim's key is unique, so
 * of several who ask for the same message only one gets it (DESIGN section 6). The customers are locked before anything is read
 * of them, so that of several who ask for one customer each counts what the others have got.
 */
import { TEST_CUSTOMER_ID } from '../domain/journeyItem.ts';
import type { GateRules } from '../domain/gate/gateRules.ts';
import { ALREADY_SENT, type SendFacts } from '../domain/gate/sendGate.ts';
import { readSendFacts } from './gate/sendFacts.ts';
import { lockSurvivors } from './identities.ts';
import { readLanguages } from './languages.ts';
import { readPolicyInForce } from './policy.ts';
import { sessionOf, type Session } from './rows.ts';
import { readRuns } from './segmentFacts.ts';
import { insertRunSteps } from './segments.ts';
import {
  giveOutAgain,
  insertClaims,
  readClaims,
  rewriteClaims,
  sentByAbsorbed,
  setUnknown,
  writeRefusals,
} from './sendClaims.ts';
import { refusalOf, SendDecisions, type Claim, type Prepare, type Recipient } from './sendDecisions.ts';
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

/** @returns in the order of the requests */
export async function authorizeSends<Message>(
  trx: Queryable,
  requests: readonly SendRequest[],
  { now, ...measures }: Omit<GateRules, 'policy'>,
  prepare: Prepare<Message>,
): Promise<(SendAnswer<Message> | SendProblem)[]> {
  const session = sessionOf(trx);
  const rules: GateRules = { policy: await readPolicyInForce(session), now, ...measures };
  const survivors = await lockSurvivors(session, new Set(requests.map((request) => request.customerId)));
  const runs = await readRuns(
    session,
    requests.flatMap(({ origin }) => (origin.kind === 'run' ? origin.runId : [])),
  );
  const earlier = await readClaims(
    session,
    requests.flatMap((request) => earlierKeyOf(request) ?? []),
  );
  const asked = requests.map((request, index) => place(request, index, survivors, runs, earlier, now));
  const open = await withAbsorbed(
    session,
    asked.filter((one): one is OpenRequest => 'request' in one),
  );
  const facts = await readSendFacts(
    session,
    open.map(({ request, customerId, run, ownId, alreadySent }) => {
      const { channel, category, address, track, productIds } = request;
      return { channel, category, address, track, productIds, customerId, run, ownId, alreadySent };
    }),
    rules,
  );
  const windows = await readWhatsAppWindows(session, whatsAppQuestions(open, facts), now);
  const languages = await readLanguages(
    session,
    open.map(({ customerId }) => customerId),
  );
  const decisions = new SendDecisions(rules, prepare);
  for (const [position, one] of open.entries()) {
    const fact = facts[position];
    const language = languages.get(one.customerId) ?? null;
    if (fact) decisions.decide(one, fact, { language, ...windowOf(one, fact, windows) });
  }
  const answers = requests.map((_, index) => decisions.answers.get(index));
  for (const one of asked) {
    if ('request' in one) continue;
    const prepared = one.isSample ? prepare(one.index, SAMPLE) : { message: null };
    answers[one.index] = 'problem' in prepared ? prepared.problem : withMessage(one.answer, prepared.message);
  }
  await writeClaims(session, decisions, open, answers, now);
  await giveOutAgain(
    session,
    [...decisions.resumed.values()].map(({ id }) => id),
    now,
  );
  await setUnknown(session, [...lostSends(asked), ...decisions.lost], now);
  return answers.filter((answer) => answer !== undefined);
}

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

/** Who comes second with the same key finds the row of the first. */
async function writeClaims<Message>(
  session: Session,
  { claims, refusals }: SendDecisions<Message>,
  open: readonly OpenRequest[],
  answers: (SendAnswer<Message> | SendProblem | undefined)[],
  now: number,
): Promise<void> {
  const isNew = Object.groupBy(claims.values(), (claim) => (claim.isNew ? 'yes' : 'no'));
  await rewriteClaims(session, isNew.no?.map(({ row }) => row) ?? []);
  const fresh = isNew.yes ?? [];
  const taken = await insertClaims(
    session,
    fresh.map(({ row }) => row),
  );
  const won: Claim[] = isNew.no ?? [];
  const refused = [...refusals];
  for (const claim of fresh) {
    const { index, row } = claim;
    const other = taken.get(row.claim_key);
    if (!other) {
      won.push(claim);
    } else if (other.decision === 'send') {
      answers[index] = { ...replayOf(other, null), ...ALREADY_SENT, replayed: false };
      const one = open.find((request) => request.index === index);
      if (one) refused.push(refusalOf(one, row.claim_key, ALREADY_SENT, row.address, now));
    } else {
      answers[index] = replayOf(other, other.status);
    }
  }
  await writeRefusals(session, refused);
  const held = won.flatMap(({ row: { run_id, segment, node_name: node, decision } }) => {
    if (run_id === null || segment === null || decision === 'send') return [];
    return [{ run_id, segment, node, outcome: decision === 'defer' ? 'deferred' : 'suppressed' }];
  });
  await insertRunSteps(session, held, now);
}

const lostSends = (asked: readonly (OpenRequest | Answered)[]): string[] =>
  asked.flatMap((one) => ('lost' in one && one.lost !== undefined ? [one.lost] : []));
