/** Who gets which product by a subscription of the shop: what was said last counts, whatever the order of arrival. */
import { sql } from 'kysely';
import type { SubscriptionStatement } from '../domain/productSubscriptions.ts';
import { idsOf, rowsOf, type Session } from './rows.ts';

export interface NewSubscription extends SubscriptionStatement {
  customerId: string;
  /** Epoch ms. */
  at: number;
}

/** A product for a customer. */
export interface CustomerProduct {
  customerId: string;
  productId: string;
}

export const customerProductKey = ({ customerId, productId }: CustomerProduct): string => `${customerId}\0${productId}`;

const PAIR = { customer_id: 'text', product_id: 'text' } as const;

/** Said at the same moment, the subscription holds. */
export async function writeSubscriptions(session: Session, statements: readonly NewSubscription[]): Promise<void> {
  const newest = new Map<string, NewSubscription>();
  for (const statement of statements) {
    const key = customerProductKey(statement);
    const known = newest.get(key);
    if (!known || isNewer(statement, known)) newest.set(key, statement);
  }
  if (newest.size === 0) return;
  const rows = Array.from(newest.values(), ({ customerId, productId, active, at }) => ({
    customer_id: customerId,
    product_id: productId,
    active: active ? 1 : 0,
    at,
  }));
  await sql`
    insert into product_subscriptions (customer_id, product_id, active, at)
    select r.customer_id, r.product_id, r.active, r.at
    from ${rowsOf(session.dialect, { ...PAIR, active: 'bigint', at: 'bigint' }, rows)} as r where true
    on conflict (customer_id, product_id) do update set active = excluded.active, at = excluded.at
      where ${IS_NEWER}`.execute(session.db);
}

const isNewer = (one: NewSubscription, other: NewSubscription): boolean =>
  one.at > other.at || (one.at === other.at && one.active);
const IS_NEWER = sql`excluded.at > product_subscriptions.at
        or (excluded.at = product_subscriptions.at and excluded.active = 1)`;

/** @returns those of the pairs with a subscription that is active, by `customerProductKey` */
export async function findActiveSubscriptions(
  session: Session,
  pairs: readonly CustomerProduct[],
): Promise<Set<string>> {
  if (pairs.length === 0) return new Set();
  const asked = pairs.map(({ customerId, productId }) => ({ customer_id: customerId, product_id: productId }));
  const { rows } = await sql<{ customer_id: string; product_id: string }>`
    select s.customer_id, s.product_id from ${rowsOf(session.dialect, PAIR, asked)} as r
    cross join product_subscriptions s
    where s.customer_id = r.customer_id and s.product_id = r.product_id and s.active = 1`.execute(session.db);
  return new Set(rows.map((row) => customerProductKey({ customerId: row.customer_id, productId: row.product_id })));
}

/** Subscriptions of merged customers become the survivor's; of two for one product the newer word counts. */
export async function moveSubscriptions(
  session: Session,
  merges: readonly { survivor: string; merged: string }[],
): Promise<void> {
  for (const { survivor, merged } of merges) {
    await sql`
      insert into product_subscriptions (customer_id, product_id, active, at)
      select ${survivor}, product_id, active, at from product_subscriptions where customer_id = ${merged}
      on conflict (customer_id, product_id) do update set active = excluded.active, at = excluded.at
        where ${IS_NEWER}`.execute(session.db);
  }
  const ids = new Set(merges.map(({ merged }) => merged));
  await sql`
    delete from product_subscriptions where customer_id in (select id from ${idsOf(session.dialect, ids)} as r)`.execute(
    session.db,
  );
}
