/** Who wants to hear of which product: one row for each customer, product, variant and kind of interest. */
import { sql } from 'kysely';
import type { Interest } from '../domain/catalogue/interests.ts';
import { idsOf, rowsOf, type Session } from './rows.ts';

export interface NewInterest extends Interest {
  customerId: string;
  /** Epoch ms. */
  at: number;
}

/**
 * The newest interest of a kind counts, and opens again what had been answered. Where the event names no price, the
 * catalogue's of now is kept. Views are kept only of products in the catalogue: of others no price is ever known.
 */
export async function writeInterests(session: Session, interests: readonly NewInterest[]): Promise<void> {
  const newest = new Map<string, NewInterest>();
  for (const interest of interests) {
    const key = [interest.customerId, interest.productId, interest.variantId, interest.kind].join('\0');
    const known = newest.get(key);
    if (!known || interest.at >= known.at) newest.set(key, interest);
  }
  if (newest.size === 0) return;
  const columns = {
    customer_id: 'text',
    product_id: 'text',
    variant_id: 'text',
    kind: 'text',
    at: 'bigint',
    price_minor: 'bigint',
    currency: 'text',
  } as const;
  const rows = Array.from(newest.values(), (interest) => ({
    customer_id: interest.customerId,
    product_id: interest.productId,
    variant_id: interest.variantId,
    kind: interest.kind,
    at: interest.at,
    price_minor: interest.priceMinor,
    currency: interest.currency,
  }));
  await sql`
    insert into product_interests (customer_id, product_id, variant_id, kind, at, price_minor, currency, closed_at)
    select r.customer_id, r.product_id, r.variant_id, r.kind, r.at,
      coalesce(r.price_minor, v.price_minor, p.shown_price_minor),
      case when r.price_minor is null then p.currency else r.currency end, null
    from ${rowsOf(session.dialect, columns, rows)} as r
    left join products p on p.product_id = r.product_id
    left join product_variants v on v.product_id = r.product_id and v.variant_id = r.variant_id
    where r.kind <> 'viewed' or p.product_id is not null
    on conflict (customer_id, product_id, variant_id, kind) do update set at = excluded.at,
      price_minor = excluded.price_minor, currency = excluded.currency, closed_at = null
      where excluded.at > product_interests.at`.execute(session.db);
}

/** Interests of merged customers become the survivor's; of two of a kind the newer stays. */
export async function moveInterests(
  session: Session,
  merges: readonly { survivor: string; merged: string }[],
): Promise<void> {
  // One after the other: a survivor may take in several, each with the same interest.
  for (const { survivor, merged } of merges) {
    await sql`
      insert into product_interests (customer_id, product_id, variant_id, kind, at, price_minor, currency, closed_at)
      select ${survivor}, product_id, variant_id, kind, at, price_minor, currency, closed_at
      from product_interests where customer_id = ${merged}
      on conflict (customer_id, product_id, variant_id, kind) do update set at = excluded.at,
        price_minor = excluded.price_minor, currency = excluded.currency, closed_at = excluded.closed_at
        where excluded.at > product_interests.at`.execute(session.db);
  }
  const ids = new Set(merges.map(({ merged }) => merged));
  await sql`
    delete from product_interests where customer_id in (select id from ${idsOf(session.dialect, ids)} as r)`.execute(
    session.db,
  );
}
