/** Which products are expected to run out for whom, for journeys that are only for those. */
import { namedProducts } from '../domain/catalogue/interests.ts';
import type { EventProperties } from '../domain/event.ts';
import { customerProductKey } from '../store/productSubscriptions.ts';
import { isReplenishable } from '../store/replenishmentPlans.ts';
import type { Session } from '../store/rows.ts';

export interface PossibleEntry {
  customerId: string;
  properties: EventProperties;
}

export class Replenishable {
  /** Of `customerProductKey`. */
  readonly #keys: ReadonlySet<string>;

  private constructor(keys: ReadonlySet<string>) {
    this.#keys = keys;
  }

  /** @param entries their subscriptions are written already */
  static async among(session: Session, entries: readonly PossibleEntry[]): Promise<Replenishable> {
    const pairs = new Map(entries.flatMap(pairsOf).map((pair) => [customerProductKey(pair), pair]));
    return new Replenishable(pairs.size === 0 ? new Set() : await isReplenishable(session, [...pairs.values()]));
  }

  /** Whether one of the products that the entry names is. */
  has(entry: PossibleEntry): boolean {
    return pairsOf(entry).some((pair) => this.#keys.has(customerProductKey(pair)));
  }
}

const pairsOf = ({ customerId, properties }: PossibleEntry) =>
  namedProducts(properties).map(({ productId }) => ({ customerId, productId }));
