/** What the set of payloads says about a body (`index.json`, shared/payloads/README.md), held against what the mapping made of it. */
import { createHash } from 'node:crypto';
import type { CanonicalEvent } from '../../../temporal/domain/event.ts';
import { canonicalEvents } from '../../../temporal/domain/mapping/canonicalEvents.ts';
import { mapBody, type BodyKind } from '../../../temporal/domain/mapping/mapBody.ts';
import type { MappedBody } from '../../../temporal/domain/mapping/mappedBody.ts';

type Json = Record<string, unknown>;

export interface Payload {
  file: string;
  sha256?: string;
  platform: BodyKind;
  topic: string;
  contentType?: string;
  expect: Json;
  /** Of a webhook, over the file's bytes. */
  signature?: { secret: string; value: string };
}

const RECEIVED_AT = Date.parse('2026-11-22T12:00:00Z');

/** Of a connection, for what has no currency of its own: a catalogue. Events with one would hide a missing one. */
const CATALOGUE_CURRENCY = 'EUR';

/** @returns everything that is not as expected, in words; nothing when all is well */
export function deviations({ file, sha256, platform, topic, expect }: Payload, bytes: Buffer): string[] {
  if (sha256 !== undefined && createHash('sha256').update(bytes).digest('hex') !== sha256) {
    return [`${file} is not the body that was meant`];
  }
  const mapped = mapBody(platform, bytes, {
    source: 'shop',
    topic: topic.startsWith('(') ? null : topic,
    deliveryId: null,
    currency: 'catalog' in expect ? CATALOGUE_CURRENCY : null,
    receivedAt: RECEIVED_AT,
  });
  if (mapped.problem !== undefined) return refusal(expect, [mapped.problem]);
  const { events, problems } = canonicalEvents(mapped.body, 'shop', RECEIVED_AT);
  if (problems.length > 0) return refusal(expect, problems);
  const ids = new Set(events.map(({ id }) => id));
  const wrong = ids.size === events.length ? [] : ['two events have the same id'];
  if (Array.isArray(expect['events'])) {
    const expected = expect['events'] as Json[];
    if (events.length !== expected.length) wrong.push(`${events.length} events instead of ${expected.length}`);
    return [...wrong, ...expected.flatMap((one, index) => event(one, events[index], mapped.body))];
  }
  for (const { type } of events) if (never(expect).includes(type)) wrong.push(`type: never ${type}`);
  // A completed order of WooCommerce has been fulfilled, too: the set names one event.
  const meant = events.find(({ type }) => allows(expect, type)) ?? events[0];
  return [...wrong, ...event(expect, meant, mapped.body)];
}

function refusal(expect: Json, problems: { path: string; message: string }[]): string[] {
  // Too large for any amount: no event, which the set allows there.
  if (expect['rejectOk'] === true || typesOf(expect).includes(null)) return [];
  return problems.map(({ path, message }) => `refused: ${path} ${message}`);
}

const typesOf = (expect: Json) => (expect['typeAnyOf'] ?? [expect['type']]) as (string | null)[];
const never = (expect: Json) => (expect['never'] ?? []) as string[];
const allows = (expect: Json, type: string | null): boolean =>
  typesOf(expect).some((one) => one === type || (one === 'custom:*' && type?.startsWith('custom:') === true));

