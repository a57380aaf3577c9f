/** What becomes of a claim: claimed → started → sent, failed or unknown; and what the same send means when it is asked for again. */
import type { Channel } from './event.ts';

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

export interface EarlierSend {
  decision: 'send' | 'suppress' | 'defer';
  status: SendStatus | null;
  /** The failure was for good. */
  permanent: boolean;
}

/**
 * `again`: nothing has gone out, so the gate decides anew under the same id.
 * `replay`: as it was; nothing more is sent.
 */
export type Repeated = { kind: 'again' } | { kind: 'replay'; status: SendStatus | null };

/** The same run, segment and node once more: the segment runs a second time. */
export function repeatedInRun({ decision, status, permanent }: EarlierSend): Repeated {
  if (decision === 'suppress') return { kind: 'replay', status };
  if (decision === 'defer' || status === null || status === 'claimed') return { kind: 'again' };
  if (status === 'failed' && !permanent) return { kind: 'again' };
  // Started, and whoever did it has not come back: it may be in the inbox.
  if (status === 'started') return { kind: 'replay', status: 'unknown' };
  return { kind: 'replay', status };
}

/** A caller's key once more: only what certainly did not and will not go out frees it. */
export function isKeyFree({ decision, status, permanent }: EarlierSend): boolean {
  return decision !== 'send' || (status === 'failed' && !permanent);
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
