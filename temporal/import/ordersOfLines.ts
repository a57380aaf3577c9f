/** The order that lines of a file make together, what was given back of it, and the events that tell of both. */
import type { CanonicalEvent, EventItem } from '../domain/event.ts';
import { isoTime } from '../domain/textValues.ts';
import type { ImportedEvent } from '../store/events.ts';
import type { ImportedLine, ImportedOrder, ImportedReturn, KnownLine, KnownOrder } from '../store/importedOrders.ts';
import type { OrderLine } from './orderRows.ts';

export interface OrderOfChunk {
  orderId: string;
  customerId: string;
  lines: OrderLine[];
  known: KnownOrder | undefined;
}

/** Ids of the events that stand for an order, and for what was given back of it. */
export const purchaseId = (orderId: string): string => `import:${orderId}`;
const returnId = (orderId: string, name: string): string => `import:${orderId}:${name}`;
export const returnIdOf = ({ orderId, line }: OrderLine): string => returnId(orderId, String(line));

/** Alike ones as one, with their number. */
export function purchasedLines({ orderId, lines }: OrderOfChunk): ImportedLine[] {
  const merged = new Map<number, ImportedLine>();
  for (const { line, isReturn, isNumbered, item, quantity, valueMinor } of lines) {
    if (line === null || isReturn) continue;
    const before = isNumbered ? undefined : merged.get(line);
    merged.set(line, {
      orderId,
      line,
      productId: item.productId ?? null,
      variantId: item.variantId ?? null,
      sku: item.sku ?? null,
      category: item.category ?? null,
      quantity: (before?.quantity ?? 0) + quantity,
      priceMinor: quantity > 0 && valueMinor >= 0 ? Math.round(valueMinor / quantity) : null,
      valueMinor: (before?.valueMinor ?? 0) + valueMinor,
      copies: (before?.copies ?? 0) + 1,
      seen: isNumbered ? 0 : (before?.seen ?? 0) + 1,
    });
  }
  return [...merged.values()];
}

export function returnsOf({ orderId, customerId, lines }: OrderOfChunk): ImportedReturn[] {
  const merged = new Map<string, ImportedReturn>();
  const add = (name: string, line: OrderLine, valueMinor: number, isOnce: boolean, occurredAt: number) => {
    // What was given back for nothing changes no total.
    if (valueMinor === 0) return;
    const eventId = returnId(orderId, name);
    const before = isOnce ? undefined : merged.get(eventId);
    merged.set(eventId, {
      eventId,
      orderId,
      customerId,
      valueMinor: (before?.valueMinor ?? 0) + valueMinor,
      currency: line.currency,
      occurredAt,
      copies: (before?.copies ?? 0) + 1,
      seen: isOnce ? 0 : (before?.seen ?? 0) + 1,
    });
  };
  for (const line of lines) {
    if (line.isReturn) add(String(line.line), line, line.valueMinor, line.isNumbered, line.occurredAt);
    if (line.refundedMinor !== null) {
      add('refunded', line, Math.abs(line.refundedMinor), true, line.refundedAt ?? line.occurredAt);
    }
  }
  return [...merged.values()];
}

/** @returns null for rows that tell of returns alone */
export function purchaseOf(
  { orderId, customerId, lines, known }: OrderOfChunk,
  all: readonly KnownLine[],
): ImportedOrder | null {
  const bought = lines.filter(({ isReturn }) => !isReturn);
  const [first] = bought;
  if (!first) return null;
  const stated = bought.findLast(({ totalMinor }) => totalMinor !== null)?.totalMinor ?? null;
  const isStated = stated !== null || known?.valueFrom === 'total';
  const sum = all.reduce((total, { valueMinor }) => total + valueMinor, 0);
  return {
    orderId,
    customerId,
    currency: known?.currency ?? first.currency,
    valueMinor: stated ?? (known?.valueFrom === 'total' ? known.valueMinor : sum),
    occurredAt: bought.reduce(
      (earliest, { occurredAt }) => Math.min(earliest, occurredAt),
      known?.occurredAt ?? Infinity,
    ),
    valueFrom: isStated ? 'total' : 'lines',
    salesChannel: bought.find(({ salesChannel }) => salesChannel !== null)?.salesChannel ?? null,
    discountMinor: discountOf(lines, all),
  };
}

/** @returns null where nothing is said of it. Known of these lines only: of an order that comes in pieces nothing is said. */
function discountOf(lines: readonly OrderLine[], all: readonly KnownLine[]): number | null {
  const here = new Set(lines.map(({ line }) => line));
  const isWhole = all.every(({ line }) => here.has(line));
  const said = lines.flatMap(({ discountMinor }) => discountMinor ?? []);
  return isWhole && said.length > 0 ? said.reduce((sum, one) => sum + Math.abs(one), 0) : null;
}

export function purchaseEvent(
  source: string,
  { lines }: OrderOfChunk,
  { orderId, customerId, currency, valueMinor, occurredAt, discountMinor }: ImportedOrder,
  all: readonly KnownLine[],
): ImportedEvent {
  const names = new Map(lines.map(({ line, item }) => [line, item.name]));
  const [first] = lines as [OrderLine, ...OrderLine[]];
  const event: CanonicalEvent = {
    id: purchaseId(orderId),
    type: 'completed_purchase',
    occurredAt: isoTime(occurredAt),
    source,
    identity: first.identity,
    properties: {
      orderId,
      currency,
      valueMinor,
      ...(discountMinor !== null && { discountMinor }),
      items: all.map((line) => itemOf(line, names.get(line.line))),
      ...(first.location !== null && { location: { name: first.location } }),
      ...(first.salesChannel !== null && { salesChannel: first.salesChannel }),
    },
  };
  return { event, customerId, occurredAt };
}

function itemOf(
  { productId, variantId, sku, category, quantity, priceMinor }: KnownLine,
  name: string | undefined,
): EventItem {
  return {
    ...(productId !== null && { productId }),
    ...(variantId !== null && { variantId }),
    ...(sku !== null && { sku }),
    ...(name !== undefined && { name }),
    ...(category !== null && { category }),
    quantity,
    ...(priceMinor !== null && { priceMinor }),
  };
}

export function refundEvent(source: string, order: OrderOfChunk | undefined, row: ImportedReturn): ImportedEvent {
  const { eventId, orderId, customerId, valueMinor, currency, occurredAt } = row;
  const event: CanonicalEvent = {
    id: eventId,
    type: 'refunded',
    occurredAt: isoTime(occurredAt),
    source,
    identity: order?.lines[0]?.identity ?? {},
    properties: { orderId, currency, valueMinor },
  };
  return { event, customerId, occurredAt };
}
