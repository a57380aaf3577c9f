/** What events do to profiles: carts, consent, bounced addresses, and orders (orderEffects.ts). */
import { consentOf, supersedes, type ConsentEntry } from '../domain/consent.ts';
import type { CanonicalEvent, Channel } from '../domain/event.ts';
import { isChannel } from '../domain/eventParsing.ts';
import { normaliseAddress } from '../domain/gate/address.ts';
import { MESSAGES } from '../domain/ownSources.ts';
import { cartKey, findCarts, writeCarts } from '../store/carts.ts';
import {
  consentKey,
  findConsents,
  insertSuppressions,
  writeConsents,
  type ConsentRow,
  type NewSuppression,
} from '../store/consents.ts';
import type { Session } from '../store/rows.ts';
import { OrderEffects } from './orderEffects.ts';
import type { ResolvedEvent } from './resolvedEvent.ts';

/** Quantities may be fractions (1.5 kg); their sums need not be exactly 0. */
const NOTHING = 1e-9;

export class ProfileEffects {
  readonly #consents: Map<string, ConsentEntry>;
  readonly #orders: OrderEffects;
  readonly #carts: Map<string, number>;
  readonly #changedConsents = new Map<string, ConsentRow>();
  readonly #consentChanges: ConsentRow[] = [];
  readonly #changedCarts = new Map<string, { customerId: string; cartId: string }>();
  readonly #suppressions: NewSuppression[] = [];

  private constructor(consents: Map<string, ConsentEntry>, orders: OrderEffects, carts: Map<string, number>) {
    this.#consents = consents;
    this.#orders = orders;
    this.#carts = carts;
  }

  /** Reads what the events of the batch need to know. */
  static async load(session: Session, events: readonly ResolvedEvent[]): Promise<ProfileEffects> {
    const counting = events.filter(({ event }) => !event.test);
    const existing = counting.filter(({ isNewCustomer }) => !isNewCustomer);
    const saying = existing.filter(({ event, occurredAt }) => consentOf(event, occurredAt).length > 0);
    const consents = await findConsents(session, new Set(saying.map(({ customerId }) => customerId)));
    const orders = await OrderEffects.load(session, counting);
    const carts = await findCarts(session, distinctCarts(existing));
    return new ProfileEffects(new Map(consents.map((row) => [consentKey(row), row])), orders, carts);
  }

  /** Applies one event; test orders are not to be given to it. */
  apply(resolved: ResolvedEvent): void {
    this.#applyConsent(resolved);
    this.#applyCart(resolved);
    this.#orders.apply(resolved);
    this.#applySuppression(resolved);
  }

  #applyConsent({ event, occurredAt, customerId }: ResolvedEvent): void {
    for (const [channel, next] of consentOf(event, occurredAt)) this.#state(customerId, channel, next, event);
  }

  #state(customerId: string, channel: Channel, next: ConsentEntry, { id }: CanonicalEvent): void {
    const key = consentKey({ customerId, channel });
    const current = this.#consents.get(key);
    if (!supersedes(next, current)) return;
    const row = { customerId, channel, ...next, actor: 'event', eventId: id };
    this.#consents.set(key, next);
    this.#changedConsents.set(key, row);
    if (current?.state !== next.state) this.#consentChanges.push(row);
  }

  #applyCart(resolved: ResolvedEvent): void {
    const cart = cartOf(resolved);
    if (!cart) return;
    const key = cartKey(cart);
    const quantity = (this.#carts.get(key) ?? 0) + quantityChange(resolved.event);
    const isEmpty = Math.abs(quantity) < NOTHING;
    this.#carts.set(key, isEmpty ? 0 : quantity);
    this.#changedCarts.set(key, cart);
    if (!isEmpty) return;
    resolved.cartIsEmpty = true;
    if (resolved.event.type !== 'removed_from_cart') return;
    // A copy: when the batch has to be tried again, the event is as it came.
    resolved.event = { ...resolved.event, properties: { ...resolved.event.properties, cartEmpty: true } };
  }

  #applySuppression({ event, customerId, occurredAt }: ResolvedEvent): void {
    const { channel: given, address, bounceType, toldBy } = event.properties;
    const bounced = event.type === 'message_bounced' && bounceType === 'hard';
    const complained = event.type === 'message_complained';
    const to = typeof address === 'string' ? address : event.identity.email;
    if ((!bounced && !complained) || to === undefined) return;
    const channel = isChannel(given) ? given : 'email';
    this.#suppressions.push({
      customerId,
      channel,
      address: normaliseAddress(channel, to) ?? to.trim().toLowerCase(),
      reason: bounced ? 'bounced' : 'complained',
      source: event.source === MESSAGES && typeof toldBy === 'string' ? toldBy : event.source,
      at: occurredAt,
    });
  }

  async write(session: Session, now: number): Promise<void> {
    await writeConsents(session, [...this.#changedConsents.values()], this.#consentChanges, now);
    await writeCarts(
      session,
      [...this.#changedCarts].map(([key, cart]) => ({ ...cart, quantity: this.#carts.get(key) ?? 0 })),
    );
    await this.#orders.write(session, now);
    await insertSuppressions(session, this.#suppressions);
  }
}

function cartOf({ event, customerId }: ResolvedEvent): { customerId: string; cartId: string } | null {
  const { cartId } = event.properties;
  const touches = event.type === 'added_to_cart' || event.type === 'removed_from_cart';
  return touches && cartId !== undefined ? { customerId, cartId } : null;
}

function distinctCarts(events: readonly ResolvedEvent[]): { customerId: string; cartId: string }[] {
  const carts = new Map<string, { customerId: string; cartId: string }>();
  for (const event of events) {
    const cart = cartOf(event);
    if (cart) carts.set(cartKey(cart), cart);
  }
  return [...carts.values()];
}

/** Positive for what was added. An item without a quantity is one piece. */
function quantityChange(event: CanonicalEvent): number {
  const sum = (event.properties.items ?? []).reduce((total, item) => total + (item.quantity ?? 1), 0);
  return event.type === 'added_to_cart' ? sum : -sum;
}
