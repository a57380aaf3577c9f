/** How bodies arrive in tests of mappings, and reading what came out. */
import { canonicalEvents } from '../../../../temporal/domain/mapping/canonicalEvents.ts';
import type { Arrival, Mapped, MappedBody } from '../../../../temporal/domain/mapping/mappedBody.ts';

export const RECEIVED_AT = Date.parse('2026-11-22T10:00:00Z');

export const arrival: Arrival = {
  source: 'shop',
  topic: null,
  deliveryId: null,
  currency: null,
  receivedAt: RECEIVED_AT,
};

export function bodyOf(mapped: Mapped): MappedBody {
  if (mapped.problem !== undefined) throw new Error(`${mapped.problem.path} ${mapped.problem.message}`);
  return mapped.body;
}

/** Canonical events; fails when one of them would be refused. */
export function eventsOf(mapped: Mapped) {
  const { events, problems } = canonicalEvents(bodyOf(mapped), 'shop', RECEIVED_AT);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return events;
}

export const problemsOf = (mapped: Mapped) => canonicalEvents(bodyOf(mapped), 'shop', RECEIVED_AT).problems;
