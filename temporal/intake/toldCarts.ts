/** Carts that shops tell as a whole: what is new in them becomes events of the person, or browser, that has the cart. */
import { createHash } from 'node:crypto';
import { compareCarts, type CartLine } from '../domain/cartComparison.ts';
import type { CanonicalEvent, EventIdentity, EventItem, EventProperties } from '../domain/event.ts';
import { parseEvent, type ParsedEvent } from '../domain/eventParsing.ts';
import { readProperties } from '../domain/eventProperties.ts';
import type { FieldProblem } from '../domain/identity.ts';
import type { MappedCart } from '../domain/mapping/mappedBody.ts';
import { isoTime } from '../domain/textValues.ts';
import { cartStateKey, findCartStates, writeCartStates, type CartState } from '../store/cartStates.ts';
import type { Session } from '../store/rows.ts';

export interface ToldCart {
  source: string;
  token: string;
  identity: EventIdentity;
  currency: string | null;
  /** Epoch ms. */
  changedAt: number;
  lines: CartLine[];
}

/** @param identity who has the cart @param now epoch ms @returns the cart with its values checked, or what is wrong with it */
export function readCart(
  cart: MappedCart,
  source: string,
  identity: Record<string, unknown>,
  now: number,
): { cart: ToldCart; problem?: undefined } | { problem: FieldProblem } {
  const lines = cart.lines.filter(({ quantity }) => quantity !== 0);
  // Read as an event is, so that the same is accepted, and what comes out of the comparison can be one.
  const parsed = parseEvent(
    {
      id: 'cart',
      type: 'custom:cart',
      occurredAt: cart.changedAt,
      source,
      identity,
      properties: {
        cartId: cart.token,
        ...(cart.currency !== null && { currency: cart.currency }),
        items: lines.map(({ item, quantity }) => ({ ...item, quantity })),
      },
    },
    now,
  );
  if (!('event' in parsed)) return { problem: parsed };
  const { properties, identity: owner } = parsed.event;
  const { cartId: token, items = [] } = properties;
  if (token === undefined) return { problem: { path: '/properties/cartId', message: 'is missing: which cart it is' } };
  return {
    cart: {
      source,
      token,
      identity: owner,
      currency: properties.currency ?? null,
      changedAt: parsed.occurredAt,
      lines: items.map((item, index) => ({ key: String(lines[index]?.key), item, quantity: item.quantity ?? 1 })),
    },
  };
}

/**
 * @param carts of several bodies, in the order of receipt; their customers are found and locked
 * @param customerIds of `carts` @returns for each cart, the events of what changed in it
 */
export async function takeInCarts(
  session: Session,
  carts: readonly ToldCart[],
  customerIds: readonly (string | null)[],
): Promise<ParsedEvent[][]> {
  const states = await findCartStates(session, carts);
  const changed = new Map<string, CartState>();
  const events = carts.map((cart, index): ParsedEvent[] => {
    const customerId = customerIds[index];
    if (!customerId) return [];
    const key = cartStateKey(cart);
    const before = states.get(key);
    const digest = digestOf(cart);
    const isOld = before !== undefined && cart.changedAt < before.changedAt;
    // Told once more, perhaps after something else of the same second.
    const isTold = before?.changedAt === cart.changedAt && before.told.includes(digest);
    if (isOld || isTold) return [];
    const told = before?.changedAt === cart.changedAt ? [...before.told, digest] : [digest];
    const { source, token, currency, changedAt, lines } = cart;
    const after = { source, token, customerId, currency, changedAt, lines, told };
    states.set(key, after);
    changed.set(key, after);
    return eventsOf(cart, compareCarts(before?.lines ?? [], lines), digest);
  });
  await writeCartStates(session, [...changed.values()]);
  return events;
}

function digestOf({ source, token, changedAt, lines }: ToldCart): string {
  const content = lines.map(({ key, quantity }) => [key, quantity]);
  return createHash('sha256')
    .update(JSON.stringify([source, token, changedAt, content]))
    .digest('base64url');
}

function eventsOf(cart: ToldCart, difference: ReturnType<typeof compareCarts>, digest: string): ParsedEvent[] {
  // Lines without a product (a tip, an insurance) are nothing that a journey could speak of.
  const added = difference.added.filter(({ productId }) => productId !== undefined);
  const removed = difference.removed.filter(({ productId }) => productId !== undefined);
  const events: ParsedEvent[] = [];
  if (added.length > 0) events.push(eventOf(cart, 'added_to_cart', added, `cart/${digest}/added`));
  if (removed.length > 0 || difference.isEmptied) {
    const more = difference.isEmptied ? { cartEmpty: true } : {};
    events.push(eventOf(cart, 'removed_from_cart', removed, `cart/${digest}/removed`, more));
  }
  return events;
}

function eventOf(
  { source, token, currency, changedAt, identity }: ToldCart,
  type: 'added_to_cart' | 'removed_from_cart',
  items: EventItem[],
  id: string,
  more: Record<string, unknown> = {},
): ParsedEvent {
  const valueMinor = currency === null ? null : valueOf(items);
  const properties: EventProperties = {
    cartId: token,
    ...(currency !== null && { currency }),
    ...(valueMinor !== null && { valueMinor }),
    items,
    ...more,
  };
  const event: CanonicalEvent = { id, type, occurredAt: isoTime(changedAt), source, identity, properties };
  return { event, occurredAt: changedAt, underTracked: readProperties(type, properties).underTracked };
}

/** @returns minor units; null when an item has no price */
function valueOf(items: readonly EventItem[]): number | null {
  let sum = 0;
  for (const { priceMinor, quantity = 1 } of items) {
    if (priceMinor === undefined) return null;
    sum += Math.round(priceMinor * quantity);
  }
  return sum;
}
