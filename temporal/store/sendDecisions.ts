/** What is decided in one batch, request by request and in their order: each meets what those before it have taken. No SQL. */
import type { GateRules } from '../domain/gate/gateRules.ts';
import { decideResumed, decideSend, type GateDecision, type SendFacts } from '../domain/gate/sendGate.ts';
import type { SendStatus } from '../domain/sendStatus.ts';
import { newId } from '../newId.ts';
import { AttemptsOfBatch } from './gate/attempts.ts';
import { replayOf, type OpenRequest, type SendAnswer, type SendProblem } from './sendRequests.ts';
import type { SendRow } from './tables/sends.ts';

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

export interface Claim {
  index: number;
  row: SendRow;
  isNew: boolean;
}

/** What else is known for an answer. */
export interface About extends Pick<SendAnswer<never>, 'freeFormUntil'> {
  language: Recipient['language'];
}

const WINDOW_IS_CLOSED: SendProblem = {
  kind: 'problem',
  path: '/freeForm',
  message:
    'is true, but WhatsApp takes free text only within 24 hours after the customer’s last message, and there is none: use an approved template',
};

export class SendDecisions<Message> {
  /** By index of the request. */
  readonly answers = new Map<number, SendAnswer<Message> | SendProblem>();
  readonly claims = new Map<string, Claim>();
  /** Of messages that a caller's key has been used for before. */
  readonly refusals: SendRow[] = [];
  /** Given out once more, by claim key. */
  readonly resumed = new Map<string, SendRow>();
  /** Started by somebody who has not come back, and not given out once more. */
  readonly lost: string[] = [];
  readonly #rules: GateRules;
  readonly #prepare: Prepare<Message>;
  readonly #attempts = new AttemptsOfBatch();

  constructor(rules: GateRules, prepare: Prepare<Message>) {
    this.#rules = rules;
    this.#prepare = prepare;
  }

  decide(one: OpenRequest, known: SendFacts, about: About): void {
    const sameInBatch = one.claimKey === null ? undefined : this.claims.get(one.claimKey);
    const ownId = sameInBatch?.row.id ?? one.ownId;
    const facts = { ...known, attempts: this.#attempts.with(one.customerId, known.attempts, ownId) };
    if (one.prior !== null && one.resumes) this.#resume(one, one.prior, facts, about);
    else this.#decide(one, sameInBatch, facts, about);
  }

  #decide(one: OpenRequest, sameInBatch: Claim | undefined, facts: SendFacts, { language, ...window }: About): void {
    const { index, claimKey, request, prior } = one;
    const isByKey = request.origin.kind === 'key';
    const isTaken = isByKey && (facts.alreadySent || sameInBatch?.row.decision === 'send');
    if (sameInBatch && !isTaken) {
      // Several items of one customer reach the node in one batch: they share the first one's message.
      this.answers.set(index, replayOf(sameInBatch.row, sameInBatch.row.status));
      return;
    }
    const decision = decideSend(isTaken ? { ...facts, alreadySent: true } : facts, this.#rules);
    if (request.freeForm && window.freeFormUntil === null && decision.decision === 'send') {
      this.answers.set(index, WINDOW_IS_CLOSED);
      return;
    }
    const isClaimed = claimKey !== null && !isTaken;
    const sendId = prior?.id ?? sameInBatch?.row.id ?? (isClaimed ? newId('snd') : null);
    const wantsMessage = decision.decision === 'send' || request.dryRun;
    const prepared = wantsMessage
      ? this.#prepare(index, { customerId: one.customerId, language, sendId })
      : { message: null };
    if ('problem' in prepared) {
      this.answers.set(index, prepared.problem);
      return;
    }
    const status = decision.decision === 'send' && isClaimed ? ('claimed' as const) : null;
    const { address } = facts;
    this.answers.set(index, {
      ...{ kind: 'decided', sendId, ...decision, address, replayed: false, resumedFrom: null, status },
      ...{ message: prepared.message, ...window },
    });
    if (claimKey === null || sendId === null) return;
    if (isTaken) {
      this.refusals.push(refusalOf(one, claimKey, decision, address, this.#rules.now));
      return;
    }
    const row = rowOf(one, claimKey, sendId, decision, address, status, this.#rules.now);
    this.claims.set(claimKey, { index, row, isNew: prior === null });
    if (request.category !== 'marketing') return;
    const abandonmentKeys = facts.abandonment?.keys ?? [];
    const attempt = { sendId, channel: request.channel, at: this.#rules.now, abandonmentKeys };
    this.#attempts.note(one.customerId, sendId, status === 'claimed' ? attempt : null);
  }

  /** It may be on its way: it goes on where it is still wanted, and otherwise stays as it was. */
  #resume(one: OpenRequest, prior: SendRow, facts: SendFacts, { language, ...window }: About): void {
    const { index, customerId } = one;
    if (this.resumed.has(prior.claim_key)) {
      this.answers.set(index, replayOf(prior, prior.status));
      return;
    }
    const decision = decideResumed(facts, this.#rules);
    const { id: sendId, address, status } = prior;
    const answer = { kind: 'decided', sendId, ...decision, address, replayed: false, status, ...window } as const;
    switch (decision.decision) {
      case 'suppress':
        this.answers.set(index, replayOf(prior, 'unknown'));
        this.lost.push(sendId);
        return;
      case 'defer':
        this.answers.set(index, { ...answer, resumedFrom: null, message: null });
        return;
      case 'send': {
        const prepared = this.#prepare(index, { customerId, language, sendId });
        if ('problem' in prepared) {
          this.answers.set(index, prepared.problem);
          return;
        }
        const resumedFrom = prior.started_at ?? prior.created_at;
        this.answers.set(index, { ...answer, resumedFrom, message: prepared.message });
        this.resumed.set(prior.claim_key, prior);
      }
    }
  }
}

/**
 * That a key had been used: one row for each customer and key, of the last time that it was used in vain, so that a workflow
 * which asks each minute does not fill the store.
 */
export function refusalOf(
  one: OpenRequest,
  claimKey: string,
  decision: GateDecision,
  address: string | null,
  now: number,
): SendRow {
  return rowOf(one, `again/${one.customerId}/${claimKey}`, newId('snd'), decision, address, null, now);
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
