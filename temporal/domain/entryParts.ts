/**
 * What the runs of one entry event are about. A journey with parallel runs has one for each value at its entry key's path: for each
 * order, or for each product of an order; then the run carries that product, and only events about it concern the run.
 */
import { namedProducts } from './catalogue/interests.ts';
import type { EventItem, EventProperties } from './event.ts';
import { valuesAt, type MatchedEvent } from './ruleMatching.ts';
import type { JourneyDefinition } from './journey.ts';
import { productOfRun } from './runProduct.ts';

export interface EntryPart {
  /** '' when the journey allows one run at a time, or the event has nothing at the path. */
  key: string;
  /** What the run keeps of the event. */
  properties: EventProperties;
}

/** What `concerns` looks at of a run. */
export interface RunSubject {
  entryKey: string;
  /** Properties of the event that began the run. */
  entry: Readonly<Record<string, unknown>>;
}

/** Temporal keeps workflow ids short. */
const ENTRY_KEY_MAX = 200;

/** Below the items: what follows is looked for in each of them. */
const OF_ITEMS = /^(?:properties\.)?items\.(?!\d)(.+)$/;
const PRODUCT_PATHS: readonly string[] = ['properties.items.productId', 'items.productId', 'properties.productId'];

type Keying = Pick<JourneyDefinition, 'reentry' | 'entryKeyPath'>;

/** Runs are about products: an event may name them in its items or by itself. */
const isByProduct = ({ entryKeyPath }: Keying): boolean =>
  entryKeyPath !== undefined && PRODUCT_PATHS.includes(entryKeyPath.trim());

const isByItem = (keying: Keying): boolean => isByProduct(keying) || OF_ITEMS.test(keying.entryKeyPath?.trim() ?? '');

/** Runs of such journeys have to be told apart by what their entries say, not by their keys alone. */
export const looksAtEntry = (keying: Keying): boolean => keying.reentry === 'parallel' && isByItem(keying);

/** At least one; each key once. */
export function entryParts(journey: Keying, event: Pick<MatchedEvent, 'type' | 'properties'>): EntryPart[] {
  const { properties } = event;
  const keys = journey.reentry === 'parallel' ? [...new Set(keysOf(journey, event))] : [];
  if (keys.length === 0) return [{ key: '', properties }];
  return keys.map((key) => ({ key, properties: isByItem(journey) ? narrowed(journey, properties, key) : properties }));
}

function keysOf(keying: Keying, event: MatchedEvent): string[] {
  const { entryKeyPath } = keying;
  if (!entryKeyPath) return [];
  const values = isByProduct(keying)
    ? namedProducts(event.properties).map(({ productId }) => productId)
    : valuesAt(event, entryKeyPath);
  return values.flatMap((value) =>
    typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, ENTRY_KEY_MAX) : [],
  );
}

/** The event as if only the lines with this key had been in it, and their product by itself. */
function narrowed(keying: Keying, properties: EventProperties, key: string): EventProperties {
  const items = properties.items?.filter((item) =>
    keysOf(keying, { type: 'completed_purchase', properties: { items: [item] } }).includes(key),
  );
  if (!items || items.length === 0) return properties;
  const product = oneValue(items, 'productId');
  if (product === null) return { ...properties, items };
  const variant = oneValue(items, 'variantId');
  const quantity = productOfRun(undefined, { items }, '').product?.quantity ?? 1;
  return { ...properties, items, productId: product, ...(variant !== null && { variantId: variant }), quantity };
}

function oneValue(items: readonly EventItem[], name: 'productId' | 'variantId'): string | null {
  const [value, ...others] = new Set(items.map((item) => item[name]));
  return others.length === 0 && value !== undefined && value !== '' ? value : null;
}

/**
 * With parallel runs, an event about another order or product does not concern this one; an event about none concerns all. What
 * becomes of another order, such as its refund, does not concern the run of a product that came with this one.
 */
export function concerns(journey: Keying, { entryKey, entry }: RunSubject, event: MatchedEvent): boolean {
  if (entryKey === '' || !journey.entryKeyPath) return true;
  if (isByItem(journey) && event.type !== 'completed_purchase' && isOtherOrder(entry, event.properties)) return false;
  const keys = keysOf(journey, event);
  return keys.length === 0 || keys.includes(entryKey);
}

function isOtherOrder(entry: RunSubject['entry'], { orderId }: EventProperties): boolean {
  return orderId !== undefined && entry['orderId'] !== undefined && entry['orderId'] !== orderId;
}
