/** The orders of a shop in CSV, by which RFM is measured: at full scale 1,000,000 customers with 10,000,000 of them. */
import { random, writeRows } from './rowsOfFile.ts';

export const SCALE = Number(process.env.BENCH_SCALE ?? 1);
export const CUSTOMERS = Math.round(1_000_000 * SCALE);
export const ORDERS = Math.round(10_000_000 * SCALE);
const PRODUCTS = 5000;
const SEED = 20261122;
const FIRST_DAY = Date.UTC(2023, 0, 1);
const DAYS = 3 * 365;
export const AS_OF = '2025-12-31';
/** Their ids are `c` and a number, one after the other. */
export const FIRST_CUSTOMER = 1_000_000;
/** Lines out of ten that are of the customer's own product, where they have one. */
const OF_FAVOURITE = 6;

export interface Shop {
  customers: number;
  orders: number;
  /** Epoch ms. */
  firstDay: number;
  days: number;
  /** Customers come and go, and have a product that they buy again and again; else anybody buys anything at any time. */
  lifelike: boolean;
}

const LARGE_SHOP: Shop = {
  ...{ customers: CUSTOMERS, orders: ORDERS, firstDay: FIRST_DAY, days: DAYS },
  lifelike: false,
};

/** Few customers have many orders, most have some; one line in thirty is a return. */
export async function writeOrders(file: string, shop: Shop = LARGE_SHOP): Promise<void> {
  const below = random(SEED);
  function* lines() {
    for (let order = 1; order <= shop.orders; order++) {
      // The square root of a random number: its density rises, so customers differ in how often they buy.
      const customer = shop.customers - 1 - Math.floor(Math.sqrt(below(2 ** 30) / 2 ** 30) * shop.customers);
      const [from, days] = shop.lifelike ? stayOf(customer, shop.days) : [0, shop.days];
      const at = new Date(shop.firstDay + (from + below(days)) * 86_400_000 + below(86_400) * 1000).toISOString();
      const quantity = below(30) === 0 ? -1 : 1 + below(3);
      const cents = quantity * (100 + below(20_000));
      const product = shop.lifelike && below(10) < OF_FAVOURITE ? customer % PRODUCTS : below(PRODUCTS);
      yield `c${FIRST_CUSTOMER + customer},${5_000_000_000 + order},${at.slice(0, 19)}Z,p${product},${quantity},${(cents / 100).toFixed(2)}`;
    }
  }
  await writeRows(file, 'customer_id,order_id,ordered_at,product_id,quantity,revenue', lines());
}

/** When a customer comes, and for how many days: anything, but the same each time. */
function stayOf(customer: number, days: number): [from: number, days: number] {
  const from = (customer * 7919) % days;
  return [from, 1 + ((customer * 104_729) % (days - from))];
}
