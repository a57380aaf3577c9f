/** The canonical events that one body becomes where nothing is known yet: what `map` prints. Nothing is looked up or kept. */
import type { CanonicalEvent } from '../event.ts';
import { parseEvent } from '../eventParsing.ts';
import { readProperties } from '../eventProperties.ts';
import type { FieldProblem } from '../identity.ts';
import { toRoundedMinor } from '../money.ts';
import type { MappedBody, MappedCart, MappedStockLevel, RawEvent } from './mappedBody.ts';
import { cartDevice } from './shopIdentity.ts';
import { isRecord, type Json } from './shopValues.ts';
import { contentId } from './trackedValues.ts';

export interface CanonicalEvents {
  events: CanonicalEvent[];
  /** One for each event that would be refused; paths are those of the event, after `/events/<index>`. */
  problems: FieldProblem[];
}

export function canonicalEvents(body: MappedBody, source: string, receivedAt: number): CanonicalEvents {
  const events: CanonicalEvent[] = [];
  const problems: FieldProblem[] = [...(body.unreadCalls ?? [])];
  for (const [index, raw] of body.events.entries()) {
    const parsed = parseEvent(withKnownConsent(raw, body), receivedAt);
    if ('event' in parsed) events.push(parsed.event);
    else problems.push({ path: `/events/${index}${parsed.path}`, message: parsed.message });
  }
  if (body.cart !== null && body.cart.lines.length > 0) events.push(ofCart(body.cart, source, receivedAt));
  for (const level of body.stockLevels) events.push(ofStockLevel(level, source, receivedAt));
  return { events, problems };
}

/** `pending` says nothing yet. Of a person whose consent has changed, that of the other channels is told beside the events. */
function withKnownConsent(raw: RawEvent, { customers }: MappedBody): RawEvent {
  const isChange = raw.type === 'subscribed' || raw.type === 'unsubscribed';
  const told = isChange ? (customers[0]?.consent ?? {}) : {};
  const known = Object.entries({ ...told, ...raw.consent }).filter(
    ([, statement]) => !(isRecord(statement) && statement['state'] === 'pending'),
  );
  return known.length === 0 ? raw : { ...raw, consent: Object.fromEntries(known) };
}

/** Beside an empty cart, all of it has been added. */
function ofCart(cart: MappedCart, source: string, receivedAt: number): CanonicalEvent {
  const { token, currency, changedAt, lines } = cart;
  const items: Json[] = lines.map(({ item, quantity }) => ({ ...item, quantity }));
  const given = { cartId: token, ...(currency !== null && { currency }), ...sumOf(items, currency), items };
  const { properties } = readProperties('added_to_cart', given);
  return {
    id: contentId([token, changedAt, lines], true, receivedAt),
    type: 'added_to_cart',
    occurredAt: changedAt,
    source,
    identity: { deviceId: cartDevice({ source }, token) },
    properties,
  };
}

function sumOf(items: readonly Json[], currency: string | null): { valueMinor?: number } {
  let sum = 0;
  for (const { price, priceMinor, quantity } of items) {
    const read = currency === null ? { problem: '' } : toRoundedMinor(price, currency);
    const each = typeof priceMinor === 'number' ? priceMinor : read.problem === undefined ? read.minor : NaN;
    sum += each * Number(quantity);
  }
  return Number.isSafeInteger(sum) ? { valueMinor: sum } : {};
}

/** Which product it is of, only the catalogue knows. */
function ofStockLevel(level: MappedStockLevel, source: string, receivedAt: number): CanonicalEvent {
  const { inventoryItemId, location, available, changedAt } = level;
  const occurredAt = changedAt ?? new Date(receivedAt).toISOString();
  return {
    id: contentId([inventoryItemId, location, available, changedAt], changedAt !== null, receivedAt),
    type: 'stock_changed',
    occurredAt,
    source,
    identity: {},
    properties: { inventoryItemId, available, stockLocation: location },
  };
}
