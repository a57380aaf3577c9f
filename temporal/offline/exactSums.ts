/** Exact sums of decimal amounts in typed arrays: whole minor units, and what is left of them only where a file has such amounts. */
import { REST_UNIT } from './fieldValues.ts';
import { grown } from './idTable.ts';

const FIRST = 1024;

export class ExactSums {
  #minor = new Float64Array(FIRST);
  #rest: Float64Array | null = null;

  /** @param minor whole minor units @param rest in units of 1/REST_UNIT of one, less than one, same sign */
  add(index: number, minor: number, rest: number): void {
    if (index >= this.#minor.length) this.#grow(index);
    const sum = (this.#minor[index] as number) + minor;
    if (!Number.isSafeInteger(sum))
      throw new Error('Sums of revenue get too large to be exact: is revenue the right column?');
    this.#minor[index] = sum;
    if (rest !== 0 || this.#rest !== null) this.#addRest(index, rest);
  }

  /** Rounded to whole minor units, half away from zero. */
  rounded(index: number): number {
    const minor = this.#minor[index] ?? 0;
    const rest = this.#rest?.[index] ?? 0;
    if (rest === 0) return minor;
    // With different signs the rest counts against the minor units: 5 and -0.5 are 4.5.
    const isNegative = minor < 0 || (minor === 0 && rest < 0);
    const size = isNegative ? -minor : minor;
    const part = isNegative ? -rest : rest;
    const rounded = size + (part >= REST_UNIT / 2 ? 1 : part < -REST_UNIT / 2 ? -1 : 0);
    return isNegative ? 0 - rounded : rounded;
  }

  #addRest(index: number, rest: number): void {
    this.#rest ??= new Float64Array(this.#minor.length);
    let sum = (this.#rest[index] as number) + rest;
    if (sum >= REST_UNIT || sum <= -REST_UNIT) {
      const carry = sum > 0 ? 1 : -1;
      sum -= carry * REST_UNIT;
      this.#minor[index] = (this.#minor[index] as number) + carry;
    }
    this.#rest[index] = sum;
  }

  #grow(index: number): void {
    const length = Math.max(index + 1, this.#minor.length * 2);
    this.#minor = grown(this.#minor, Float64Array, length);
    if (this.#rest !== null) this.#rest = grown(this.#rest, Float64Array, length);
  }
}
