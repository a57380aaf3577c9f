/** Raw events past their retention are deleted. Orders, refunds, totals, consent and runs stand in tables of their own and stay. */
import { sql } from 'kysely';
import { noteLastSeen } from './anonymousCustomers.ts';
import { idsOf, type Session } from './rows.ts';

/**
 * Shops repeat deliveries for hours, operators send a file again within days: what has come in later than this stays, however
 * long ago it happened, so that it is known again.
 */
export const REPEATED_WITHIN_MS = 30 * 86_400_000;

export interface RetentionChunk {
  deleted: number;
  /** Last row looked at; null after the end. */
  reached: number | null;
}

/**
 * One chunk, in the order of receipt. Needs no index of its own: it walks along the table.
 *
 * @param before epoch ms: events that happened earlier are past their time
 * @param reached of the chunk before; 0 to begin with
 */
export async function deleteOldEvents(
  { db, dialect }: Session,
  before: number,
  reached: number,
  now: number,
  limit: number,
): Promise<RetentionChunk> {
  const { rows } = await sql<{ seq: number; customer_id: string; occurred_at: number; received_at: number }>`
    select seq, customer_id, occurred_at, received_at from events where seq > ${reached} order by seq limit ${limit}`.execute(
    db,
  );
  const old = rows.filter(
    ({ occurred_at, received_at }) => occurred_at < before && received_at < now - REPEATED_WITHIN_MS,
  );
  if (old.length > 0) {
    const seen = new Map<string, number>();
    for (const { customer_id, received_at } of old) {
      seen.set(customer_id, Math.max(received_at, seen.get(customer_id) ?? 0));
    }
    await noteLastSeen({ db, dialect }, seen);
    const seqs = idsOf(
      dialect,
      old.map(({ seq }) => String(seq)),
    );
    await sql`delete from events where seq in (select cast(gone.id as bigint) from ${seqs} as gone)`.execute(db);
  }
  return { deleted: old.length, reached: rows.length < limit ? null : (rows.at(-1)?.seq ?? null) };
}
