/** Facts that nothing speaks against, for tests of the send gate: each test changes what it is about. */
import type { GateRules } from '../../../../temporal/domain/gate/gateRules.ts';
import { DEFAULT_POLICY, type Policy } from '../../../../temporal/domain/gate/policy.ts';
import { decideSend, type SendFacts } from '../../../../temporal/domain/gate/sendGate.ts';

export const NOW = Date.parse('2026-11-22T12:00:00Z');
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const RULES: GateRules = { policy: DEFAULT_POLICY, now: NOW, timeScale: 1, seesReaders: true };

export const FINE: SendFacts = {
  customerId: 'cus_1',
  channel: 'email',
  category: 'marketing',
  goalReached: false,
  alreadySent: false,
  address: 'ada@example.com',
  suppressed: [],
  consent: 'subscribed',
  track: 'general',
  tracks: [],
  paidSocialPurchaseAt: null,
  ticketOpenedAt: null,
  signs: { lastSign: null, lastOrderAt: null, calledDisengagedAt: null },
  ignoredSince: null,
  availabilities: [],
  attempts: [],
  clock: { zones: [], country: null },
  abandonment: null,
  rank: null,
  otherRanks: [],
  erased: false,
  pausedUntil: null,
};

/** @returns the reasons that speak against it */
export function reasonsOf(facts: Partial<SendFacts>, policy: Partial<Policy> = {}, timeScale = 1): string[] {
  const rules: GateRules = { ...RULES, timeScale, policy: { ...DEFAULT_POLICY, ...policy } };
  return decideSend({ ...FINE, ...facts }, rules).reasons;
}
