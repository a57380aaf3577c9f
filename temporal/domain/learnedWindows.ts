/** The learned part of consumption windows: what gaps between purchases say of a product, and of one purchase of it. */
import { Forecaster, GAPS_FOR_A_WINDOW } from './replenishment/forecaster.ts';
import type { Centre, PopulationModel, ProductCentre } from './replenishment/model.ts';
import type { Gap } from './replenishment/purchases.ts';
import type { LearnedWindow, ProductPurchase } from './replenishmentPlan.ts';
import { utcDay } from './utcDay.ts';

/** The model without its products, which are kept one by one. */
export type Population = Omit<PopulationModel, 'products'>;

export class LearnedWindows {
  readonly #forecaster: Forecaster;
  readonly #products: Map<string, ProductCentre>;
  readonly #categories: Map<string, Centre>;

  /** @param products at least those that are asked for, and those that the customers in question have bought */
  constructor(population: Population, products: readonly ProductCentre[]) {
    this.#forecaster = new Forecaster({ ...population, products: [...products] });
    this.#products = new Map(products.map((centre) => [centre.productId, centre]));
    this.#categories = new Map(population.categories.map((centre) => [centre.category, centre]));
  }

  /** @param category null: not known */
  windowOf(productId: string, category: string | null): LearnedWindow {
    const basis = this.#forecaster.basisOf(productId, category);
    if (basis === 'none') {
      const own = this.#products.get(productId)?.gaps ?? 0;
      return { kind: 'tooFew', gaps: Math.max(own, this.#categories.get(category ?? '')?.gaps ?? 0) };
    }
    if (this.#forecaster.isOnceAYear(productId, category)) return { kind: 'onceAYear', basis };
    return {
      kind: 'window',
      basis,
      daysOf: ({ quantity }, bought) => {
        const { q40, q50, q60, q80 } = this.#forecaster.windowOf({
          productId,
          category,
          quantity,
          gaps: gapsIn(bought),
        });
        return { q40, q50, q60, q80 };
      },
    };
  }

  /** What it was learned from: the product's own gaps, or its category's where these are too few. */
  centreOf(productId: string, category: string | null): Centre | null {
    const own = this.#products.get(productId);
    if (own && own.gaps >= GAPS_FOR_A_WINDOW) return own;
    return this.#categories.get(category ?? '') ?? own ?? null;
  }
}

/** Gaps that have ended within these purchases of one customer; several on one day are one purchase. */
function gapsIn(bought: readonly ProductPurchase[]): Gap[] {
  return [...Map.groupBy(bought, ({ productId }) => productId)].flatMap(([productId, purchases]) => {
    const days = [...purchases].sort((a, b) => a.orderedAt - b.orderedAt);
    return days.slice(1).flatMap((next, index): Gap[] => {
      const before = days[index] as ProductPurchase;
      const startDay = utcDay(before.orderedAt);
      const length = utcDay(next.orderedAt) - startDay;
      return length > 0 ? [{ productId, startDay, days: length, quantity: before.quantity }] : [];
    });
  });
}