function event(expect: Json, found: CanonicalEvent | undefined, body: MappedBody): string[] {
  const wrong: string[] = [];
  const check = (name: string, expected: unknown, value: unknown) => {
    if (JSON.stringify(expected ?? null) === JSON.stringify(value ?? null)) return;
    wrong.push(`${name}: ${JSON.stringify(value)} instead of ${JSON.stringify(expected)}`);
  };
  const type = found?.type ?? null;
  if (!allows(expect, type)) check('type', typesOf(expect), type);
  const values = found === undefined ? ofBody(body) : ofEvent(found);
  const price = expect['alternative'] as Json | undefined;
  const isAlternative = price !== undefined && price['currency'] === values['currency'];
  for (const [name, expected] of Object.entries(isAlternative ? { ...expect, ...price } : expect)) {
    if (name.endsWith('AnyOf') && name !== 'typeAnyOf') {
      const field = name.slice(0, -'AnyOf'.length);
      if (Object.hasOwn(values, field) && !(expected as unknown[]).some((one) => same(field, one, values[field]))) {
        check(field, expected, values[field]);
      }
    } else if (name === 'items') {
      items(expected as Json[], values[name] as Json[] | undefined, found !== undefined, check);
    } else if (name === 'consent') {
      check(name, consentOf(expected as Json[]), stated(found?.consent ?? body.customers[0]?.consent));
    } else if (name === 'catalog') {
      catalogue(expected as Json[], body, check);
    } else if (Object.hasOwn(values, name) && !same(name, expected, values[name])) {
      check(name, expected, values[name]);
    }
  }
  return wrong;
}

const same = (name: string, expected: unknown, value: unknown): boolean =>
  name === 'occurredAt'
    ? Date.parse(String(expected)) === Date.parse(String(value))
    : JSON.stringify(expected ?? null) === JSON.stringify(value ?? null);

/** Under the names of the set. A field that is not here is looked for nowhere. */
function ofEvent({ id, occurredAt, identity, properties, test = false }: CanonicalEvent): Json {
  const names = ['orderId', 'refundId', 'checkoutId', 'cartId', 'currency', 'valueMinor', 'items', 'query'] as const;
  return {
    eventId: id,
    occurredAt,
    email: identity.email,
    phone: identity.phone,
    customerExternalId: identity.externalId,
    deviceId: identity.deviceId,
    test,
    ...Object.fromEntries(names.map((name) => [name, properties[name]])),
    inventoryItemId: properties['inventoryItemId'],
    available: properties['available'],
  };
}

function ofBody({ customers, privacy }: MappedBody): Json {
  const [customer] = customers;
  const identity = customer?.identity ?? privacy?.identity;
  if (identity === undefined) return { privacy: privacy?.kind };
  return {
    email: identity.email,
    phone: identity.phone,
    customerExternalId: identity.externalId,
    privacy: privacy?.kind,
    orderIds: privacy?.orderIds,
  };
}

function items(
  expected: readonly Json[],
  found: readonly Json[] | undefined,
  isEvent: boolean,
  check: (name: string, expected: unknown, value: unknown) => void,
): void {
  if (!isEvent) return;
  check('items', expected.length, found?.length ?? 0);
  expected.forEach((line, index) => {
    for (const [name, value] of Object.entries(line)) check(`items/${index}/${name}`, value, found?.[index]?.[name]);
  });
}

const consentOf = (expected: readonly Json[]): Json =>
  Object.fromEntries(
    expected.map(({ channel, state, at }) => [channel, { state, at: new Date(String(at)).toISOString() }]),
  );

const stated = (consent: object = {}): Json =>
  Object.fromEntries(
    Object.entries(consent as Record<string, Json>).map(([channel, { state, at }]) => [channel, { state, at }]),
  );

function catalogue(
  expected: readonly Json[],
  { products }: MappedBody,
  check: (name: string, expected: unknown, value: unknown) => void,
): void {
  for (const { productId, variantId, price, stock, sku, inventoryItemId } of expected) {
    const product = products.find((one) => one.productId === productId);
    check('catalog/productId', productId, product?.productId);
    const variant = product?.variants.find((one) => one.variantId === variantId);
    if (variantId !== undefined) {
      check('catalog/variantId', variantId, variant?.variantId);
      check('catalog/sku', sku, variant?.sku);
      check('catalog/inventoryItemId', inventoryItemId, variant?.inventoryItemId);
    }
    check('catalog/price', Math.round(Number(price) * 100), variant?.priceMinor ?? product?.priceMinor);
    check('catalog/stock', stock, variant?.stock === undefined ? product?.stock : variant.stock);
  }
}
