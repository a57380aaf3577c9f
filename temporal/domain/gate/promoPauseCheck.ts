/** No promotions for some days after a purchase that paid social brought. */
import type { GateRules } from './gateRules.ts';
import type { Objection } from './objection.ts';

// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface PromoPauseFacts {}

export function promoPauseObjections(_facts: PromoPauseFacts, _rules: GateRules): Objection[] {
  return [];
}
