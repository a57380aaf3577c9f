/** The sunset rule: who has long opened, clicked and bought nothing is left alone. */
import type { GateRules } from './gateRules.ts';
import type { Objection } from './objection.ts';

// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface DisengagedFacts {}

export function disengagedObjections(_facts: DisengagedFacts, _rules: GateRules): Objection[] {
  return [];
}
