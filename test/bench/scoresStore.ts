/**
 * A SQLite store with a shop's customers, totals and orders, from an orders file: what scores start from. Written past the service,
 * for 10,000,000 orders.
 */
import { createReadStream } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { createInterface } from 'node:readline';
import { openStore } from '../../temporal/store/store.ts';

const DAY_MS = 86_400_000;
const CATEGORIES = 40;

interface Customer {
  orders: number;
  refunds: number;
  money: number;
  first: number;
  last: number;
}

export interface History {
  /** Orders of so many days are kept, of earlier ones only totals: RFM looks no further back. */
  keptDays: number;
  withLines: boolean;
}

/** @param asOf day such as 2025-12-31 */
export async function fillStore(
  location: string,
  ordersFile: string,
  asOf: string,
  { keptDays, withLines }: History = { keptDays: 60, withLines: false },
): Promise<void> {
  const store = openStore(location);
  await store.migrate();
  await store.close();
  const db = new DatabaseSync(location);
  db.exec('pragma synchronous = off; begin');
  const keptFrom = Date.parse(asOf) - keptDays * DAY_MS;
  const order = db.prepare(
    `insert into orders (source, order_id, customer_id, value_minor, currency, occurred_at) values ('csv', ?, ?, ?, 'EUR', ?)`,
  );
  const refund = db.prepare(
    `insert into refunds (source, event_id, order_id, customer_id, value_minor, currency, occurred_at) values ('csv', ?, ?, ?, ?, 'EUR', ?)`,
  );
  const line = db.prepare(
    `insert into order_lines (source, order_id, line, product_id, category, quantity) values ('csv', ?, 1, ?, ?, ?)`,
  );
  const customers = new Map<string, Customer>();
  let isHeader = true;
  for await (const row of createInterface({ input: createReadStream(ordersFile) })) {
    if (isHeader) {
      isHeader = false;
      continue;
    }
    const [id = '', orderId = '', orderedAt = '', productId = '', quantity, revenue] = row.split(',');
    const at = Date.parse(orderedAt);
    const minor = Math.round(Number(revenue) * 100);
    let customer = customers.get(id);
    if (!customer)
      customers.set(id, (customer = { orders: 0, refunds: 0, money: 0, first: Infinity, last: -Infinity }));
    customer.money += minor;
    if (Number(quantity) < 0) {
      customer.refunds++;
      if (at >= keptFrom) refund.run(orderId, orderId, id, -minor, at);
    } else {
      customer.orders++;
      customer.first = Math.min(customer.first, at);
      customer.last = Math.max(customer.last, at);
      if (at < keptFrom) continue;
      order.run(orderId, id, minor, at);
      if (withLines) line.run(orderId, productId, `c${Number(productId.slice(1)) % CATEGORIES}`, Number(quantity));
    }
  }
  const now = Date.parse(asOf);
  const person = db.prepare(
    `insert into customers (id, properties_json, created_at, updated_at, merged_into) values (?, '{}', ?, ?, null)`,
  );
  const identifier = db.prepare(
    `insert into identifiers (kind, value, customer_id, created_at) values ('externalId', ?, ?, ?)`,
  );
  const totals = db.prepare(
    `insert into totals (customer_id, orders, refunds, revenue_minor, currency, first_order_at, last_order_at) values (?, ?, ?, ?, 'EUR', ?, ?)`,
  );
  for (const [id, { orders, refunds, money, first, last }] of customers) {
    person.run(id, now, now);
    identifier.run(id, id, now);
    totals.run(id, orders, refunds, money, orders === 0 ? null : first, orders === 0 ? null : last);
  }
  db.exec('commit');
  // As `scores.ts` wants them: nothing is calculated before it says so.
  const job = db.prepare('insert into score_jobs (name, due_at, lease_until) values (?, ?, 0)');
  for (const name of ['rfm', 'predictions', 'affinities', 'replenishment', 'nextProducts']) {
    job.run(name, Number.MAX_SAFE_INTEGER);
  }
  db.exec('pragma wal_checkpoint(truncate)');
  db.close();
}
