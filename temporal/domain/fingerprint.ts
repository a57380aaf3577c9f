/**
 * A browser's fingerprint (DESIGN section 5): off unless the operator switches it on, kept only of people who have agreed, as
 * a keyed hash. It names nobody and joins nobody; all it does is to withhold a first-order treatment where somebody with the
 * same one has ordered before.
 */
import { createHmac } from 'node:crypto';
import { type FieldProblem } from './identity.ts';
import { readId } from './textValues.ts';

/** The identifier in an event's `identity`. */
const FINGERPRINT = 'fingerprint';
/** The property by which an event says that the person has agreed (`true`), or no longer does (`false`). */
const CONSENT = 'fingerprintConsent';

/**
 * What an event says about it.
 * @returns the fingerprint of somebody who has agreed; null: the person has withdrawn; undefined: nothing
 */
export function readFingerprint(
  identity: unknown,
  properties: Readonly<Record<string, unknown>>,
): { fingerprint: string | null | undefined; problem: FieldProblem | null } {
  const consent = properties[CONSENT];
  if (consent === undefined || consent === null) return { fingerprint: undefined, problem: null };
  if (typeof consent !== 'boolean') {
    const message = 'has to be true (the person has agreed to be recognised by a fingerprint) or false';
    return { fingerprint: undefined, problem: { path: `/properties/${CONSENT}`, message } };
  }
  if (!consent) return { fingerprint: null, problem: null };
  const given = (identity as Record<string, unknown> | null | undefined)?.[FINGERPRINT];
  if (given === undefined || given === null || given === '') return { fingerprint: undefined, problem: null };
  const read = readId(given);
  if (read.problem === undefined) return { fingerprint: read.text, problem: null };
  return { fingerprint: undefined, problem: { path: `/identity/${FINGERPRINT}`, message: read.problem } };
}

/** What is kept of it: without the key of the store it says nothing. */
export const fingerprintHash = (key: Buffer, fingerprint: string): string =>
  createHmac('sha256', key).update(fingerprint).digest('base64url');
