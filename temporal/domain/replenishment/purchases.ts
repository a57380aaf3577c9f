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

/** By customer, product and day. Customers and products are numbers; those of products are places in `productIds`. */
export interface PurchaseTable {
  length: number;
  productIds: readonly string[];
  /** Rising. */
  customer: Int32Array;
  /** Rising within a customer. */
  product: Int32Array;
  /** Rising within customer and product. */
  day: Int32Array;
  quantity: Float64Array;
}

/** Customers are places in `customerIds`. */
export interface NamedPurchases extends PurchaseTable {
  customerIds: readonly string[];
}

/** Gaps in order of customer, day they end on, and product. */
export interface GapTable {
  length: number;
  productIds: readonly string[];
  customer: Int32Array;
  product: Int32Array;
  startDay: Int32Array;
  days: Int32Array;
  quantity: Float64Array;
}

const FIRST_ROOM = 1024;

/** Order lines in any order, 20 bytes each, with customers and products as dense numbers. */
export class PurchaseLines {
  #customer = new Int32Array(FIRST_ROOM);
  #product = new Int32Array(FIRST_ROOM);
  #day = new Int32Array(FIRST_ROOM);
  #quantity = new Float64Array(FIRST_ROOM);
  #length = 0;

  /** @param quantity more than 0; a line with less is a return or nothing, and no purchase */
  add(customer: number, product: number, day: number, quantity: number): void {
    if (!(quantity > 0) || !Number.isFinite(quantity)) return;
    const at = this.#length;
    if (at === this.#day.length) this.#grow();
    this.#customer[at] = customer;
    this.#product[at] = product;
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

  /**
   * @param customers for each customer's number its place in the table
   * @param products for each product's number its place in `productIds`
   */
  purchases(customers: Int32Array, products: Int32Array, productIds: readonly string[]): PurchaseTable {
    const length = this.#length;
    const [customer, product, day] = [new Int32Array(length), new Int32Array(length), new Int32Array(length)];
    const quantity = new Float64Array(length);
    let last = -1;
    for (const line of this.#inOrder(customers, products)) {
      const ofCustomer = customers[this.#customer[line] as number] as number;
      const ofProduct = products[this.#product[line] as number] as number;
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
      productIds,
      customer: customer.subarray(0, last + 1),
      product: product.subarray(0, last + 1),
      day: day.subarray(0, last + 1),
      quantity: quantity.subarray(0, last + 1),
    };
  }

  /** By customer, product, day and quantity: a counting sort by customer, then each customer's few lines. */
  #inOrder(customers: Int32Array, products: Int32Array): Uint32Array {
    const starts = new Uint32Array(customers.length + 1);
    for (let line = 0; line < this.#length; line += 1) {
      const next = (customers[this.#customer[line] as number] as number) + 1;
      starts[next] = (starts[next] as number) + 1;
    }
    for (let place = 1; place < starts.length; place += 1) {
      starts[place] = (starts[place] as number) + (starts[place - 1] as number);
    }
    const order = new Uint32Array(this.#length);
    const free = starts.slice();
    for (let line = 0; line < this.#length; line += 1) {
      const place = customers[this.#customer[line] as number] as number;
      const at = free[place] as number;
      order[at] = line;
      free[place] = at + 1;
    }
    const compare = (a: number, b: number) =>
      (products[this.#product[a] as number] as number) - (products[this.#product[b] as number] as number) ||
      (this.#day[a] as number) - (this.#day[b] as number) ||
      (this.#quantity[a] as number) - (this.#quantity[b] as number);
    for (let place = 0; place < customers.length; place += 1) {
      order.subarray(starts[place], starts[place + 1]).sort(compare);
    }
    return order;
  }
}

/** The same with ids as text. */
export class PurchaseLog {
  readonly #lines = new PurchaseLines();
  readonly #customers = new Map<string, number>();
  readonly #products = new Map<string, number>();

  /** @param quantity more than 0; a line with less is a return or nothing, and no purchase */
  add(customerId: string, productId: string, day: number, quantity: number): void {
    this.#lines.add(numberOf(this.#customers, customerId), numberOf(this.#products, productId), day, quantity);
  }

  purchases(): NamedPurchases {
    const customers = inOrder(this.#customers);
    const products = inOrder(this.#products);
    const table = this.#lines.purchases(customers.places, products.places, products.ids);
    return { ...table, customerIds: customers.ids };
  }
}

function numberOf(numbers: Map<string, number>, id: string): number {
  let number = numbers.get(id);
  if (number === undefined) {
    number = numbers.size;
    numbers.set(id, number);
  }
  return number;
}

/** The ids in their order, and for each number the place of its id. */
function inOrder(numbers: Map<string, number>): { ids: string[]; places: Int32Array } {
  const ids = [...numbers.keys()].sort();
  const places = new Int32Array(ids.length);
  ids.forEach((id, place) => (places[numbers.get(id) as number] = place));
  return { ids, places };
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
