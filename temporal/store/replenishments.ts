/** The last purchase of each product by each customer that is expected to run out, kept so that those who are due can be found. */
import { sql, type RawBuilder, type Selectable } from 'kysely';
import { scaledDates, type DaysBefore, type WindowBasis, type WindowPoint } from '../domain/consumptionWindow.ts';
import { DAY_MS } from '../domain/utcDay.ts';
import { customerProductKey, type CustomerProduct } from './productSubscriptions.ts';
import { planReplenishments, type Known, type PlannedProduct } from './replenishmentPlans.ts';
import type { WindowReader } from './productWindows.ts';
import { readPurchases } from './purchases.ts';
import { columnList, idsOf, replaced, rowsOf, type Session } from './rows.ts';
import type { ReplenishmentsTable } from './tables/scores.ts';

const PAIR = { customer_id: 'text', product_id: 'text' } as const;
const COLUMNS = {
  ...PAIR,
  source: 'text',
  order_id: 'text',
  ordered_at: 'bigint',
  quantity: 'double precision',
  basis: 'text',
  start_at: 'bigint',
  middle_at: 'bigint',
  end_at: 'bigint',
  window_json: 'text',
  computed_at: 'bigint',
} as const;

const pairRows = (pairs: readonly CustomerProduct[]) =>
  pairs.map(({ customerId, productId }) => ({ customer_id: customerId, product_id: productId }));

/** Plans these anew: writes what runs out, and removes what does not any more. */
export async function renewReplenishments(
  session: Session,
  pairs: readonly CustomerProduct[],
  now: number,
  known: Known = {},
): Promise<void> {
  const { gone, rows } = await changesOf(session, pairs, now, known);
  if (gone.length > 0) {
    await sql`
      delete from replenishments where (customer_id, product_id) in (
        select r.customer_id, r.product_id from ${rowsOf(session.dialect, PAIR, pairRows(gone))} as r)`.execute(
      session.db,
    );
  }
  if (rows.length === 0) return;
  await sql`
    insert into replenishments (${columnList(COLUMNS)}) select ${columnList(COLUMNS, 'r')}
    from ${rowsOf(session.dialect, COLUMNS, rows)} as r where true
    on conflict (customer_id, product_id) do update
      set ${replaced(COLUMNS, ['customer_id', 'product_id'])}`.execute(session.db);
}

interface Changes {
  gone: CustomerProduct[];
  rows: Row[];
}

/** What is as it was is not written again: everybody's are planned every day. */
async function changesOf(
  session: Session,
  pairs: readonly CustomerProduct[],
  now: number,
  known: Known,
): Promise<Changes> {
  const distinct = [...new Map(pairs.map((pair) => [customerProductKey(pair), pair])).values()];
  const changes: Changes = { gone: [], rows: [] };
  if (distinct.length === 0) return changes;
  const planned = await planReplenishments(session, distinct, known);
  const kept = await readRows(session, distinct);
  for (const [index, one] of planned.entries()) {
    const pair = distinct[index] as CustomerProduct;
    const row = rowOf(pair, one, now);
    const before = kept.get(customerProductKey(pair));
    if (row && !(before && isSame(before, row))) changes.rows.push(row);
    else if (!row && before) changes.gone.push(pair);
  }
  return changes;
}

/** All that these customers have bought, and all rows that they have; after a merge, and when windows have been learned. */
export async function renewReplenishmentsOf(
  session: Session,
  customerIds: readonly string[],
  now: number,
  readWindows?: WindowReader,
): Promise<void> {
  const { pairs, known } = await allOf(session, customerIds, readWindows);
  await renewReplenishments(session, pairs, now, known);
}

/** @returns those of these customers for whom `renewReplenishmentsOf` would write something */
export async function findOutdated(
  session: Session,
  customerIds: readonly string[],
  now: number,
  readWindows: WindowReader,
): Promise<string[]> {
  const { pairs, known } = await allOf(session, customerIds, readWindows);
  const { gone, rows } = await changesOf(session, pairs, now, known);
  const outdated = new Set([...gone.map((pair) => pair.customerId), ...rows.map((row) => row.customer_id)]);
  return customerIds.filter((id) => outdated.has(id));
}

async function allOf(session: Session, customerIds: readonly string[], readWindows?: WindowReader) {
  const bought = await readPurchases(session, customerIds);
  const boughtPairs = [...bought].flatMap(([customerId, products]) =>
    Array.from(products.keys(), (productId) => ({ customerId, productId })),
  );
  const { rows } = await sql<{ customer_id: string; product_id: string }>`
    select p.customer_id, p.product_id from ${idsOf(session.dialect, customerIds)} as r cross join replenishments p
    where p.customer_id = r.id`.execute(session.db);
  const kept = rows.map((row) => ({ customerId: row.customer_id, productId: row.product_id }));
  const known: Known = { ...(readWindows && { readWindows }), bought };
  return { pairs: [...boughtPairs, ...kept], known };
}

type Row = Selectable<ReplenishmentsTable>;

