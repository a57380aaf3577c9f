/** A more urgent journey of the same customer goes first: checkout, cart, browse. */
import type { GateRules } from './gateRules.ts';
import type { Objection } from './objection.ts';

// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface PriorityFacts {}

export function priorityObjections(_facts: PriorityFacts, _rules: GateRules): Objection[] {
  return [];
}
