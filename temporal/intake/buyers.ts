/** Who has ordered before, for journeys that are for those who have, or have not; it learns as a batch goes on. */
import { findBuyers } from '../store/customerTotals.ts';
import { findFingerprints, type KnownFingerprint } from '../store/fingerprints.ts';
import type { Journey } from '../store/journeys.ts';
import type { Session } from '../store/rows.ts';
import type { ResolvedEvent } from './resolvedEvent.ts';

export class Buyers {
  readonly #buyers: Set<string>;
  /** By customer, the fingerprints. */
  readonly #fingerprints: Map<string, string[]>;
  readonly #ofBuyers: Set<string>;

  private constructor(buyers: Set<string>, fingerprints: readonly KnownFingerprint[]) {
    this.#buyers = buyers;
    this.#fingerprints = new Map(
      [...Map.groupBy(fingerprints, ({ customerId }) => customerId)].map(([id, list]) => [
        id,
        list.map(({ hash }) => hash),
      ]),
    );
    this.#ofBuyers = new Set(fingerprints.filter(({ hasBuyer }) => hasBuyer).map(({ hash }) => hash));
  }

  /** Where nobody enters, nobody is asked for. */
  static none(): Buyers {
    return new Buyers(new Set(), []);
  }

  /** To be read before the batch changes any totals; nothing is read that no journey asks for. */
  static async before(
    session: Session,
    journeys: readonly Journey[],
    events: readonly ResolvedEvent[],
  ): Promise<Buyers> {
    const choosy = journeys.filter(({ published, definition }) => published && definition.customers !== undefined);
    const types = new Set<string>(choosy.flatMap(({ definition }) => definition.entries.map(({ type }) => type)));
    const asked = events.filter(({ event }) => types.has(event.type));
    const known = asked.filter(({ isNewCustomer }) => !isNewCustomer);
    const buyers = await findBuyers(session, new Set(known.map(({ customerId }) => customerId)));
    // Of the others too: their orders of this batch count for whoever has the same fingerprint.
    const isWithheld = asked.length > 0 && choosy.some(({ definition }) => definition.customers === 'withoutOrder');
    const everybody = new Set(isWithheld ? events.map(({ customerId }) => customerId) : []);
    return new Buyers(buyers, await findFingerprints(session, everybody));
  }

  /** Of customers who are brought into a journey by hand. */
  static async among(
    session: Session,
    { definition: { customers } }: Pick<Journey, 'definition'>,
    customerIds: ReadonlySet<string>,
  ): Promise<Buyers> {
    const buyers = customers === undefined ? new Set<string>() : await findBuyers(session, customerIds);
    return new Buyers(buyers, customers === 'withoutOrder' ? await findFingerprints(session, customerIds) : []);
  }

  /** For `decideEntry`. */
  of(customerId: string): { hasOrdered: boolean; hasBuyersFingerprint: boolean } {
    return {
      hasOrdered: this.#buyers.has(customerId),
      hasBuyersFingerprint: (this.#fingerprints.get(customerId) ?? []).some((hash) => this.#ofBuyers.has(hash)),
    };
  }

  add(customerId: string): void {
    this.#buyers.add(customerId);
    for (const hash of this.#fingerprints.get(customerId) ?? []) this.#ofBuyers.add(hash);
  }
}
