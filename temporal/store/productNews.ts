/** The queue of changes that customers are to hear of: who is next, whom it concerns, how far the telling has come. */
import { sql, type RawBuilder } from 'kysely';
import type { InterestKind } from '../domain/catalogue/interests.ts';
import type { KeptChange, ShownInterest } from '../domain/catalogue/news.ts';
import type { ProductChangesTable } from './tables/catalogue.ts';
import { idsOf, type Session } from './rows.ts';
import type { Store } from './store.ts';

export interface ClaimedChange extends KeptChange {
  /** Epoch ms; also says that nobody else has taken the change meanwhile. */
  lease: number;
}

/** Written out: the indexes are for exactly these. */
const OPEN = sql`('new', 'telling')`;

/** Whether anybody could want to hear of change `c`; the exact answer is found when it is told. */
const concernsSomebody: RawBuilder<unknown> = sql`(
  exists (select 1 from awaited_products a where a.product_id = c.product_id)
  or (c.kind = 'stock' and c.previous_stock <= 0 and (c.stock is null or c.stock > 0) and exists (
    select 1 from product_interests i where i.product_id = c.product_id and i.kind <> 'viewed' and i.closed_at is null))
  or (c.kind = 'price' and exists (
    select 1 from product_interests i where i.product_id = c.product_id and i.kind <> 'back_in_stock')))`;

/** Puts aside what concerns nobody, many at once. @returns how many */
export async function dropUnheard(session: Session, now: number, limit: number): Promise<number> {
  const result = await sql`
    update product_changes set state = 'told' where id in (
      select c.id from product_changes c
      where c.state = 'new' and c.state in ${OPEN} and c.available_at <= ${now} and not ${concernsSomebody}
      order by c.available_at, c.id limit ${limit})`.execute(session.db);
  return Number(result.numAffectedRows ?? 0);
}

/**
 * The next change to be told, for this process until `lease`. Later changes of the same kind of the same product or variant
 * are merged into it: what is told are the figures of now.
 */
export async function claimChange(store: Store, now: number, lease: number): Promise<ClaimedChange | null> {
  return await store.transaction(async (db) => {
    const skipLocked = store.dialect === 'postgres' ? sql`for update of c skip locked` : sql``;
    const { rows } = await sql<ProductChangesTable & { id: number }>`
      select c.* from product_changes c
      where c.state in ${OPEN} and c.available_at <= ${now} and not exists (
        select 1 from product_changes e where e.product_id = c.product_id and e.variant_id = c.variant_id
          and e.kind = c.kind and e.state in ${OPEN} and e.id < c.id)
      order by c.available_at, c.id limit 1 ${skipLocked}`.execute(db);
    const row = rows[0];
    if (!row) return null;
    if (row.state === 'new') {
      await sql`
        update product_changes set state = 'merged' where product_id = ${row.product_id}
          and variant_id = ${row.variant_id} and kind = ${row.kind} and state = 'new' and id > ${row.id}`.execute(db);
    }
    await sql`update product_changes set state = 'telling', available_at = ${lease} where id = ${row.id}`.execute(db);
    return {
      id: row.id,
      kind: row.kind,
      productId: row.product_id,
      variantId: row.variant_id === '' ? null : row.variant_id,
      location: row.location,
      previousStock: row.previous_stock,
      previousPriceMinor: row.previous_price_minor,
      currency: row.currency,
      at: row.at,
      lease,
    };
  });
}

/** @returns the last customer who has been told; null when another process has the change now, or it has been told */
export async function renewLease(
  session: Session,
  { id, lease }: ClaimedChange,
  until: number,
): Promise<string | null> {
  const { rows } = await sql<{ told_up_to: string }>`
    update product_changes set available_at = ${until} where id = ${id} and state = 'telling'
      and available_at = ${lease} returning told_up_to`.execute(session.db);
  return rows[0]?.told_up_to ?? null;
}

export async function writeProgress(
  session: Session,
  id: number,
  progress: { upTo: string | null; told: number; isDone: boolean },
): Promise<void> {
  await sql`
    update product_changes set told = told + ${progress.told}, told_up_to = coalesce(${progress.upTo}, told_up_to),
      state = ${progress.isDone ? 'told' : 'telling'} where id = ${id}`.execute(session.db);
}

/** Gives a change back, to be tried again later. */
export async function giveBack(session: Session, { id, lease }: ClaimedChange, availableAt: number): Promise<void> {
  await sql`
    update product_changes set available_at = ${availableAt} where id = ${id} and state = 'telling'
      and available_at = ${lease}`.execute(session.db);
}

interface Whom {
  productId: string;
  variantId: string | null;
  kind: 'stock' | 'price';
  isBackInStock: boolean;
}

/** Of a product without variants everybody who named it; of the whole product those who named no variant; else the variant. */
const sameVariant = (table: string, variantId: string | null, hasVariants: boolean): RawBuilder<unknown> => {
  if (variantId === null && !hasVariants) return sql`1 = 1`;
  return sql`${sql.ref(`${table}.variant_id`)} = ${variantId ?? ''}`;
};

