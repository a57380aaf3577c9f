/** Finds or makes the customers of a whole batch, with two to four statements. */
import { namedBy, isStrong, resolveCustomer, type Identifier, type KnownIdentities } from '../domain/identity.ts';
import type { EventIdentity } from '../domain/event.ts';
import { newId } from '../newId.ts';
import {
  findOwners,
  insertCustomers,
  insertIdentifiers,
  lockCustomers,
  lockIdentifiers,
  type NewIdentifier,
} from '../store/identities.ts';
import type { Session } from '../store/rows.ts';

export interface ResolvedCustomers {
  /** In the order of the identities; null when one names only a customer id that does not exist. */
  customerIds: (string | null)[];
  /** Customers made now; there is nothing else in the store about them yet. */
  created: Set<string>;
}

/** Customers can be erased between being found and being locked; more often than this, in a row, they are not. */
const ATTEMPTS = 5;

export async function resolveCustomers(
  session: Session,
  identities: readonly EventIdentity[],
  now: number,
): Promise<ResolvedCustomers> {
  const named = identities.map(namedBy);
  const identifiers = distinct(named.flatMap(({ strong, weak }) => [...strong, ...weak]));
  const ownIds = new Set(named.flatMap(({ customerId }) => customerId ?? []));

  const known = await lockKnown(session, identifiers, ownIds);
  const customerIds = named.map((names) => resolveCustomer(names, known));
  await insertCustomers(session, [...known.created], now);
  await insertIdentifiers(session, known.attached, now);
  return { customerIds, created: known.created };
}

async function lockKnown(session: Session, identifiers: Identifier[], ownIds: Set<string>): Promise<BatchIdentities> {
  let locked = false;
  for (let attempt = 1; ; attempt++) {
    let owners = await findOwners(session, identifiers);
    if (owners.length < identifiers.length && !locked && session.dialect === 'postgres') {
      // Always before any row is locked, so that two batches cannot wait for each other.
      const found = new Set(owners.map(keyOf));
      await lockIdentifiers(
        session,
        identifiers.filter((identifier) => !found.has(keyOf(identifier))),
      );
      locked = true;
      owners = await findOwners(session, identifiers);
    }
    const ownerIds = new Set(owners.map((owner) => owner.customerId));
    // On SQLite nobody else writes now: only ids given by the caller need to be looked at.
    const toLock = session.dialect === 'postgres' ? new Set([...ownerIds, ...ownIds]) : ownIds;
    const survivors = await lockCustomers(session, toLock);
    const gone = session.dialect === 'postgres' && [...ownerIds].some((id) => survivors.get(id) !== id);
    if (gone && attempt < ATTEMPTS) continue;
    const known = new BatchIdentities(survivors);
    for (const owner of owners) known.learn(owner, owner.customerId, owner.hasStrong);
    return known;
  }
}

const keyOf = ({ kind, value }: Identifier): string => `${kind}\0${value}`;

function distinct(identifiers: Identifier[]): Identifier[] {
  return [...new Map(identifiers.map((identifier) => [keyOf(identifier), identifier])).values()];
}

class BatchIdentities implements KnownIdentities {
  readonly created = new Set<string>();
  readonly attached: NewIdentifier[] = [];
  readonly #survivors: Map<string, string>;
  readonly #owners = new Map<string, string>();
  readonly #withStrong = new Set<string>();

  constructor(survivors: Map<string, string>) {
    this.#survivors = survivors;
  }

  learn(identifier: Identifier, customerId: string, hasStrong: boolean): void {
    this.#owners.set(keyOf(identifier), customerId);
    if (hasStrong) this.#withStrong.add(customerId);
  }

  customerOf(customerId: string): string | null {
    return this.#survivors.get(customerId) ?? null;
  }

  ownerOf(identifier: Identifier): string | null {
    return this.#owners.get(keyOf(identifier)) ?? null;
  }

  hasStrong(customerId: string): boolean {
    return this.#withStrong.has(customerId);
  }

  create(): string {
    const id = newId('cus');
    this.created.add(id);
    return id;
  }

  attach({ kind, value }: Identifier, customerId: string): void {
    this.learn({ kind, value }, customerId, isStrong(kind));
    this.attached.push({ kind, value, customerId });
  }
}
