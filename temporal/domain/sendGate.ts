/** The gate that every message passes (DESIGN section 6). Pure: from facts to a decision with all its reasons. */
import type { Channel, ConsentState } from './event.ts';
import { normaliseEmail, normalisePhone } from './identity.ts';

export const SEND_REASONS = [
  'goal_reached',
  'already_sent',
  'no_address',
  'invalid_address',
  'bounced',
  'complained',
  'no_consent',
  'unsubscribed',
  'erased',
  'paused',
] as const;
export type SendReason = (typeof SEND_REASONS)[number];

export const SEND_CATEGORIES = ['marketing', 'transactional'] as const;
export type SendCategory = (typeof SEND_CATEGORIES)[number];

export interface SendFacts {
  channel: Channel;
  category: SendCategory;
  /** The run has ended, or an event that ends it has happened since the customer entered. */
  goalReached: boolean;
  /** The caller's key has been used for a message that went out, or may have. */
  alreadySent: boolean;
  /** Where it would go. */
  address: string | null;
  /** Reasons for which this address is not to be written to at all. */
  suppressed: readonly string[];
  /** null: never asked. */
  consent: ConsentState | null;
  /** Known once, removed on request. */
  erased: boolean;
  /** Epoch ms when to ask again, while the journey of this run is paused. */
  pausedUntil: number | null;
}

export type GateDecision =
  | { decision: 'send'; reasons: []; until: null }
  | { decision: 'suppress'; reasons: SendReason[]; until: null }
  /** Not now: all reasons are of the kind that passes. */
  | { decision: 'defer'; reasons: SendReason[]; until: number };

/** What a check holds against a message; with `until` (epoch ms) it may go out after that. */
interface Objection {
  reason: SendReason;
  until?: number;
}

interface Check {
  /** Transactional messages skip it. */
  marketingOnly?: true;
  objections(facts: SendFacts): Objection[];
}

const when = (condition: boolean, reason: SendReason): Objection[] => (condition ? [{ reason }] : []);

/** In the order of DESIGN section 6; reasons are given in this order. */
const CHECKS: readonly Check[] = [
  { objections: ({ goalReached }) => when(goalReached, 'goal_reached') },
  { objections: ({ alreadySent }) => when(alreadySent, 'already_sent') },
  { objections: addressObjections },
  {
    marketingOnly: true,
    objections: ({ consent }) => {
      if (consent === 'subscribed') return [];
      return [{ reason: consent === 'unsubscribed' ? 'unsubscribed' : 'no_consent' }];
    },
  },
  { objections: ({ erased }) => when(erased, 'erased') },
  { objections: ({ pausedUntil }) => (pausedUntil === null ? [] : [{ reason: 'paused', until: pausedUntil }]) },
];

export function decideSend(facts: SendFacts): GateDecision {
  const checks = CHECKS.filter((check) => facts.category === 'marketing' || !check.marketingOnly);
  const objections = checks.flatMap((check) => check.objections(facts));
  if (objections.length === 0) return { decision: 'send', reasons: [], until: null };
  const reasons = objections.map(({ reason }) => reason);
  const untils = objections.flatMap(({ until }) => until ?? []);
  if (untils.length < objections.length) return { decision: 'suppress', reasons, until: null };
  return { decision: 'defer', reasons, until: Math.max(...untils) };
}

/** An erased customer has nothing left to be judged by. */
export const ERASED: GateDecision = { decision: 'suppress', reasons: ['erased'], until: null };

function addressObjections({ channel, address, suppressed }: SendFacts): Objection[] {
  if (address === null || address.trim() === '') return [{ reason: 'no_address' }];
  if (normaliseAddress(channel, address) === null) return [{ reason: 'invalid_address' }];
  return [...when(suppressed.includes('bounced'), 'bounced'), ...when(suppressed.includes('complained'), 'complained')];
}

/** The form in which addresses are kept and compared; null when nothing can be sent there. */
export function normaliseAddress(channel: Channel, address: string): string | null {
  switch (channel) {
    case 'email':
      return normaliseEmail(address);
    case 'sms':
    case 'whatsapp':
      return normalisePhone(address);
    case 'push':
      return address.trim() === '' ? null : address.trim();
  }
}

/** Which of a customer's identifiers is the address on this channel; null: it has to come with the item. */
export function addressIdentifier(channel: Channel): 'email' | 'phone' | null {
  switch (channel) {
    case 'email':
      return 'email';
    case 'sms':
    case 'whatsapp':
      return 'phone';
    case 'push':
      return null;
  }
}
