/** Finds or makes the customers of a whole batch, and merges those that turn out to be one person, in a few statements. */
import type { EventIdentity } from '../domain/event.ts';
import { namedBy, orderIdentifier, type Identifier, type NamedBy } from '../domain/identity.ts';
import { resolveCustomer } from '../domain/resolution.ts';
import {
  knownCustomers,
  findOwners,
  insertCustomers,
  insertIdentifiers,
  lockCustomers,
  lockIdentifiers,
  reassignIdentifiers,
  survivingIds,
} from '../store/identities.ts';
import { StaleRead, type Session } from '../store/rows.ts';
import { findOrders, orderKey } from '../store/totals.ts';
import { BatchIdentities, identifierKey } from './batchIdentities.ts';
import { mergeCustomers } from './mergeCustomers.ts';

export interface ResolvedCustomers {
  /** In the order of the identities; null when one names only a customer id that does not exist, or nobody. */
  customerIds: (string | null)[];
  /** Customers made now; there is nothing else in the store about them yet. */
  created: Set<string>;
  /** A merge has left something for the dispatcher. */
  outboxWritten: boolean;
}

/** @param actor who merges when identities say so, for the audit */
export async function resolveCustomers(
  session: Session,
  identities: readonly EventIdentity[],
  now: number,
  actor = 'intake',
): Promise<ResolvedCustomers> {
  return await resolveNamed(session, identities.map(namedBy), now, actor);
}

export async function resolveNamed(
  session: Session,
  named: readonly NamedBy[],
  now: number,
  actor = 'intake',
): Promise<ResolvedCustomers> {
  const known = await lockKnown(session, named);
  const owners = named.map((names) => resolveCustomer(names, known));
  const outboxWritten = await writeMerges(session, known, actor, now);
  const created = known.created();
  await insertCustomers(session, [...created], now);
  const { added, moved } = known.attachments();
  await insertIdentifiers(session, added, now);
  await reassignIdentifiers(session, moved);
  const customerIds = owners.map((owner) => owner && known.survivorOf(owner));
  return { customerIds, created, outboxWritten };
}

async function writeMerges(session: Session, known: BatchIdentities, actor: string, now: number): Promise<boolean> {
  const joined = known.joined();
  if (joined.length === 0) return false;
  const merges = known.chooseSurvivors(await knownCustomers(session, joined));
  return await mergeCustomers(
    session,
    merges.map((merge) => ({ ...merge, actor })),
    now,
  );
}

/** Locks are always taken in one order: identifiers that nobody has, then customers, each sorted. */
async function lockKnown(session: Session, named: readonly NamedBy[]): Promise<BatchIdentities> {
  const isAlone = session.dialect === 'sqlite';
  const orders = named.flatMap(({ order }) => order ?? []);
  const identifiers = distinct([
    ...named.flatMap(({ strong, weak }) => [...strong, ...weak]),
    ...orders.map(orderIdentifier),
  ]);
  let owners = await findOwners(session, identifiers);
  if (owners.length < identifiers.length && !isAlone) {
    const found = new Set(owners.map(identifierKey));
    await lockIdentifiers(
      session,
      identifiers.filter((identifier) => !found.has(identifierKey(identifier))),
    );
    owners = await findOwners(session, identifiers);
  }
  const buyers = await findOrders(session, orders);
  const survivors = await survivingIds(session, new Set(named.flatMap(({ customerId }) => customerId ?? [])));
  const ownerIds = new Set(owners.map(({ customerId }) => customerId));
  const others = new Set([...survivors.values(), ...[...buyers.values()].map(({ customerId }) => customerId)]);
  if (!isAlone) {
    const wanted = new Set([...ownerIds, ...others]);
    const locked = await lockCustomers(session, wanted);
    for (const id of wanted) if (locked.get(id) !== id) throw new StaleRead();
  }
  const known = new BatchIdentities(survivors);
  for (const owner of owners) known.learn(owner, owner.customerId, owner.strength);
  const undescribed = [...others].filter((id) => !ownerIds.has(id));
  if (undescribed.length > 0) {
    for (const { id, strength } of await knownCustomers(session, undescribed)) known.learnCustomer(id, strength);
  }
  for (const order of orders) {
    const buyer = buyers.get(orderKey(order));
    if (buyer) known.learnBuyer(order, buyer.customerId);
  }
  return known;
}

function distinct(identifiers: Identifier[]): Identifier[] {
  return [...new Map(identifiers.map((identifier) => [identifierKey(identifier), identifier])).values()];
}
