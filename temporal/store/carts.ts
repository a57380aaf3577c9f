/** What is in the carts of customers, as a number: added minus removed, to notice one that has been emptied. */
import { sql } from 'kysely';
import { rowsOf, type Session } from './rows.ts';

export interface CartQuantity {
  customerId: string;
  cartId: string;
  quantity: number;
}

export const cartKey = ({ customerId, cartId }: Omit<CartQuantity, 'quantity'>): string => `${customerId}\0${cartId}`;

/** @returns `cartKey` → added minus removed */
export async function findCarts(
  session: Session,
  carts: readonly Omit<CartQuantity, 'quantity'>[],
): Promise<Map<string, number>> {
  if (carts.length === 0) return new Map();
  const rows = carts.map(({ customerId, cartId }) => ({ customer_id: customerId, cart_id: cartId }));
  const found = await sql<{ customer_id: string; cart_id: string; quantity: number }>`
    select c.customer_id, c.cart_id, c.quantity
    from ${rowsOf(session.dialect, { customer_id: 'text', cart_id: 'text' }, rows)} as r
    cross join carts c where c.customer_id = r.customer_id and c.cart_id = r.cart_id`.execute(session.db);
  return new Map(
    found.rows.map((row) => [cartKey({ customerId: row.customer_id, cartId: row.cart_id }), row.quantity]),
  );
}

export async function writeCarts(session: Session, carts: readonly CartQuantity[]): Promise<void> {
  if (carts.length === 0) return;
  const columns = { customer_id: 'text', cart_id: 'text', quantity: 'double precision' } as const;
  const rows = carts.map(({ customerId, cartId, quantity }) => ({
    customer_id: customerId,
    cart_id: cartId,
    quantity,
  }));
  await sql`
    insert into carts (customer_id, cart_id, quantity) select r.customer_id, r.cart_id, r.quantity
    from ${rowsOf(session.dialect, columns, rows)} as r where true
    on conflict (customer_id, cart_id) do update set quantity = excluded.quantity`.execute(session.db);
}
