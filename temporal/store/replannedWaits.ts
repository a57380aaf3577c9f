/** Waits whose end has moved because of what the customer bought; the run's entry stays what it was. */
import { sql } from 'kysely';
import { rowsOf, type Session } from './rows.ts';

export interface ReplannedWait {
  runId: string;
  segment: number;
  node: string;
  /** Epoch ms, scaled. */
  until: number | null;
}

/** Outcome of the run step that tells of it; of several re-plannings of one wait the last is kept. */
const REPLANNED = 'replanned';

export async function writeReplannedWaits(
  session: Session,
  waits: readonly ReplannedWait[],
  now: number,
): Promise<void> {
  if (waits.length === 0) return;
  const columns = { run_id: 'text', segment: 'bigint', node: 'text', until: 'bigint' } as const;
  const rows = waits.map(({ runId, segment, node, until }) => ({ run_id: runId, segment, node, until }));
  const table = rowsOf(session.dialect, columns, rows);
  await sql`
    update waits set until = r.until from ${table} as r
    where waits.run_id = r.run_id and waits.segment = r.segment and waits.state = 'waiting'`.execute(session.db);
  await sql`
    update runs set waiting_until = r.until from ${table} as r
    where runs.id = r.run_id and runs.status = 'running'`.execute(session.db);
  await sql`
    insert into run_steps (run_id, segment, node, outcome, at)
    select r.run_id, r.segment, r.node, ${REPLANNED}, ${now} from ${table} as r where true
    on conflict (run_id, segment, node, outcome) do update set at = excluded.at`.execute(session.db);
}
