/**
 * Whose an event is, and which profiles turn out to be one person (DESIGN section 5).
 *
 * 1. Strong identifiers (external id, e-mail, phone) that come together belong to one person: their profiles are merged. One
 *    exception protects people: a phone is shared in households, so it does not join two profiles that both have an external
 *    id (two accounts of a shop); it stays with its owner then. An e-mail address does join them, as it does at Klaviyo: it is
 *    one mailbox, and whoever reads it is who we write to. Segment and Snowplow protect ids marked as unique in the same way.
 *    But an address that was typed for one order, while the buyer's account has another, joins nobody: it can be a friend's,
 *    or a typing error.
 * 2. A device names a browser. Its anonymous profile is merged into the person who identifies on it. It never joins two
 *    people: whoever identifies second gets none of the first one's history, and from then on the device, with what comes
 *    anonymously from it, is theirs: the person who identified last, as usual.
 * 3. An order names its buyer where one of the two profiles is anonymous; it never joins two people.
 * 4. Other kinds (click ids) count only where there is nothing else, and never merge.
 */
import { namesNobody, orderIdentifier, type Identifier, type NamedBy, type OrderKey } from './identity.ts';

/** What is known of identifiers while a batch is being resolved; it learns as the batch goes on. */
export interface KnownIdentities {
  /** Customer of our own id, following merges. */
  customerOf(customerId: string): string | null;
  ownerOf(identifier: Identifier): string | null;
  /** Whose the order is, or who is known by it alone. */
  buyerOf(order: OrderKey): string | null;
  /** A purchase tells whose the order is. */
  learnBuyer(order: OrderKey, customerId: string): void;
  hasStrong(customerId: string): boolean;
  hasExternalId(customerId: string): boolean;
  create(): string;
  /** Takes the identifier from whoever had it. */
  attach(identifier: Identifier, customerId: string): void;
  /** Both are one person from now on. @param by kind of identifier that joins them @returns what stands for both */
  merge(one: string, other: string, by: string): string;
}

/**
 * Finds or makes the customer of one event, attaches what is new to it and merges profiles that it joins.
 *
 * @returns null when the event names only a customer id that does not exist, or nobody at all
 */
export function resolveCustomer(named: NamedBy, known: KnownIdentities): string | null {
  const { strong, weak, order } = named;
  let owner = named.customerId === null ? null : known.customerOf(named.customerId);
  for (const identifier of strong) {
    const other = known.ownerOf(identifier);
    if (other === null || other === owner) continue;
    if (identifier.kind === 'phone' && isSharedPhone(named, owner, other, known)) continue;
    if (identifier.kind === 'email' && named.isTypedEmail) continue;
    owner = owner === null ? other : known.merge(owner, other, identifier.kind);
  }
  for (const identifier of weak) {
    owner = joinAnonymous(owner, known.ownerOf(identifier), identifier.kind, named, known);
  }
  const buyer = order && known.buyerOf(order);
  if (order) owner = joinAnonymous(owner, buyer, 'orderId', named, known);

  if (owner === null) {
    if (namesNobody({ ...named, customerId: null }) && order === null) return null;
    owner = known.create();
  }
  for (const identifier of strong) {
    if (known.ownerOf(identifier) === null) known.attach(identifier, owner);
  }
  for (const identifier of weak) {
    const other = known.ownerOf(identifier);
    const isTaken = identifier.kind === 'deviceId' && strong.length > 0 && other !== owner;
    if (other === null || isTaken) known.attach(identifier, owner);
  }
  // What comes before the order, e.g. its refund, waits for it there; and an order of nobody is known by nothing else.
  if (order && buyer === null && (!order.isTold || namesNobody(named))) known.attach(orderIdentifier(order), owner);
  if (order?.isTold && buyer === null) known.learnBuyer(order, owner);
  return owner;
}

/** Both have an account of their own: the phone is one of a household, or was passed on. */
function isSharedPhone(named: NamedBy, owner: string | null, other: string, known: KnownIdentities): boolean {
  const hasAccount = named.strong.some(({ kind }) => kind === 'externalId');
  return (hasAccount || (owner !== null && known.hasExternalId(owner))) && known.hasExternalId(other);
}

/** @param other whom the device, click id or order belongs to @returns the owner after that */
function joinAnonymous(
  owner: string | null,
  other: string | null,
  kind: string,
  { strong }: NamedBy,
  known: KnownIdentities,
): string | null {
  if (other === null || other === owner) return owner;
  // Strong identifiers that nobody has yet are somebody new, unless the other is nobody in particular.
  if (owner === null) return strong.length === 0 || !known.hasStrong(other) ? other : null;
  const canJoin = kind === 'deviceId' || kind === 'orderId';
  const isPerson = strong.length > 0 || known.hasStrong(owner);
  if (!canJoin || (isPerson && known.hasStrong(other))) return owner;
  return known.merge(owner, other, kind);
}
