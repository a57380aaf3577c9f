/** One SMS for each abandonment, within 48 hours. */
import type { GateRules } from './gateRules.ts';
import type { Objection } from './objection.ts';

// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface AbandonmentSmsFacts {}

export function abandonmentSmsObjections(_facts: AbandonmentSmsFacts, _rules: GateRules): Objection[] {
  return [];
}