/** The next customers whom the news may concern, in the order of their ids. */
export async function nextRecipients(
  session: Session,
  { productId, variantId, kind, isBackInStock }: Whom,
  hasVariants: boolean,
  after: string,
  limit: number,
): Promise<string[]> {
  const interested =
    kind === 'stock' ? sql`i.kind <> 'viewed' and i.closed_at is null` : sql`i.kind <> 'back_in_stock'`;
  const asked =
    kind === 'stock' && !isBackInStock
      ? sql``
      : sql`
    union select * from (select distinct i.customer_id from product_interests i
      where i.product_id = ${productId} and i.customer_id > ${after} and ${interested}
        and ${sameVariant('i', variantId, hasVariants)} order by i.customer_id limit ${limit}) as x`;
  const { rows } = await sql<{ customer_id: string }>`
    select customer_id from (
      select * from (select distinct a.customer_id from awaited_products a
        where a.product_id = ${productId} and a.customer_id > ${after} and ${sameVariant('a', variantId, hasVariants)}
        order by a.customer_id limit ${limit}) as w ${asked}) as u
    order by customer_id limit ${limit}`.execute(session.db);
  return rows.map((row) => row.customer_id);
}

/** @returns by customer, what they have shown of interest and not bought since */
export async function interestsOfCustomers(
  session: Session,
  { productId, variantId }: Pick<Whom, 'productId' | 'variantId'>,
  hasVariants: boolean,
  customerIds: readonly string[],
): Promise<Map<string, ShownInterest[]>> {
  const { rows } = await sql<{
    customer_id: string;
    kind: InterestKind;
    at: number;
    price_minor: number | null;
    currency: string | null;
    closed_at: number | null;
  }>`
    select i.customer_id, i.kind, i.at, i.price_minor, i.currency, i.closed_at
    from ${idsOf(session.dialect, customerIds)} as r cross join product_interests i
    where i.customer_id = r.id and i.product_id = ${productId} and ${sameVariant('i', variantId, hasVariants)}
      and not exists (select 1 from orders o cross join order_lines l
        where o.customer_id = i.customer_id and o.occurred_at >= i.at
          and l.source = o.source and l.order_id = o.order_id and l.product_id = i.product_id
          and (i.variant_id = '' or l.variant_id is null or l.variant_id = i.variant_id))`.execute(session.db);
  const interests = new Map<string, ShownInterest[]>();
  for (const { customer_id, kind, at, price_minor, currency, closed_at } of rows) {
    const shown = { kind, at, priceMinor: price_minor, currency, isClosed: closed_at !== null };
    interests.set(customer_id, [...(interests.get(customer_id) ?? []), shown]);
  }
  return interests;
}

/** @returns those of the customers who have a run that waits for news of this type of the product */
export async function waitingCustomers(
  session: Session,
  { productId, variantId }: Pick<Whom, 'productId' | 'variantId'>,
  hasVariants: boolean,
  type: string,
  customerIds: readonly string[],
): Promise<Set<string>> {
  const { rows } = await sql<{ customer_id: string }>`
    select distinct a.customer_id from ${idsOf(session.dialect, customerIds)} as c
    cross join awaited_products a cross join runs r cross join waits w
    where a.customer_id = c.id and a.product_id = ${productId} and ${sameVariant('a', variantId, hasVariants)} and r.id = a.run_id and r.status = 'running'
      and w.run_id = r.id and w.segment = r.segment and w.state = 'waiting'
      and w.spec_json like ${`%"${type}"%`}`.execute(session.db);
  return new Set(rows.map((row) => row.customer_id));
}

/** Back in stock has been told: the interest is answered. */
export async function closeInterests(
  session: Session,
  { productId, variantId }: Pick<Whom, 'productId' | 'variantId'>,
  hasVariants: boolean,
  customerIds: readonly string[],
  now: number,
): Promise<void> {
  if (customerIds.length === 0) return;
  await sql`
    update product_interests set closed_at = ${now}
    where customer_id in (select id from ${idsOf(session.dialect, customerIds)} as r) and product_id = ${productId}
      and ${sameVariant('product_interests', variantId, hasVariants)} and kind <> 'viewed' and closed_at is null`.execute(
    session.db,
  );
}

/** From now on only a price below the one that was told is news. */
export async function lowerSeenPrices(
  session: Session,
  { productId, variantId }: Pick<Whom, 'productId' | 'variantId'>,
  hasVariants: boolean,
  customerIds: readonly string[],
  priceMinor: number,
): Promise<void> {
  if (customerIds.length === 0) return;
  await sql`
    update product_interests set price_minor = ${priceMinor}
    where customer_id in (select id from ${idsOf(session.dialect, customerIds)} as r) and product_id = ${productId}
      and ${sameVariant('product_interests', variantId, hasVariants)} and price_minor > ${priceMinor}`.execute(
    session.db,
  );
}

/** What nobody needs any more, a part at a time. @returns whether there was a full part, so that there may be more */
export async function sweepNews(
  session: Session,
  before: { changes: number; views: number },
  limit: number,
): Promise<boolean> {
  const { db } = session;
  const results = [
    await sql`delete from product_changes where id in (select id from product_changes
      where at < ${before.changes} and state in ('told', 'merged') order by at limit ${limit})`.execute(db),
    await sql`delete from product_interests where kind = 'viewed' and at < ${before.views}
      and (customer_id, product_id, variant_id) in (select customer_id, product_id, variant_id from product_interests
        where kind = 'viewed' and at < ${before.views} order by at limit ${limit})`.execute(db),
    await sql`delete from awaited_products where run_id in (select a.run_id from awaited_products a
      left join runs r on r.id = a.run_id and r.status = 'running' where r.id is null limit ${limit})`.execute(db),
  ];
  return results.some((result) => Number(result.numAffectedRows ?? 0) >= limit);
}
