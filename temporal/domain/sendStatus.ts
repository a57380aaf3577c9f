/** What becomes of a claim: claimed → started → sent, failed or unknown; and what the same send means when it is asked for again. */
import type { Channel } from './event.ts';
import type { GateDecision } from './gate/sendGate.ts';

export const SEND_STATUSES = [
  'claimed',
  'started',
  'sent',
  'failed',
  'unknown',
  'delivered',
  'bounced',
  'complained',
] as const;
export type SendStatus = (typeof SEND_STATUSES)[number];
/** What a provider says of the recipient, for good. */
export const RECIPIENT_VERDICTS = ['invalid', 'opted_out'] as const;
export type RecipientVerdict = (typeof RECIPIENT_VERDICTS)[number];
export type SendOutcome = 'sent' | 'failed' | 'unknown';

const REPORTABLE: Record<SendOutcome, readonly SendStatus[]> = {
  // A late answer of the provider is better knowledge than ours.
  sent: ['claimed', 'started', 'unknown', 'failed'],
  failed: ['claimed', 'started', 'unknown'],
  unknown: ['claimed', 'started'],
};

/** @returns the new status; null when the report says nothing new, or less than is known */
export function reportedStatus(status: SendStatus, outcome: SendOutcome): SendStatus | null {
  return REPORTABLE[outcome].includes(status) ? outcome : null;
}

/**
 * A claim that was never started is void after this, ms, not scaled: it cannot be started any more, so another message may take
 * its place. Long enough for a batch that waits for its provider's rate limit.
 */
export const CLAIM_LASTS_MS = 3_600_000;
/** It counts a little longer than it can be started, for the clocks of several processes differ. */
export const CLAIM_COUNTS_MS = CLAIM_LASTS_MS + 5 * 60_000;

export interface EarlierSend {
  decision: GateDecision['decision'];
  status: SendStatus | null;
  /** The failure was for good. */
  permanent: boolean;
  /** Claimed so long ago that nobody can start it any more. */
  isVoid: boolean;
}

/**
 * `again`: nothing has gone out, so the gate decides anew under the same id.
 * `resume`: it may have gone out, and its provider can tell, or knows it by its key: the same send goes on.
 * `replay`: as it was; nothing more is sent.
 */
export type Repeated = { kind: 'again' } | { kind: 'resume' } | { kind: 'replay'; status: SendStatus | null };

/**
 * The same run, segment and node once more: the segment runs a second time.
 * @param repeatable sent twice with the same id, the provider delivers once
 */
export function repeatedInRun({ decision, status, permanent }: EarlierSend, repeatable = false): Repeated {
  if (decision === 'suppress') return { kind: 'replay', status };
  if (decision === 'defer' || status === null || status === 'claimed') return { kind: 'again' };
  if (status === 'failed' && !permanent) return { kind: 'again' };
  // Started, and whoever did it has not come back: it may be in the inbox.
  if (status === 'started') return repeatable ? { kind: 'resume' } : { kind: 'replay', status: 'unknown' };
  return { kind: 'replay', status };
}

/** A caller's key once more: only what certainly did not and will not go out frees it. */
export function isKeyFree({ decision, status, permanent, isVoid }: EarlierSend): boolean {
  return decision !== 'send' || (status === 'failed' && !permanent) || (status === 'claimed' && isVoid);
}

/** RFC 3463: 5.1.x says that the address itself is wrong. */
const BAD_ADDRESS = /\b5\.1\.\d{1,3}\b/;

export function isBadAddress(
  channel: Channel,
  outcome: SendOutcome,
  permanent: boolean,
  error: string | null,
): boolean {
  return channel === 'email' && outcome === 'failed' && permanent && error !== null && BAD_ADDRESS.test(error);
}
