/** Products of the catalogue that can be had, by category, those with the nearest price first. */
import { sql } from 'kysely';
import { kindKey, type Kind } from '../domain/catalogue/alternative.ts';
import { readProducts, type KnownProduct } from './products.ts';
import type { Session } from './rows.ts';

/**
 * What is counted and there, or not counted and always there; what nobody has said anything of is no promise.
 * @param limit of each kind
 * @returns by `kindKey`
 */
export async function readAvailable(
  session: Session,
  kinds: readonly Kind[],
  limit: number,
): Promise<Map<string, KnownProduct[]>> {
  const distinct = new Map(kinds.map((kind) => [kindKey(kind), kind]));
  const found = new Map<string, string[]>();
  for (const [key, { category, currency, priceMinor }] of distinct) {
    // A number alone would name a column.
    const nearest = priceMinor === null ? sql`` : sql`abs(coalesce(shown_price_minor, 0) - ${priceMinor}),`;
    const { rows } = await sql<{ product_id: string }>`
      select product_id from products
      where category = ${category} and gone = 0 and stock_known = 1 and (stock is null or stock > 0)
        and ${currency === null ? sql`1 = 1` : sql`currency = ${currency}`}
      order by ${nearest} product_id limit ${limit}`.execute(session.db);
    found.set(
      key,
      rows.map((row) => row.product_id),
    );
  }
  const products = await readProducts(session, [...found.values()].flat());
  return new Map([...found].map(([key, ids]) => [key, ids.flatMap((id) => products.get(id) ?? [])]));
}
