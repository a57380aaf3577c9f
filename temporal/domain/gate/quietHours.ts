/** Quiet hours, on the recipient's clock. */
import type { GateRules } from './gateRules.ts';
import type { Objection } from './objection.ts';

// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface QuietHoursFacts {}

export function quietHoursObjections(_facts: QuietHoursFacts, _rules: GateRules): Objection[] {
  return [];
}
