/** What an order's discount was, beside what was paid: events are deleted after their time, orders stay. */
import { type Kysely, sql } from 'kysely';

type Dialect = 'sqlite' | 'postgres';

export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  await sql`alter table orders add column discount_minor bigint`.execute(db);
  const told =
    dialect === 'sqlite'
      ? sql`json_extract(e.properties_json, '$.discountMinor')`
      : sql`cast(e.properties_json::json ->> 'discountMinor' as bigint)`;
  await sql`
    update orders set discount_minor = (
      select ${told} from events e
      where e.source = orders.source and e.id = coalesce(orders.event_id, 'import:' || orders.order_id)
        and e.type = 'completed_purchase')`.execute(db);
}