async function readRows(session: Session, pairs: readonly CustomerProduct[]): Promise<Map<string, Row>> {
  const { rows } = await sql<Row>`
    select p.* from ${rowsOf(session.dialect, PAIR, pairRows(pairs))} as r cross join replenishments p
    where p.customer_id = r.customer_id and p.product_id = r.product_id`.execute(session.db);
  return new Map(
    rows.map((row) => [customerProductKey({ customerId: row.customer_id, productId: row.product_id }), row]),
  );
}

/** @returns null for what does not run out */
function rowOf(
  { customerId, productId }: CustomerProduct,
  { purchase, plan }: PlannedProduct,
  now: number,
): Row | null {
  if (!plan.window || purchase?.orderId === undefined || purchase.source === undefined) return null;
  return {
    customer_id: customerId,
    product_id: productId,
    source: purchase.source,
    order_id: purchase.orderId,
    ordered_at: purchase.orderedAt,
    quantity: purchase.quantity,
    basis: plan.basis,
    start_at: plan.window.startAt,
    middle_at: plan.window.middleAt,
    end_at: plan.window.endAt,
    window_json: JSON.stringify(plan.days),
    computed_at: now,
  };
}

const isSame = (before: Row, row: Row): boolean =>
  Object.entries(row).every(([name, value]) => name === 'computed_at' || before[name as keyof Row] === value);

export interface DueReplenishment extends CustomerProduct {
  source: string;
  orderId: string;
  /** Epoch ms, as all times here. */
  orderedAt: number;
  quantity: number;
  basis: WindowBasis;
  /** Scaled, as the dates come true. */
  startAt: number;
  middleAt: number;
  endAt: number;
  /** The point less the days before; scaled, too. */
  dueAt: number;
}

export interface DuePlace extends CustomerProduct {
  dueAt: number;
}

export interface DueQuestion {
  point: WindowPoint;
  before: DaysBefore;
  /** Only these; empty: all. */
  productIds: readonly string[];
  /** Due at or after `from` and before `to` (epoch ms). */
  from: number;
  to: number;
  timeScale: number;
  /** The last one of the page before. */
  after: DuePlace | null;
  limit: number;
}

const POINT: Record<WindowPoint, RawBuilder<number>> = {
  start: sql`p.start_at`,
  middle: sql`p.middle_at`,
  end: sql`p.end_at`,
};

/** In order of the time they are due, then of customer and product. Without what comes by an active subscription. */
export async function dueReplenishments(session: Session, question: DueQuestion): Promise<DueReplenishment[]> {
  const { before, productIds, from, to, timeScale, after, limit } = question;
  const point = POINT[question.point];
  const byHand = Math.round(before.byHand * DAY_MS);
  const learned = Math.round(before.learned * DAY_MS);
  const early = sql`(case when p.basis = 'byHand' then cast(${byHand} as bigint) else cast(${learned} as bigint) end)`;
  const left = sql`(${point} - p.ordered_at - ${early})`;
  // As `dueAt` of domain/consumptionWindow.ts; the rows' own dates know no time scale.
  const dueAt = sql<number>`(p.ordered_at + case when ${left} <= 0 then 0
    else cast(round(cast(${left} as double precision) / ${timeScale}) as bigint) end)`;
  const conditions = [
    sql`d.due_at >= ${from} and d.due_at < ${to}`,
    ...(after
      ? [
          sql`(d.due_at > ${after.dueAt} or (d.due_at = ${after.dueAt} and (d.customer_id > ${after.customerId}
            or (d.customer_id = ${after.customerId} and d.product_id > ${after.productId}))))`,
        ]
      : []),
  ];
  // What an index on the dates can narrow, where they are the real ones.
  const near = timeScale === 1 ? sql`${point} >= ${from} and ${point} < ${to + Math.max(byHand, learned)}` : sql`1 = 1`;
  const isAsked = productIds.length === 0 ? sql`1 = 1` : sql`p.product_id in (${sql.join([...productIds])})`;
  const { rows } = await sql<{
    customer_id: string;
    product_id: string;
    source: string;
    order_id: string;
    ordered_at: number;
    quantity: number;
    basis: WindowBasis;
    start_at: number;
    middle_at: number;
    end_at: number;
    due_at: number;
  }>`
    select * from (
      select p.customer_id, p.product_id, p.source, p.order_id, p.ordered_at, p.quantity, p.basis, p.start_at, p.middle_at,
        p.end_at, ${dueAt} as due_at
      from replenishments p where ${near} and ${isAsked} and not exists (
        select 1 from product_subscriptions s
        where s.customer_id = p.customer_id and s.product_id = p.product_id and s.active = 1)) as d
    where ${sql.join(conditions, sql` and `)}
    order by d.due_at, d.customer_id, d.product_id limit ${limit}`.execute(session.db);
  return rows.map((row) => {
    const { basis, ordered_at: orderedAt } = row;
    const window = { basis, orderedAt, startAt: row.start_at, middleAt: row.middle_at, endAt: row.end_at };
    const { start, middle, end } = scaledDates(window, timeScale);
    return {
      customerId: row.customer_id,
      productId: row.product_id,
      source: row.source,
      orderId: row.order_id,
      orderedAt,
      quantity: row.quantity,
      basis,
      ...{ startAt: start, middleAt: middle, endAt: end },
      dueAt: row.due_at,
    };
  });
}
