/** Preference tracks: what the customer wants to hear at all. */
import type { GateRules } from './gateRules.ts';
import type { Objection } from './objection.ts';

// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface TrackFacts {}

export function trackObjections(_facts: TrackFacts, _rules: GateRules): Objection[] {
  return [];
}
