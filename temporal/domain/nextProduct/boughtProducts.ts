/** What everybody has bought, customer by customer in the order of time, in compact columns: 8 bytes for a line. */
import { DAY_MS } from '../utcDay.ts';

const FIRST_ROOM = 4096;

export class BoughtProducts {
  readonly productIds: string[] = [];
  /** How many lines there are. */
  length = 0;
  /** Index in `productIds` of each line. */
  product = new Int32Array(FIRST_ROOM);
  /** Epoch seconds. */
  at = new Uint32Array(FIRST_ROOM);
  /** Where each customer's lines begin. */
  readonly #begins: number[] = [];
  readonly #places = new Map<string, number>();
  #customerId: string | null = null;
  /** Pieces of each product that were sold lately. */
  readonly #sold: number[] = [];
  readonly #soldSince: number;
  readonly #soldDays: number;

  /** @param now epoch ms @param soldDays within which pieces are counted */
  constructor(now: number, soldDays: number) {
    this.#soldSince = now - soldDays * DAY_MS;
    this.#soldDays = soldDays;
  }

  /**
   * Lines of one customer come together, the earliest first.
   *
   * @param orderedAt epoch ms @param quantity above 0
   */
  add(customerId: string, productId: string, orderedAt: number, quantity: number): void {
    if (customerId !== this.#customerId) {
      this.#customerId = customerId;
      this.#begins.push(this.length);
    }
    const place = this.#placeOf(productId);
    if (this.length === this.product.length) this.#grow();
    this.product[this.length] = place;
    this.at[this.length] = Math.floor(orderedAt / 1000);
    this.length++;
    if (orderedAt >= this.#soldSince) this.#sold[place] = (this.#sold[place] ?? 0) + quantity;
  }

  get customers(): number {
    return this.#begins.length;
  }

  /** @returns where the customer's lines begin and end */
  linesOf(customer: number): [from: number, to: number] {
    return [this.#begins[customer] ?? this.length, this.#begins[customer + 1] ?? this.length];
  }

  /** Pieces. */
  soldPerDay(product: number): number {
    return (this.#sold[product] ?? 0) / this.#soldDays;
  }

  #placeOf(productId: string): number {
    let place = this.#places.get(productId);
    if (place === undefined) {
      place = this.productIds.push(productId) - 1;
      this.#places.set(productId, place);
    }
    return place;
  }

  #grow(): void {
    const [products, times] = [new Int32Array(this.length * 2), new Uint32Array(this.length * 2)];
    products.set(this.product);
    times.set(this.at);
    this.product = products;
    this.at = times;
  }
}
