/** Rows and objects of an events file → events as for `POST /v1/events`, checked by the same rules. */
import { hash } from 'node:crypto';
import { parseEvent, type ParsedEvent } from '../domain/eventParsing.ts';
import { isoTime } from '../domain/textValues.ts';
import { decimalOf, readFlag, readMoment, withoutApostrophe } from './cellValues.ts';
import type { Fields } from './columns.ts';
import type { Row } from './fileRecord.ts';
import { camelCase } from './customerRows.ts';
import { IDENTITY_FIELDS } from './orderRows.ts';

export const EVENT_FIELDS = {
  id: ['id', 'event_id', 'message_id'],
  type: ['type', 'event', 'event_type', 'event_name'],
  occurredAt: ['occurred_at', 'timestamp', 'created_at', 'date', 'time', 'event_time'],
  source: ['source'],
  test: ['test'],
  ...IDENTITY_FIELDS,
  deviceId: ['device_id', 'anonymous_id'],
  gclid: ['gclid'],
  fbclid: ['fbclid'],
  productId: ['product_id', 'item_id'],
  variantId: ['variant_id', 'variation_id'],
  sku: ['sku', 'product_sku'],
  name: ['product_name', 'item_name'],
  category: ['category', 'product_category'],
  quantity: ['quantity', 'qty'],
  price: ['price', 'unit_price'],
} as const satisfies Fields;

const IDENTIFIERS = ['email', 'phone', 'deviceId', 'gclid', 'fbclid'] as const;
const ITEM = ['productId', 'variantId', 'sku', 'name', 'category', 'quantity', 'price'] as const;
/** Columns that are parts of one property: `campaign_source`, `location_country`. */
const GROUPED = /^(campaign|location)_(.+)$/;
const AMOUNTS = new Set(['price', 'value', 'discount', 'quantity']);

export interface EventOptions {
  /** Where an event names none. */
  source: string;
  currency: string | null;
  /** Epoch ms. */
  now: number;
}

export type EventRow = { event: ParsedEvent; problem?: undefined } | { problem: string };

/** A line of NDJSON that is an event, rather than a row. */
export const isEvent = (object: Readonly<Record<string, unknown>>): boolean =>
  typeof object['identity'] === 'object' || typeof object['properties'] === 'object';

export function readEventObject(object: Readonly<Record<string, unknown>>, { source, now }: EventOptions): EventRow {
  return parsed({ ...object, source: object['source'] ?? source }, now);
}

export function readEventRow(row: Row, { source, currency, now }: EventOptions): EventRow {
  const { fields, others } = row;
  const given = fields['occurredAt'];
  const moment = given === undefined ? null : readMoment(given, now);
  if (moment?.problem !== undefined) return { problem: `occurred_at ${moment.problem}` };
  const test = fields['test'] === undefined ? null : readFlag(fields['test']);
  if (test?.problem !== undefined) return { problem: `test ${test.problem}` };

  const identity: Record<string, string> = {};
  if (fields['externalId'] !== undefined) identity['customerId'] = withoutApostrophe(fields['externalId']);
  for (const kind of IDENTIFIERS) if (fields[kind] !== undefined) identity[kind] = withoutApostrophe(fields[kind]);
  const item: Record<string, string> = {};
  for (const name of ITEM) {
    const value = fields[name];
    if (value !== undefined) item[name] = AMOUNTS.has(name) ? (decimalOf(value) ?? value) : withoutApostrophe(value);
  }
  const properties: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(others)) {
    const [, group, part] = GROUPED.exec(name) ?? [];
    if (group !== undefined && part !== undefined) {
      const parts = (properties[group] ?? {}) as Record<string, unknown>;
      properties[group] = { ...parts, [camelCase(part)]: value };
    } else {
      properties[camelCase(name)] =
        AMOUNTS.has(name) && typeof value === 'string' ? (decimalOf(value) ?? value) : value;
    }
  }
  if (Object.keys(item).length > 0 && properties['items'] === undefined) properties['items'] = [item];
  if (currency !== null) properties['currency'] ??= currency;
  return parsed(
    {
      // Without an id, what is the same in everything is the same event.
      id: fields['id'] ?? `row:${hash('sha256', JSON.stringify([fields, others])).slice(0, 32)}`,
      type: fields['type'],
      ...(moment && { occurredAt: isoTime(moment.value) }),
      source: fields['source'] ?? source,
      identity,
      properties,
      ...(test?.value === true && { test: true }),
    },
    now,
  );
}

function parsed(value: Record<string, unknown>, now: number): EventRow {
  const result = parseEvent(value, now);
  if ('event' in result) return { event: { ...result, isHistory: true } };
  return { problem: `${result.path} ${result.message}`.trim() };
}
