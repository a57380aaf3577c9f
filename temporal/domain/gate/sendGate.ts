/** The gate that every message passes (DESIGN section 6). Pure: from facts and rules to a decision with all its reasons. */
import { abandonmentSmsObjections, type AbandonmentSmsFacts } from './abandonmentSmsCheck.ts';
import { addressObjections, type AddressFacts } from './address.ts';
import { consentObjections, type ConsentFacts } from './consentCheck.ts';
import { disengagedObjections, type DisengagedFacts } from './disengagedCheck.ts';
import { frequencyObjections, type FrequencyFacts } from './frequencyCheck.ts';
import type { GateRules } from './gateRules.ts';
import { holdoutObjections, type HoldoutFacts } from './holdoutCheck.ts';
import { SEND_REASONS, when, type Objection, type SendReason } from './objection.ts';
import { priorityObjections, type PriorityFacts } from './priorityCheck.ts';
import { openTicketObjections, type OpenTicketFacts } from './openTicketCheck.ts';
import { promoPauseObjections, type PromoPauseFacts } from './promoPauseCheck.ts';
import { notQuietFrom, quietHoursObjections, type QuietHoursFacts } from './quietHours.ts';
import { stockObjections, type StockFacts } from './stockCheck.ts';
import { trackObjections, type TrackFacts } from './trackCheck.ts';

export const SEND_CATEGORIES = ['marketing', 'transactional'] as const;
export type SendCategory = (typeof SEND_CATEGORIES)[number];

export interface SendFacts
  extends
    AddressFacts,
    ConsentFacts,
    TrackFacts,
    PromoPauseFacts,
    OpenTicketFacts,
    DisengagedFacts,
    StockFacts,
    FrequencyFacts,
    AbandonmentSmsFacts,
    PriorityFacts,
    QuietHoursFacts,
    HoldoutFacts {
  category: SendCategory;
  /** The run has ended, or an event that ends it has happened since the customer entered. */
  goalReached: boolean;
  /** The caller's key has been used for a message that went out, or may have. */
  alreadySent: boolean;
  /** Known once, removed on request. */
  erased: boolean;
  /** Epoch ms when to ask again, while the journey of this run, or everything, is stopped. */
  pausedUntil: number | null;
}

export type GateDecision =
  | { decision: 'send'; reasons: []; until: null }
  | { decision: 'suppress'; reasons: SendReason[]; until: null }
  /** Not now: all reasons are of the kind that passes. */
  | { decision: 'defer'; reasons: SendReason[]; until: number };

type Check = (facts: SendFacts, rules: GateRules) => Objection[];

const CHECKS_OF_ALL: readonly Check[] = [
  ({ goalReached }) => when(goalReached, 'goal_reached'),
  ({ alreadySent }) => when(alreadySent, 'already_sent'),
  addressObjections,
  ({ erased }) => when(erased, 'erased'),
  ({ pausedUntil }) => (pausedUntil === null ? [] : [{ reason: 'paused', until: pausedUntil }]),
];

const CHECKS_OF_MARKETING: readonly Check[] = [
  consentObjections,
  trackObjections,
  promoPauseObjections,
  openTicketObjections,
  disengagedObjections,
  stockObjections,
  frequencyObjections,
  abandonmentSmsObjections,
  priorityObjections,
  quietHoursObjections,
  holdoutObjections,
];

/** What may have changed for good since a message was let out: whether it is wanted. */
const CHECKS_OF_RESUMED: readonly Check[] = [consentObjections, trackObjections];

export function decideSend(facts: SendFacts, rules: GateRules): GateDecision {
  return decide(facts, rules, CHECKS_OF_MARKETING);
}

/** A message that was let out and may be on its way: it is not held against itself how many there were, nor the hour. */
export function decideResumed(facts: SendFacts, rules: GateRules): GateDecision {
  return decide(facts, rules, CHECKS_OF_RESUMED);
}

function decide(facts: SendFacts, rules: GateRules, ofMarketing: readonly Check[]): GateDecision {
  const checks = facts.category === 'marketing' ? [...CHECKS_OF_ALL, ...ofMarketing] : CHECKS_OF_ALL;
  const objections = checks.flatMap((check) => check(facts, rules));
  if (objections.length === 0) return { decision: 'send', reasons: [], until: null };
  const given = new Set(objections.map(({ reason }) => reason));
  const reasons = SEND_REASONS.filter((reason) => given.has(reason));
  const untils = objections.flatMap(({ until }) => until ?? []);
  if (untils.length < objections.length) return { decision: 'suppress', reasons, until: null };
  const passed = Math.max(...untils);
  // A gap may end at night.
  const until = facts.category === 'marketing' ? notQuietFrom(facts, rules, passed) : passed;
  return { decision: 'defer', reasons, until };
}

/** An erased customer has nothing left to be judged by. */
export const ERASED: GateDecision = { decision: 'suppress', reasons: ['erased'], until: null };

/** The caller's key has just been used by somebody else. */
export const ALREADY_SENT: GateDecision = { decision: 'suppress', reasons: ['already_sent'], until: null };
