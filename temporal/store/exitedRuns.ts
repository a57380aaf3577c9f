/** Open runs whose exit event is stored all the same: the exit rule came after the event, or the event was somebody's who is now the same person. */
import type { CanonicalEvent, EventType } from '../domain/event.ts';
import { concerns } from '../domain/entry.ts';
import { matchesAny } from '../domain/eventRules.ts';
import { findEventsAfter } from './events.ts';
import type { Session } from './rows.ts';
import { readDefinitions, type SegmentRun } from './segmentFacts.ts';

/** @returns by run id, the type of the event */
export async function exitedRuns(session: Session, runs: readonly SegmentRun[]): Promise<Map<string, EventType>> {
  const exited = new Map<string, EventType>();
  const open = runs.filter(({ status }) => status === 'running');
  if (open.length === 0) return exited;
  const definitions = await readDefinitions(
    session,
    open.map((run) => run.journey_key),
  );
  const types = new Set([...definitions.values()].flatMap(({ exits }) => exits.map((rule) => rule.type)));
  const customerIds = new Set(open.map((run) => run.customer_id));
  const since = Math.min(...open.map((run) => run.entry_occurred_at)) - 1;
  const events = Map.groupBy(await findEventsAfter(session, customerIds, [...types], since), (row) => row.customerId);
  for (const run of open) {
    const definition = definitions.get(run.journey_key);
    const { eventId } = JSON.parse(run.entry_json) as { eventId?: string };
    const isExit = ({ occurredAt, event }: { occurredAt: number; event: ExitEvent }): boolean =>
      definition !== undefined &&
      event.id !== eventId &&
      occurredAt >= run.entry_occurred_at &&
      matchesAny(definition.exits, event) &&
      concerns(definition, run.entry_key, event);
    const exit = events.get(run.customer_id)?.find(isExit);
    if (exit) exited.set(run.id, exit.event.type);
  }
  return exited;
}

type ExitEvent = Pick<CanonicalEvent, 'id' | 'type' | 'properties'>;
