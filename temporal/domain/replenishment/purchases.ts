/**
 * Purchases, in compact columns, and the gaps between them: lines of one customer, product and day are one purchase, quantities
 * added; returns are none (CONTRACT section 7). The result does not depend on the order in which lines come.
 */

/** Whole days between a purchase and the same customer's next one of the same product. */
export interface Gap {
  productId: string;
  /** UTC calendar days since 1970 of the purchase that it begins with. */
  startDay: number;
  /** At least 1. */
  days: number;
  /** Bought on the day it begins with. */
  quantity: number;
}

/** Purchases of one customer: runs of one product, in order of days. */
export interface PurchaseTable {
  length: number;
  customerIds: readonly string[];
  productIds: readonly string[];
  /** Index in `customerIds`, rising. */
  customer: Int32Array;
  /** Index in `productIds`, rising within a customer. */
  product: Int32Array;
  /** Rising within customer and product. */
  day: Int32Array;
  quantity: Float64Array;
}

/** Gaps in order of customer, day they end on, and product. */
export interface GapTable {
  length: number;
  customerIds: readonly string[];
  productIds: readonly string[];
  customer: Int32Array;
  product: Int32Array;
  startDay: Int32Array;
  days: Int32Array;
  quantity: Float64Array;
}

/** Ids to whole numbers in order of arrival. */
class Names {
  readonly ids: string[] = [];
  readonly #places = new Map<string, number>();

  placeOf(id: string): number {
    let place = this.#places.get(id);
    if (place === undefined) {
      place = this.ids.length;
      this.ids.push(id);
      this.#places.set(id, place);
    }
    return place;
  }

  /** In order of the ids, and for each place by arrival its place in that order. */
  sorted(): { ids: string[]; rank: Int32Array } {
    const places = this.ids.map((_, place) => place);
    const { ids } = this;
    places.sort((a, b) => ((ids[a] as string) < (ids[b] as string) ? -1 : 1));
    const rank = new Int32Array(places.length);
    places.forEach((place, index) => (rank[place] = index));
    return { ids: places.map((place) => ids[place] as string), rank };
  }
}

const FIRST_ROOM = 1024;

/** Takes order lines in any order, 20 bytes each and the ids once. */
export class PurchaseLog {
  readonly #customers = new Names();
  readonly #products = new Names();
  #customer = new Int32Array(FIRST_ROOM);
  #product = new Int32Array(FIRST_ROOM);
  #day = new Int32Array(FIRST_ROOM);
  #quantity = new Float64Array(FIRST_ROOM);
  #length = 0;

  /** @param quantity more than 0; a line with less is a return or nothing, and no purchase */
  add(customerId: string, productId: string, day: number, quantity: number): void {
    if (!(quantity > 0) || !Number.isFinite(quantity)) return;
    const at = this.#length;
    if (at === this.#day.length) this.#grow();
    this.#customer[at] = this.#customers.placeOf(customerId);
    this.#product[at] = this.#products.placeOf(productId);
    this.#day[at] = day;
    this.#quantity[at] = quantity;
    this.#length = at + 1;
  }

  #grow(): void {
    const room = this.#day.length * 2;
    const wider = <T extends Int32Array | Float64Array>(from: T, to: T): T => (to.set(from), to);
    this.#customer = wider(this.#customer, new Int32Array(room));
    this.#product = wider(this.#product, new Int32Array(room));
    this.#day = wider(this.#day, new Int32Array(room));
    this.#quantity = wider(this.#quantity, new Float64Array(room));
  }

  purchases(): PurchaseTable {
    const customers = this.#customers.sorted();
    const products = this.#products.sorted();
    const order = this.#byCustomer(customers.rank);
    const length = this.#length;
    const [customer, product, day] = [new Int32Array(length), new Int32Array(length), new Int32Array(length)];
    const quantity = new Float64Array(length);
    let last = -1;
    for (const line of order) {
      const ofCustomer = customers.rank[this.#customer[line] as number] as number;
      const ofProduct = products.rank[this.#product[line] as number] as number;
      const onDay = this.#day[line] as number;
      const bought = this.#quantity[line] as number;
      if (last >= 0 && customer[last] === ofCustomer && product[last] === ofProduct && day[last] === onDay) {
        quantity[last] = (quantity[last] as number) + bought;
        continue;
      }
      last += 1;
      customer[last] = ofCustomer;
      product[last] = ofProduct;
      day[last] = onDay;
      quantity[last] = bought;
    }
    return {
      length: last + 1,
      customerIds: customers.ids,
      productIds: products.ids,
      customer: customer.subarray(0, last + 1),
      product: product.subarray(0, last + 1),
      day: day.subarray(0, last + 1),
      quantity: quantity.subarray(0, last + 1),
    };
  }

  /** Lines by customer, product, day and quantity: a counting sort by customer, then each customer's few lines. */
  #byCustomer(rank: Int32Array): Uint32Array {
    const starts = new Uint32Array(rank.length + 1);
    for (let line = 0; line < this.#length; line += 1) {
      const next = (rank[this.#customer[line] as number] as number) + 1;
      starts[next] = (starts[next] as number) + 1;
    }
    for (let index = 1; index < starts.length; index += 1) {
      starts[index] = (starts[index] as number) + (starts[index - 1] as number);
    }
    const order = new Uint32Array(this.#length);
    const free = starts.slice();
    for (let line = 0; line < this.#length; line += 1) {
      const index = rank[this.#customer[line] as number] as number;
      const place = free[index] as number;
      order[place] = line;
      free[index] = place + 1;
    }
    const { rank: productRank } = this.#products.sorted();
    const compare = (a: number, b: number) =>
      (productRank[this.#product[a] as number] as number) - (productRank[this.#product[b] as number] as number) ||
      (this.#day[a] as number) - (this.#day[b] as number) ||
      (this.#quantity[a] as number) - (this.#quantity[b] as number);
    for (let index = 0; index < rank.length; index += 1) {
      order.subarray(starts[index], starts[index + 1]).sort(compare);
    }
    return order;
  }
}

/** @param until only gaps that ended by this day (inclusive) */
export function gapsOf(purchases: PurchaseTable, until: number = Infinity): GapTable {
  const { customer, product, day, quantity } = purchases;
  const begins: number[] = [];
  const order: number[] = [];
  for (let from = 0; from < purchases.length;) {
    let to = from;
    while (to < purchases.length && customer[to] === customer[from]) to += 1;
    begins.length = 0;
    for (let at = from; at + 1 < to; at += 1) {
      if (product[at] === product[at + 1] && (day[at + 1] as number) <= until) begins.push(at);
    }
    begins.sort((a, b) => (day[a + 1] as number) - (day[b + 1] as number) || a - b);
    for (const at of begins) order.push(at);
    from = to;
  }
  const table: GapTable = {
    length: order.length,
    customerIds: purchases.customerIds,
    productIds: purchases.productIds,
    customer: new Int32Array(order.length),
    product: new Int32Array(order.length),
    startDay: new Int32Array(order.length),
    days: new Int32Array(order.length),
    quantity: new Float64Array(order.length),
  };
  order.forEach((at, index) => {
    table.customer[index] = customer[at] as number;
    table.product[index] = product[at] as number;
    table.startDay[index] = day[at] as number;
    table.days[index] = (day[at + 1] as number) - (day[at] as number);
    table.quantity[index] = quantity[at] as number;
  });
  return table;
}
