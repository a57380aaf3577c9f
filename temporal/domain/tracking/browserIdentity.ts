/**
 * Whom a browser may speak for. Anybody can send anything to the tracker, so what it says about people is believed this far:
 *
 * - a device id: what happened on that device;
 * - one e-mail address, or one phone number, unproven: the device and what happens on it are attached to whoever has it. Two of
 *   them at once would join two people's profiles, so only the first counts;
 * - a customer number is easily guessed and counts only with a proof: then everything that the proof covers does.
 *
 * Nothing that is sent changes consent (a wish to subscribe is asked back by double opt-in), and nothing is ever read back.
 */
import { createHmac } from 'node:crypto';
import type { EventIdentity } from '../event.ts';
import type { FieldProblem } from '../identity.ts';
import { isOneOf } from '../webhookSignature.ts';

type Json = Record<string, unknown>;

/** What the shop's server signs for a customer who is logged in, with the connection's secret. @returns hex */
export function proofOf({ externalId, email, phone }: Proven, secret: string): string {
  const text = [externalId, email, phone].map((value) => value ?? '').join('\n');
  return createHmac('sha256', secret).update(text).digest('hex');
}

export interface Proven {
  externalId?: string | undefined;
  email?: string | undefined;
  phone?: string | undefined;
}

/**
 * @param given `identity` of an event; absent for most
 * @param secrets that the connection accepts
 * @param path JSON Pointer of `given`
 */
export function readBrowserIdentity(
  given: unknown,
  secrets: readonly string[],
  path: string,
): { identity: EventIdentity; problem?: undefined } | { problem: FieldProblem } {
  if (given === undefined || given === null) return { identity: {} };
  if (typeof given !== 'object' || Array.isArray(given))
    return wrong(path, 'has to be an object such as {"email": "…"}');
  const claimed: Proven = {};
  for (const kind of ['externalId', 'email', 'phone'] as const) {
    const value = (given as Json)[kind];
    if (value === undefined || value === null || value === '') continue;
    if (typeof value !== 'string' && typeof value !== 'number') return wrong(`${path}/${kind}`, 'has to be text');
    claimed[kind] = String(value);
  }
  const { proof } = given as Json;
  if (proof !== undefined && proof !== null) {
    const expected = secrets.map((secret) => proofOf(claimed, secret));
    if (typeof proof === 'string' && isOneOf(proof.toLowerCase(), expected)) return { identity: kept(claimed) };
    return wrong(`${path}/proof`, 'is not the one for these values, made with the secret of the connection');
  }
  const { email, phone } = claimed;
  if (email !== undefined) return { identity: { email } };
  if (phone !== undefined) return { identity: { phone } };
  if (claimed.externalId !== undefined) {
    return wrong(`${path}/externalId`, 'counts only with a proof: without one, identify by email or phone');
  }
  return wrong(path, 'names nobody: give email or phone');
}

const wrong = (path: string, message: string) => ({ problem: { path, message } });

const kept = (claimed: Proven): EventIdentity =>
  Object.fromEntries(Object.entries(claimed).filter(([, value]) => value !== undefined));
