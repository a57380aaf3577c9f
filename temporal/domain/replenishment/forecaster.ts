/** Forecasts from what was learned: in how many days this customer will buy this product again. */
import type { Centre, PopulationModel, Quartet } from './model.ts';
import { acquaintance, OwnHistory } from './ownHistory.ts';
import type { Gap } from './purchases.ts';
import { quartet } from './rest.ts';

/** In days, rising, more than 0. */
export interface Days {
  q40: number;
  q50: number;
  q60: number;
  q80: number;
}

/** What the population part rests on; `none`: neither the product nor its category has been bought again often enough. */
export type Basis = 'product' | 'category' | 'none';

export interface Window extends Days {
  basis: Basis;
}

/** Gaps of a product, or of its category, before an operator is told of a window (CONTRACT section 3, fine print). */
export const GAPS_FOR_A_WINDOW = 20;
/** A product whose median gap is longer is for once a year: no reminders. */
export const ONCE_A_YEAR_DAYS = 270;

const LEAST_DAYS = 0.5;
/** A century: what is longer is no forecast. */
const MOST_DAYS = 36_525;

export class Forecaster {
  readonly model: PopulationModel;
  readonly #products: Map<string, Centre>;
  readonly #categories: Map<string, Centre>;

  constructor(model: PopulationModel) {
    this.model = model;
    this.#products = new Map(model.products.map((centre) => [centre.productId, centre]));
    this.#categories = new Map(model.categories.map((centre) => [centre.category, centre]));
  }

  /** Empty: gaps of one customer are told to it in order of the days they ended on. */
  customer(categoryOf: (productId: string) => string | null = () => null): CustomerForecaster {
    return new CustomerForecaster(this, categoryOf);
  }

  /** @param quantity bought; gaps of this customer that have ended, of whatever product, in any order */
  windowOf(purchase: { productId: string; category: string | null; quantity: number; gaps: readonly Gap[] }): Window {
    const customer = this.customer((productId) => (productId === purchase.productId ? purchase.category : null));
    const endOf = (gap: Gap) => gap.startDay + gap.days;
    const inOrder = [...purchase.gaps].sort((a, b) => endOf(a) - endOf(b) || (a.productId < b.productId ? -1 : 1));
    for (const gap of inOrder) customer.learn(gap);
    return customer.windowOf(purchase.productId, purchase.quantity);
  }

  /** @param category where the product itself has never been bought again */
  centreOf(productId: string, category: string | null): Centre {
    return this.#products.get(productId) ?? this.#categories.get(category ?? '') ?? this.model.all;
  }

  basisOf(productId: string, category: string | null): Basis {
    if ((this.#products.get(productId)?.gaps ?? 0) >= GAPS_FOR_A_WINDOW) return 'product';
    return (this.#categories.get(category ?? '')?.gaps ?? 0) >= GAPS_FOR_A_WINDOW ? 'category' : 'none';
  }

  /** Whether its gaps, or where these are few its category's, are longer than ONCE_A_YEAR_DAYS in the middle. */
  isOnceAYear(productId: string, category: string | null): boolean {
    const basis = this.basisOf(productId, category);
    if (basis === 'none') return false;
    const centre = basis === 'product' ? this.#products.get(productId) : this.#categories.get(category ?? '');
    return (centre?.days[1] ?? 0) > ONCE_A_YEAR_DAYS;
  }

  /** Log days, for this quantity, of nobody in particular. */
  locationOf(centre: Centre, quantity: number): number {
    const [least, most] = this.model.quantities;
    const amount = quantity > 0 ? Math.min(most, Math.max(least, Math.log(quantity))) : 0;
    return centre.location + centre.slope * amount;
  }
}

/** One customer at a time: what they did so far, and what is to be expected of them. */
export class CustomerForecaster {
  readonly #of: Forecaster;
  readonly #history: OwnHistory;
  readonly #slots = new Map<string, number>();
  readonly #categoryOf: (productId: string) => string | null;

  constructor(of: Forecaster, categoryOf: (productId: string) => string | null) {
    this.#of = of;
    this.#history = new OwnHistory(of.model.customer);
    this.#categoryOf = categoryOf;
  }

  clear(): void {
    this.#history.clear();
    this.#slots.clear();
  }

  #slotOf(productId: string): number {
    let slot = this.#slots.get(productId);
    if (slot === undefined) {
      slot = this.#slots.size;
      this.#slots.set(productId, slot);
    }
    return slot;
  }

  /** A gap that has ended. In order of the days they ended on, and of products within a day. */
  learn(gap: Pick<Gap, 'productId' | 'days' | 'quantity'>): void {
    const centre = this.#of.centreOf(gap.productId, this.#categoryOf(gap.productId));
    const residual = Math.log(Math.max(gap.days, LEAST_DAYS)) - this.#of.locationOf(centre, gap.quantity);
    this.#history.observe(this.#slotOf(gap.productId), residual, this.#of.model.spread * centre.scale);
  }

  windowOf(productId: string, quantity: number): Window {
    const category = this.#categoryOf(productId);
    const centre = this.#of.centreOf(productId, category);
    const { model } = this.#of;
    const slot = this.#slotOf(productId);
    this.#history.expect(slot);
    const location = this.#of.locationOf(centre, quantity) + this.#history.mean;
    const spread = model.spread * centre.scale * Math.sqrt(1 + this.#history.variance);
    const rest = model.rest[acquaintance(this.#history, slot)] as Quartet;
    const [q40, q50, q60, q80] = rising(
      quartet((_level, index) => {
        const days = Math.exp(location + spread * ((rest[index] as number) + (centre.shape[index] as number)));
        return Math.min(MOST_DAYS, Math.max(LEAST_DAYS, days));
      }),
    );
    return { q40, q50, q60, q80, basis: this.#of.basisOf(productId, category) };
  }
}

/** Each quantile is estimated for itself; where two cross, they are put in order. */
const rising = (days: Quartet): Quartet => days.sort((a, b) => a - b);
