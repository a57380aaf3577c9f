/** Products that the message is about have to be there. */
import type { GateRules } from './gateRules.ts';
import type { Objection } from './objection.ts';

// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface StockFacts {}

export function stockObjections(_facts: StockFacts, _rules: GateRules): Objection[] {
  return [];
}
