/** The last marketing messages that reached customers, and when they last opened or clicked one, for whole batches. */
import { sql } from 'kysely';
import { MESSAGES_LOOKED_AT, type ArrivedMessage } from '../domain/engagement.ts';
import type { Channel } from '../domain/event.ts';
import { idsOf, type Session } from './rows.ts';

export interface Engagement {
  /** Newest first. */
  newest: ArrivedMessage[];
  /** Epoch ms, of any channel and category. */
  lastOpenedAt: number | null;
  lastClickedAt: number | null;
}

/** @returns by customer; those who never got a message are missing */
export async function readEngagement(
  { db, dialect }: Session,
  customerIds: Iterable<string>,
): Promise<Map<string, Engagement>> {
  const ids = new Set(customerIds);
  if (ids.size === 0) return new Map();
  const customers = idsOf(dialect, ids);
  const nth = (place: number) => sql`
    select c.id as customer_id, ${sql.lit(place)} as place, (
      select s.id from sends s
      where s.customer_id = c.id and s.category = 'marketing' and s.decision = 'send'
        and s.status in ('sent', 'delivered', 'complained')
      order by s.created_at desc, s.id desc limit 1 offset ${sql.lit(place)}) as send_id
    from ${customers} as c`;
  const newest = sql.join(
    Array.from({ length: MESSAGES_LOOKED_AT }, (_, place) => nth(place)),
    sql` union all `,
  );
  const { rows } = await sql<{
    customer_id: string;
    id: string;
    channel: Channel;
    at: number;
    opened_at: number | null;
    clicked_at: number | null;
    status: string;
  }>`
    select n.customer_id, s.id, s.channel, coalesce(s.started_at, s.created_at) as at, s.opened_at, s.clicked_at, s.status
    from (${newest}) as n cross join sends s where s.id = n.send_id order by n.place`.execute(db);
  const last = await sql<{ customer_id: string; opened_at: number | null; clicked_at: number | null }>`
    select c.id as customer_id,
      (select max(s.opened_at) from sends s where s.customer_id = c.id and s.opened_at is not null) as opened_at,
      (select max(s.clicked_at) from sends s where s.customer_id = c.id and s.clicked_at is not null) as clicked_at
    from ${customers} as c`.execute(db);
  const messages = Map.groupBy(rows, (row) => row.customer_id);
  return new Map(
    last.rows.flatMap(({ customer_id, opened_at, clicked_at }) => {
      const arrived = (messages.get(customer_id) ?? []).map((row) => ({
        ...{ sendId: row.id, channel: row.channel, sentAt: row.at },
        ...{ openedAt: row.opened_at, clickedAt: row.clicked_at, isComplained: row.status === 'complained' },
      }));
      if (arrived.length === 0 && opened_at === null && clicked_at === null) return [];
      return [[customer_id, { newest: arrived, lastOpenedAt: opened_at, lastClickedAt: clicked_at }] as const];
    }),
  );
}
