/** Customers' first exposures to experiments. */
import { sql } from 'kysely';
import { columnList, idsOf, rowsOf, type Session } from '../rows.ts';

/** @returns by customer, the arm of the first exposure to this experiment */
export async function readExposedArms(
  session: Session,
  experimentKey: string,
  customerIds: Iterable<string>,
): Promise<Map<string, string>> {
  const { rows } = await sql<{ customer_id: string; arm: string }>`
    select e.customer_id, e.arm from ${idsOf(session.dialect, customerIds)} as r cross join exposures e
    where e.customer_id = r.id and e.experiment_key = ${experimentKey}
    order by e.at desc, e.id desc`.execute(session.db);
  // The last one that is put in is the first that was made.
  return new Map(rows.map((row) => [row.customer_id, row.arm]));
}

export interface NewExposure {
  /** Locked, and without one to this experiment so far. */
  customerId: string;
  arm: string;
  runId: string | null;
}

export async function insertExposures(
  session: Session,
  experimentKey: string,
  exposures: readonly NewExposure[],
  now: number,
): Promise<void> {
  if (exposures.length === 0) return;
  const columns = { customer_id: 'text', arm: 'text', run_id: 'text' } as const;
  const rows = exposures.map(({ customerId, arm, runId }) => ({ customer_id: customerId, arm, run_id: runId }));
  await sql`
    insert into exposures (experiment_key, at, ${columnList(columns)})
    select ${experimentKey}, cast(${now} as bigint), ${columnList(columns, 'r')}
    from ${rowsOf(session.dialect, columns, rows)} as r where true`.execute(session.db);
}
