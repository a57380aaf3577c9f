/**
 * The control group: a stable share of customers gets no marketing. Who belongs to it follows from the customer's id alone, so
 * that it is the same in every process and journey, and a higher percentage keeps those who were in it.
 */
import { createHash } from 'node:crypto';
import type { GateRules } from './gateRules.ts';
import { when, type Objection } from './objection.ts';

export interface HoldoutFacts {
  /** The surviving one. */
  customerId: string;
}

export function holdoutObjections({ customerId }: HoldoutFacts, { policy }: GateRules): Objection[] {
  const { holdoutPercent } = policy;
  return when(holdoutPercent > 0 && placeOf(customerId) < holdoutPercent, 'holdout');
}

/** Of 2^48 equally likely places. @returns 0 to below 100 */
function placeOf(customerId: string): number {
  const digest = createHash('sha256').update(`holdout/${customerId}`).digest();
  return (digest.readUIntBE(0, 6) / 2 ** 48) * 100;
}
