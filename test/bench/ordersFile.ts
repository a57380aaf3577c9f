/** The orders of a shop in CSV, by which RFM is measured: at full scale 1,000,000 customers with 10,000,000 of them. */
import { random, writeRows } from './rowsOfFile.ts';

const SCALE = Number(process.env.BENCH_SCALE ?? 1);
export const CUSTOMERS = Math.round(1_000_000 * SCALE);
export const ORDERS = Math.round(10_000_000 * SCALE);
const PRODUCTS = 5000;
const SEED = 20261122;
const FIRST_DAY = Date.UTC(2023, 0, 1);
const DAYS = 3 * 365;
export const AS_OF = '2025-12-31';

/** Few customers have many orders, most have some; one line in thirty is a return. */
export async function writeOrders(file: string): Promise<void> {
  const below = random(SEED);
  function* lines() {
    for (let order = 1; order <= ORDERS; order++) {
      // The square root of a random number: its density rises, so customers differ in how often they buy.
      const customer = CUSTOMERS - 1 - Math.floor(Math.sqrt(below(2 ** 30) / 2 ** 30) * CUSTOMERS);
      const at = new Date(FIRST_DAY + below(DAYS) * 86_400_000 + below(86_400) * 1000).toISOString();
      const quantity = below(30) === 0 ? -1 : 1 + below(3);
      const cents = quantity * (100 + below(20_000));
      yield `c${1_000_000 + customer},${5_000_000_000 + order},${at.slice(0, 19)}Z,p${below(PRODUCTS)},${quantity},${(cents / 100).toFixed(2)}`;
    }
  }
  await writeRows(file, 'customer_id,order_id,ordered_at,product_id,quantity,revenue', lines());
}
