/** The one door from the raw bytes of a webhook or tracker to our words; which mapping reads them is said by `kind`. */
import { escapePointer } from '../identity.ts';
import { readJson } from '../jsonBytes.ts';
import { mapGa4 } from './ga4.ts';
import { nothingMapped, type Arrival, type Mapped } from './mappedBody.ts';
import { mapSegment } from './segment.ts';
import { mapShopify } from './shopify.ts';
import { mapWooCommerce } from './woocommerce.ts';

export const BODY_KINDS = ['shopify', 'woocommerce', 'segment', 'ga4'] as const;
export type BodyKind = (typeof BODY_KINDS)[number];

type Mapper = (body: unknown, arrival: Arrival) => Mapped;

const MAPPERS: Record<BodyKind, Mapper> = {
  shopify: mapShopify,
  woocommerce: mapWooCommerce,
  segment: mapSegment,
  ga4: mapGa4,
};

const PING = /^webhook_id=\d{1,20}$/;

/** WooCommerce greets a new webhook with this form, unsigned and without a topic; only with a 200 it lets the webhook be saved (TRAPS 16). */
export const isPing = (kind: BodyKind, bytes: Buffer): boolean =>
  kind === 'woocommerce' && bytes.length < 64 && PING.test(bytes.toString('latin1'));

/** @param bytes exactly as they came, for a signature is made over them; what is refused in them: see `readJson` */
export function mapBody(kind: BodyKind, bytes: Buffer, arrival: Arrival): Mapped {
  if (isPing(kind, bytes)) return { body: nothingMapped() };
  const read = readJson(bytes);
  if (read.problem !== undefined) return { problem: read.problem };
  if (typeof read.value !== 'object' || read.value === null || Array.isArray(read.value)) {
    return { problem: { path: '', message: 'has to be a JSON object' } };
  }
  const path = pathOfLongList(read.value);
  if (path !== null) return { problem: { path, message: `has more than ${LONGEST_LIST} entries` } };
  return MAPPERS[kind](read.value, arrival);
}

/** Far above what shops and trackers send: orders have hundreds of lines, products 2,048 variants, batches 500 kB. */
const LONGEST_LIST = 20_000;

/** @param value nested no deeper than `readJson` allows @returns JSON Pointer of a list that is longer; null for none */
function pathOfLongList(value: unknown, path = ''): string | null {
  if (typeof value !== 'object' || value === null) return null;
  if (Array.isArray(value) && value.length > LONGEST_LIST) return path;
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner !== 'object' || inner === null) continue;
    const found = pathOfLongList(inner, `${path}/${escapePointer(key)}`);
    if (found !== null) return found;
  }
  return null;
}
