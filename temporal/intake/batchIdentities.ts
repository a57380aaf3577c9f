/** What a batch knows of identities while it is being resolved: owners, customers it makes, and profiles it joins. */
import { isStrong, orderIdentifier, type Identifier, type OrderKey } from '../domain/identity.ts';
import type { KnownIdentities } from '../domain/resolution.ts';
import { newId } from '../newId.ts';
import type { KnownCustomer, NewIdentifier, Strength } from '../store/identities.ts';
import { orderKey } from '../store/totals.ts';

export const identifierKey = ({ kind, value }: Identifier): string => `${kind}\0${value}`;

export interface ChosenMerge {
  survivor: string;
  merged: string;
  /** Kinds of identifiers that joined the person's profiles. */
  reason: string;
}

export class BatchIdentities implements KnownIdentities {
  readonly #created = new Set<string>();
  readonly #attached = new Map<string, NewIdentifier & { isNew: boolean }>();
  readonly #survivors: Map<string, string>;
  readonly #owners = new Map<string, string>();
  readonly #buyers = new Map<string, string>();
  readonly #strengths = new Map<string, Strength>();
  /** Towards what stands for a joined group; ids without an entry stand for themselves. */
  readonly #joinedTo = new Map<string, string>();
  readonly #joinedBy: { customerId: string; by: string }[] = [];

  /** @param survivors given id → surviving id, of ids that callers gave */
  constructor(survivors: Map<string, string>) {
    this.#survivors = survivors;
  }

  learn(identifier: Identifier, customerId: string, strength: Strength): void {
    this.#owners.set(identifierKey(identifier), customerId);
    this.learnCustomer(customerId, strength);
  }

  learnCustomer(customerId: string, strength: Strength): void {
    const known = this.#strengths.get(customerId) ?? 0;
    this.#strengths.set(customerId, strength > known ? strength : known);
  }

  learnBuyer(order: OrderKey, customerId: string): void {
    this.#buyers.set(orderKey(order), customerId);
  }

  customerOf(customerId: string): string | null {
    const survivor = this.#survivors.get(customerId);
    return survivor === undefined ? null : this.#standFor(survivor);
  }

  ownerOf(identifier: Identifier): string | null {
    const owner = this.#owners.get(identifierKey(identifier));
    return owner === undefined ? null : this.#standFor(owner);
  }

  buyerOf(order: OrderKey): string | null {
    const buyer = this.#buyers.get(orderKey(order));
    return buyer === undefined ? this.ownerOf(orderIdentifier(order)) : this.#standFor(buyer);
  }

  hasStrong(customerId: string): boolean {
    return (this.#strengths.get(this.#standFor(customerId)) ?? 0) > 0;
  }

  hasExternalId(customerId: string): boolean {
    return this.#strengths.get(this.#standFor(customerId)) === 2;
  }

  create(): string {
    const id = newId('cus');
    this.#created.add(id);
    return id;
  }

  attach(identifier: Identifier, customerId: string): void {
    const key = identifierKey(identifier);
    const { kind, value } = identifier;
    const isNew = this.#attached.get(key)?.isNew ?? !this.#owners.has(key);
    this.learn(identifier, customerId, strengthOf(kind));
    this.#attached.set(key, { kind, value, customerId, isNew });
  }

  merge(one: string, other: string, by: string): string {
    const [first, second] = [this.#standFor(one), this.#standFor(other)];
    if (first === second) return first;
    this.#joinedTo.set(second, first);
    this.learnCustomer(first, this.#strengths.get(second) ?? 0);
    this.#joinedBy.push({ customerId: first, by }, { customerId: second, by });
    return first;
  }

  #standFor(customerId: string): string {
    let id = customerId;
    for (let next = this.#joinedTo.get(id); next !== undefined; next = this.#joinedTo.get(id)) id = next;
    return id;
  }

  /** Customers of the store that are one person with others. */
  joined(): string[] {
    return [...this.#groups().values()].flatMap((ids) => {
      const stored = ids.filter((id) => !this.#created.has(id));
      this.#letStandFor(ids, stored[0] ?? ids[0] ?? '');
      return stored.length > 1 ? stored : [];
    });
  }

  /**
   * Of each person's profiles one survives: one with strong identifiers before an anonymous one, then the oldest, of those
   * made at once one with an external id.
   * @param customers all of `joined`
   */
  chooseSurvivors(customers: readonly KnownCustomer[]): ChosenMerge[] {
    const kinds = Map.groupBy(this.#joinedBy, ({ customerId }) => this.#standFor(customerId));
    const stored = Map.groupBy(customers, ({ id }) => this.#standFor(id));
    const merges: ChosenMerge[] = [];
    for (const [standsFor, ids] of this.#groups()) {
      const [survivor, ...others] = [...(stored.get(standsFor) ?? [])].sort(byPrecedence).map(({ id }) => id);
      if (survivor === undefined) continue;
      const reason = [...new Set(kinds.get(standsFor)?.map(({ by }) => by))].sort().join(', ');
      this.#letStandFor(ids, survivor);
      merges.push(...others.map((merged) => ({ survivor, merged, reason })));
    }
    return merges;
  }

  /** By what stands for them, the customers that are one person. */
  #groups(): Map<string, string[]> {
    return Map.groupBy(new Set([...this.#joinedTo].flat()), (id) => this.#standFor(id));
  }

  #letStandFor(group: readonly string[], chosen: string): void {
    this.#joinedTo.delete(chosen);
    for (const id of group) if (id !== chosen) this.#joinedTo.set(id, chosen);
  }

  /** After `joined` and `chooseSurvivors`. */
  survivorOf(customerId: string): string {
    return this.#standFor(customerId);
  }

  /** Customers made in this batch, without those that were joined to others at once. */
  created(): Set<string> {
    return new Set([...this.#created].filter((id) => this.#standFor(id) === id));
  }

  /** Identifiers nobody had before, and those that somebody else had. */
  attachments(): { added: NewIdentifier[]; moved: NewIdentifier[] } {
    const all = [...this.#attached.values()].map((one) => ({ ...one, customerId: this.#standFor(one.customerId) }));
    return { added: all.filter(({ isNew }) => isNew), moved: all.filter(({ isNew }) => !isNew) };
  }
}

const strengthOf = (kind: string): Strength => {
  if (kind === 'externalId') return 2;
  return isStrong(kind) ? 1 : 0;
};

function byPrecedence(one: KnownCustomer, other: KnownCustomer): number {
  const isKnown = Number(other.strength > 0) - Number(one.strength > 0);
  return isKnown || one.createdAt - other.createdAt || other.strength - one.strength || (one.id < other.id ? -1 : 1);
}
