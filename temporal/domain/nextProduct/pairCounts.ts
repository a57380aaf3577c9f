/** Numbers by pairs of products, in two typed arrays: there are millions of pairs. */

const FIRST_PLACES = 4096;
const FULLEST = 0.6;
const FREE = -1;
/** 2^64 divided by the golden ratio, its upper half (Knuth's multiplicative hashing). */
const SPREAD = 0x9e3779b1;

export class PairCounts {
  readonly #products: number;
  #keys = new Float64Array(FIRST_PLACES).fill(FREE);
  #counts = new Int32Array(FIRST_PLACES);
  #size = 0;

  /** @param products how many there are: the square of it has to be a safe integer */
  constructor(products: number) {
    this.#products = products;
  }

  add(product: number, next: number): void {
    const place = this.#placeOf(product * this.#products + next);
    this.#counts[place] = (this.#counts[place] as number) + 1;
  }

  set(product: number, next: number, count: number): void {
    this.#counts[this.#placeOf(product * this.#products + next)] = count;
  }

  /** @returns 0 where there is none */
  get(product: number, next: number): number {
    const place = this.#find(product * this.#products + next);
    return this.#keys[place] === FREE ? 0 : (this.#counts[place] as number);
  }

  each(visit: (product: number, next: number, count: number) => void): void {
    this.#keys.forEach((key, place) => {
      if (key !== FREE) visit(Math.floor(key / this.#products), key % this.#products, this.#counts[place] as number);
    });
  }

  /** Makes a place for what has none. */
  #placeOf(key: number): number {
    let place = this.#find(key);
    if (this.#keys[place] === key) return place;
    if (++this.#size > this.#keys.length * FULLEST) {
      this.#widen();
      place = this.#find(key);
    }
    this.#keys[place] = key;
    return place;
  }

  /** Its place, or the free one where it would be. */
  #find(key: number): number {
    const mask = this.#keys.length - 1;
    const hash = Math.imul((key % 0x1_0000_0000) ^ Math.imul(Math.floor(key / 0x1_0000_0000), SPREAD), SPREAD);
    let place = (hash ^ (hash >>> 16)) & mask;
    while (this.#keys[place] !== FREE && this.#keys[place] !== key) place = (place + 1) & mask;
    return place;
  }

  #widen(): void {
    const [keys, counts] = [this.#keys, this.#counts];
    this.#keys = new Float64Array(keys.length * 2).fill(FREE);
    this.#counts = new Int32Array(keys.length * 2);
    keys.forEach((key, from) => {
      if (key === FREE) return;
      const to = this.#find(key);
      this.#keys[to] = key;
      this.#counts[to] = counts[from] as number;
    });
  }
}
