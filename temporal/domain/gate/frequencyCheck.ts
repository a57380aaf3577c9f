/** Minimum gap and caps. */
import type { GateRules } from './gateRules.ts';
import type { Objection } from './objection.ts';

// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface FrequencyFacts {}

export function frequencyObjections(_facts: FrequencyFacts, _rules: GateRules): Objection[] {
  return [];
}
