/** All customers, page by page in the order of their ids; those merged into others are none. */
import { sql } from 'kysely';
import type { Session } from './rows.ts';

/** @param after '' to begin with @returns up to `limit` ids; fewer: there are no more */
export async function readCustomersAfter({ db }: Session, after: string, limit: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from customers where id > ${after} and merged_into is null order by id limit ${limit}`.execute(db);
  return rows.map(({ id }) => id);
}
