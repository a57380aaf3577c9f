/**
 * Forecasts for the purchases of an events file (CONTRACT section 7): the population's part learned from gaps that ended by a day,
 * the customer's own history up to the day of each event. No answer depends on other events.
 */
import { Forecaster, type CustomerForecaster, type Days } from '../domain/replenishment/forecaster.ts';
import { learn } from '../domain/replenishment/learn.ts';
import type { PopulationModel } from '../domain/replenishment/model.ts';
import { gapsOf, PurchaseLines, type GapTable, type PurchaseTable } from '../domain/replenishment/purchases.ts';
import { readEventFile, type PurchaseEvents } from './eventFile.ts';
import { IdTable } from './idTable.ts';
import { readOrderFile, type OrderFileOptions, type OrderFileResult } from './orderFile.ts';

export interface ReplenishmentOptions {
  /** Paths, or `-` for one of them. */
  orders: string;
  events: string;
  /** UTC day number; null: the last line of the orders. */
  fitUntil: number | null;
  skipBad: boolean;
  onOrders: (lines: number) => void;
  onEvents: (lines: number) => void;
}

export interface ReplenishmentOfFiles {
  orders: OrderFileResult;
  events: OrderFileResult;
  /** Lines of orders that name no product. */
  withoutProduct: number;
  model: PopulationModel;
  /** In the order of the events file. */
  answers: () => Generator<{ eventId: string; days: Days }>;
}

/** @throws Error with a sentence for the operator */
export async function replenishmentOfFiles(options: ReplenishmentOptions): Promise<ReplenishmentOfFiles> {
  const { skipBad, fitUntil } = options;
  const ids = { customers: new IdTable(), products: new IdTable(), events: new IdTable() };
  const read = await readLines(options, ids);
  const events = await readEventFile({ file: options.events, skipBad, ...ids, onProgress: options.onEvents });
  const customers = placesOf(ids.customers);
  const products = placesOf(ids.products);
  const productIds = Array.from(ids.products.inOrder(), (index) => ids.products.textOf(index));
  const purchases = read.lines.purchases(customers, products, productIds);
  const model = learn(gapsOf(purchases, fitUntil ?? read.lastDay));
  const forecasts = new Forecasts(new Forecaster(model), purchases, events, customers, products);
  const answers = function* () {
    for (let event = 0; event < events.day.length; event += 1) {
      yield { eventId: ids.events.textOf(event), days: forecasts.of(event) };
    }
  };
  return { orders: read.result, events: events.result, withoutProduct: read.withoutProduct, model, answers };
}

interface Ids {
  customers: IdTable;
  products: IdTable;
}

async function readLines({ orders: file, skipBad, onOrders }: ReplenishmentOptions, { customers, products }: Ids) {
  const lines = new PurchaseLines();
  let lastDay = -Infinity;
  let withoutProduct = 0;
  const reading: OrderFileOptions = {
    file,
    required: ['customer_id', 'ordered_at', 'product_id'],
    optional: ['quantity', 'revenue'],
    untilDay: null,
    minorDigits: 0,
    skipBad,
    customers,
    products,
    onProgress: onOrders,
  };
  const result = await readOrderFile(reading, ({ customer, product, day, quantity, isReturn }) => {
    lastDay = Math.max(lastDay, day);
    if (product < 0) withoutProduct += 1;
    else if (!isReturn) lines.add(customer, product, day, quantity);
  });
  return { lines, lastDay, withoutProduct, result };
}

/** For each id's number its place in the order of the ids, which does not depend on that of the lines. */
function placesOf(ids: IdTable): Int32Array {
  const places = new Int32Array(ids.size);
  ids.inOrder().forEach((index, place) => (places[index] = place));
  return places;
}

/** The first place from `from` on whose number is at least `least`, in rising numbers. */
function firstFrom(numbers: Int32Array, least: number, from = 0, to = numbers.length): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] as number) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

class Forecasts {
  readonly #forecaster: Forecaster;
  readonly #purchases: PurchaseTable;
  readonly #gaps: GapTable;
  readonly #events: PurchaseEvents;
  readonly #customers: Int32Array;
  readonly #products: Int32Array;
  /** By event, four quantiles. */
  readonly #days: Float64Array;

