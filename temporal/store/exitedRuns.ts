/** Open runs whose exit event is stored all the same: the exit rule came after the event, or the event was somebody's who is now the same person. */
import type { CanonicalEvent, EventType } from '../domain/event.ts';
import { isNews, isNewsFor } from '../domain/catalogue/interests.ts';
import { concerns } from '../domain/entryParts.ts';
import { looksBeside, matchesAny } from '../domain/ruleMatching.ts';
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
    const entry = JSON.parse(run.entry_json) as { eventId?: string; properties?: Record<string, unknown> };
    // What the customer or the products were like when the event came is not known any more.
    const exits = definition?.exits.filter((rule) => !looksBeside(rule)) ?? [];
    const isExit = ({ occurredAt, event }: { occurredAt: number; event: ExitEvent }): boolean =>
      definition !== undefined &&
      event.id !== entry.eventId &&
      occurredAt >= run.entry_occurred_at &&
      matchesAny(exits, event) &&
      concerns(definition, { entryKey: run.entry_key, entry: entry.properties ?? {} }, event) &&
      (!isNews(event.type) || isNewsFor(entry.properties ?? {}, event.properties));
    const exit = events.get(run.customer_id)?.find(isExit);
    if (exit) exited.set(run.id, exit.event.type);
  }
  return exited;
}

type ExitEvent = Pick<CanonicalEvent, 'id' | 'type' | 'properties'>;
