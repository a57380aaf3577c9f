/** RFM of everybody as of a day that has been (CONTRACT section 7): what `GET /v1/scores` would have said. Nothing is written. */
import { learn, recencyDays, scorerBy, SegmentShares, type Buyers, type RfmModel } from '../domain/rfm/model.ts';
import { DAY_MS } from '../domain/utcDay.ts';
import { buyersAsOf, type BuyerRow } from '../store/buyers.ts';
import type { Session } from '../store/rows.ts';
import { readScoreSettings } from '../store/scoreSettings.ts';

const PAGE = 5000;

/** @param day as `utcDay` */
export async function rfmAsOf(session: Session, day: number): Promise<RfmModel> {
  const { thresholds } = (await readScoreSettings(session.db)).rfm;
  // By pages, and not one long reading: SQLite could not shorten its log meanwhile.
  const pages: Columns[] = [];
  for (let after = ''; ;) {
    const rows = await buyersAsOf(session, day, after, PAGE);
    pages.push(columnsOf(rows, day));
    const last = rows.at(-1);
    if (rows.length < PAGE || last === undefined) break;
    after = last.customer_id;
  }
  const buyers = joined(pages);
  const model = learn(buyers, thresholds, day * DAY_MS);
  const shares = new SegmentShares(model.currency);
  const scorer = scorerBy(model);
  for (let index = 0; scorer !== null && index < buyers.count; index++) {
    const bought = {
      orders: buyers.orders[index] as number,
      revenueMinor: buyers.money[index] as number,
      currency: buyers.currencies[buyers.currency[index] as number] as string,
    };
    const lastOrderAt = (day - (buyers.recencyDays[index] as number)) * DAY_MS;
    shares.add(scorer({ ...bought, lastOrderAt }, day).segment, bought);
  }
  return { ...model, segments: shares.result(), scoring: null };
}

interface Columns {
  recencyDays: Int32Array;
  orders: Int32Array;
  money: Float64Array;
  currencies: string[];
}

const columnsOf = (rows: readonly BuyerRow[], day: number): Columns => ({
  recencyDays: Int32Array.from(rows, (row) => recencyDays(row.last_order_at, day)),
  orders: Int32Array.from(rows, (row) => row.orders),
  money: Float64Array.from(rows, (row) => row.revenue_minor),
  currencies: rows.map((row) => row.currency),
});

function joined(pages: readonly Columns[]): Buyers {
  const count = pages.reduce((sum, { orders }) => sum + orders.length, 0);
  const currencies = [...new Set(pages.flatMap((page) => [...new Set(page.currencies)]))];
  const all = {
    ...{ count, currencies, recencyDays: new Int32Array(count), orders: new Int32Array(count) },
    ...{ money: new Float64Array(count), currency: new Uint16Array(count) },
  };
  let start = 0;
  for (const page of pages) {
    all.recencyDays.set(page.recencyDays, start);
    all.orders.set(page.orders, start);
    all.money.set(page.money, start);
    for (const currency of page.currencies) all.currency[start++] = currencies.indexOf(currency);
  }
  return all;
}
