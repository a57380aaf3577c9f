/** The control group: a stable share of customers gets no marketing. */
import type { GateRules } from './gateRules.ts';
import type { Objection } from './objection.ts';

// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface HoldoutFacts {}

export function holdoutObjections(_facts: HoldoutFacts, _rules: GateRules): Objection[] {
  return [];
}