  constructor(
    forecaster: Forecaster,
    purchases: PurchaseTable,
    events: PurchaseEvents,
    customers: Int32Array,
    products: Int32Array,
  ) {
    this.#forecaster = forecaster;
    this.#purchases = purchases;
    this.#gaps = gapsOf(purchases);
    this.#events = events;
    this.#customers = customers;
    this.#products = products;
    this.#days = new Float64Array(events.day.length * 4);
    this.#forecastAll();
  }

  of(event: number): Days {
    const [q40, q50, q60, q80] = this.#days.subarray(event * 4, event * 4 + 4) as unknown as [
      number,
      number,
      number,
      number,
    ];
    return { q40, q50, q60, q80 };
  }

  /** Customer by customer, their events in order of time, so that each gap is learned once. */
  #forecastAll(): void {
    const { day } = this.#events;
    const customerOf = (event: number) => this.#customers[this.#events.customer[event] as number] as number;
    const order = Uint32Array.from(day, (_, event) => event);
    order.sort((a, b) => customerOf(a) - customerOf(b) || (day[a] as number) - (day[b] as number) || a - b);
    const known = this.#forecaster.customer();
    for (let at = 0; at < order.length;) {
      const customer = customerOf(order[at] as number);
      const from = firstFrom(this.#gaps.customer, customer);
      const to = firstFrom(this.#gaps.customer, customer + 1, from);
      known.clear();
      let learned = from;
      for (; at < order.length && customerOf(order[at] as number) === customer; at += 1) {
        const event = order[at] as number;
        while (learned < to && this.#endOf(learned) <= (day[event] as number)) {
          this.#learn(known, learned);
          learned += 1;
        }
        this.#forecast(event, customer, known, from, learned);
      }
    }
  }

  #endOf(gap: number): number {
    return (this.#gaps.startDay[gap] as number) + (this.#gaps.days[gap] as number);
  }

  #learn(known: CustomerForecaster, gap: number): void {
    const { product, days, quantity, productIds } = this.#gaps;
    const productId = productIds[product[gap] as number] as string;
    known.learn({ productId, days: days[gap] as number, quantity: quantity[gap] as number });
  }

  /** @param from @param to gaps of the customer that have ended by the day of the event: `known` has learned them */
  #forecast(event: number, customer: number, known: CustomerForecaster, from: number, to: number): void {
    const { productIds, day, product, quantity } = this.#purchases;
    const onDay = this.#events.day[event] as number;
    const ofProduct = this.#products[this.#events.product[event] as number] as number;
    const productId = productIds[ofProduct] as string;
    const begin = firstFrom(this.#purchases.customer, customer);
    const end = firstFrom(this.#purchases.customer, customer + 1, begin);
    const first = firstFrom(product, ofProduct, begin, end);
    const last = firstFrom(product, ofProduct + 1, first, end);
    const place = firstFrom(day, onDay, first, last);
    const isInOrders = place < last && day[place] === onDay;
    // Where the orders have the purchase in several lines, the event may name one of them.
    const bought = Math.max(this.#events.quantity[event] as number, isInOrders ? (quantity[place] as number) : 0);
    let customerSoFar = known;
    if (!isInOrders && place > first) {
      // The event itself ends a gap that the orders do not have: the history once more, with it where it belongs.
      const before = place - 1;
      const own = { productId, days: onDay - (day[before] as number), quantity: quantity[before] as number };
      customerSoFar = this.#forecaster.customer();
      let isTold = false;
      for (let gap = from; gap < to; gap += 1) {
        const isAfter = this.#endOf(gap) === onDay && (this.#gaps.product[gap] as number) > ofProduct;
        if (isAfter && !isTold) {
          customerSoFar.learn(own);
          isTold = true;
        }
        this.#learn(customerSoFar, gap);
      }
      if (!isTold) customerSoFar.learn(own);
    }
    const { q40, q50, q60, q80 } = customerSoFar.windowOf(productId, bought);
    this.#days.set([q40, q50, q60, q80], event * 4);
  }
}
