/** How urgent the open runs of customers are, for the priority among journeys. */
import { sql } from 'kysely';
import type { RunRank } from '../../domain/gate/priorityCheck.ts';
import { urgencyOf } from '../../domain/gate/urgency.ts';
import { idsOf, type Session } from '../rows.ts';

export interface OpenRun extends RunRank {
  id: string;
}

/** @returns by customer, runs of journeys that are published and not paused, also those that wait for something far away */
export async function readOpenRuns(session: Session, customerIds: Iterable<string>): Promise<Map<string, OpenRun[]>> {
  const ids = new Set(customerIds);
  if (ids.size === 0) return new Map();
  const { db, dialect } = session;
  const entryType =
    dialect === 'sqlite' ? sql`json_extract(r.entry_json, '$.type')` : sql`r.entry_json::json ->> 'type'`;
  const priority =
    dialect === 'sqlite'
      ? sql`json_extract(j.definition_json, '$.priority')`
      : sql`cast(j.definition_json::json ->> 'priority' as double precision)`;
  const { rows } = await sql<{ id: string; customer_id: string; entry_type: string; priority: number | null }>`
    select r.id, r.customer_id, ${entryType} as entry_type, ${priority} as priority
    from ${idsOf(dialect, ids)} as c cross join runs r cross join journeys j
    where r.customer_id = c.id and r.status = 'running' and j.key = r.journey_key and j.published = 1
      and j.paused = 0`.execute(db);
  return new Map(
    [...Map.groupBy(rows, (row) => row.customer_id)].map(([customerId, runs]) => [
      customerId,
      runs.map((run) => ({ id: run.id, priority: run.priority ?? 0, urgency: urgencyOf(run.entry_type) })),
    ]),
  );
}
