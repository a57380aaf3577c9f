/**
 * Order lines of one chunk into the store. An order's value is the sum of its lines (or what its file states), made anew
 * whenever lines come, so that neither their order nor how they are cut into chunks and files matters.
 */
import type { CanonicalEvent, EventItem } from '../domain/event.ts';
import { isoTime } from '../domain/textValues.ts';
import { JourneyEffects, type IntakeTime } from '../intake/journeyEffects.ts';
import type { PublishedReaders } from '../intake/takeIn.ts';
import { resolveCustomers } from '../intake/resolveCustomers.ts';
import {
  findLinesOf,
  findOrdersOf,
  upsertImportedEvents,
  upsertImportedLines,
  upsertImportedOrders,
  upsertImportedReturns,
  type ImportedEvent,
  type ImportedLine,
  type ImportedOrder,
  type ImportedReturn,
  type KnownLine,
  type KnownOrder,
} from '../store/importedOrders.ts';
import type { WriteTarget } from './importKinds.ts';
import type { Session } from '../store/rows.ts';
import { recountTotals } from '../store/totals.ts';
import type { OrderLine } from './orderRows.ts';
import type { WrittenRows } from './writtenRows.ts';

interface OrderOfChunk {
  orderId: string;
  customerId: string;
  lines: OrderLine[];
  known: KnownOrder | undefined;
}

/** @param session a transaction */
export async function writeOrders(
  session: Session,
  lines: readonly OrderLine[],
  { source, importId, published, time }: WriteTarget,
): Promise<WrittenRows> {
  const identities = distinctIdentities(lines);
  const resolved = await resolveCustomers(session, identities.distinct, time.now);
  const customerOf = (index: number) => resolved.customerIds[identities.positions[index] ?? -1] ?? null;
  const known = await findOrdersOf(session, source, new Set(lines.map(({ orderId }) => orderId)));
  const written: WrittenRows = {
    rejected: [],
    counts: { customersCreated: resolved.created.size },
    outboxWritten: false,
  };

  const orders = new Map<string, OrderOfChunk>();
  let alreadyKnown = 0;
  lines.forEach((line, index) => {
    const customerId = customerOf(index);
    if (customerId === null) {
      written.rejected.push({ index, reason: 'customer_id names a customer that does not exist' });
      return;
    }
    const before = known.get(line.orderId);
    const order = orders.get(line.orderId) ?? { orderId: line.orderId, customerId, lines: [], known: before };
    const reason = contradiction(line, customerId, order);
    if (reason !== null) {
      written.rejected.push({ index, reason });
    } else if (before?.valueFrom === null) {
      alreadyKnown++;
    } else {
      order.lines.push(line);
      orders.set(line.orderId, order);
    }
  });

  const { purchases, returns, events } = await writeLines(session, source, importId, [...orders.values()]);
  await upsertImportedOrders(session, source, purchases);
  await upsertImportedReturns(session, source, importId, returns);
  await upsertImportedEvents(session, events, time.now);
  await recountTotals(session, new Set([...orders.values()].map(({ customerId }) => customerId)));
  const fresh = events.filter(({ event }) => event.type === 'refunded' || !known.has(event.properties.orderId ?? ''));
  written.outboxWritten = await endJourneys(session, fresh, resolved.created, published, time);
  Object.assign(written.counts, {
    ordersCreated: purchases.filter(({ orderId }) => !known.has(orderId)).length,
    returns: returns.length,
    rowsOfKnownOrders: alreadyKnown,
  });
  return written;
}

function contradiction(line: OrderLine, customerId: string, order: OrderOfChunk): string | null {
  const owner = order.known?.customerId ?? order.customerId;
  if (owner !== customerId)
    return 'order_id belongs to another customer already: are these the ids of two shops? Give each its --source';
  const currency = order.known?.currency ?? order.lines[0]?.currency;
  if (currency !== undefined && currency !== line.currency)
    return `currency is ${line.currency}, but the order's other lines are in ${currency}`;
  return null;
}

function distinctIdentities(lines: readonly OrderLine[]) {
  const indexOf = new Map<string, number>();
  const distinct: OrderLine['identity'][] = [];
  const positions = lines.map(({ identity }) => {
    const key = `${identity.customerId ?? ''}\0${identity.externalId ?? ''}\0${identity.email ?? ''}\0${identity.phone ?? ''}`;
    let index = indexOf.get(key);
    if (index === undefined) {
      index = distinct.push(identity) - 1;
      indexOf.set(key, index);
    }
    return index;
  });
  return { distinct, positions };
}

async function writeLines(session: Session, source: string, importId: number, orders: readonly OrderOfChunk[]) {
  const lines: ImportedLine[] = [];
  const returns: ImportedReturn[] = [];
  for (const order of orders) {
    lines.push(...purchasedLines(order));
    returns.push(...returnsOf(order));
  }
  await upsertImportedLines(session, source, importId, lines);
  // Of orders that are new all lines are at hand; the others have lines from before.
  const older = new Set(orders.filter(({ known }) => known !== undefined).map(({ orderId }) => orderId));
  const stored = older.size === 0 ? [] : await findLinesOf(session, source, older);
  const all = groupByOrder([...stored, ...lines.filter(({ orderId }) => !older.has(orderId))]);

  const purchases: ImportedOrder[] = [];
  const events: ImportedEvent[] = [];
  for (const order of orders) {
    const purchase = purchaseOf(order, all.get(order.orderId) ?? []);
    if (!purchase) continue;
    purchases.push(purchase);
    events.push(purchaseEvent(source, order, purchase, all.get(order.orderId) ?? []));
  }
  const ordersById = new Map(orders.map((order) => [order.orderId, order]));
  for (const row of returns) events.push(refundEvent(source, ordersById.get(row.orderId), row));
  return { purchases, returns, events };
}

function groupByOrder(lines: readonly KnownLine[]): Map<string, KnownLine[]> {
  const groups = new Map<string, KnownLine[]>();
  for (const line of lines) {
    const group = groups.get(line.orderId);
    if (group) group.push(line);
    else groups.set(line.orderId, [line]);
  }
  return groups;
}

/** Alike ones as one, with their number. */
function purchasedLines({ orderId, lines }: OrderOfChunk): ImportedLine[] {
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

function returnsOf({ orderId, customerId, lines }: OrderOfChunk): ImportedReturn[] {
  const merged = new Map<string, ImportedReturn>();
  const add = (name: string, line: OrderLine, valueMinor: number, isOnce: boolean, occurredAt: number) => {
    // What was given back for nothing changes no total.
    if (valueMinor === 0) return;
    const eventId = `import:${orderId}:${name}`;
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
function purchaseOf(
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
  };
}

function purchaseEvent(
  source: string,
  { lines }: OrderOfChunk,
  { orderId, customerId, currency, valueMinor, occurredAt }: ImportedOrder,
  all: readonly KnownLine[],
): ImportedEvent {
  const names = new Map(lines.map(({ line, item }) => [line, item.name]));
  const [first] = lines as [OrderLine, ...OrderLine[]];
  // Known of these lines only: of an order that comes in pieces nothing is said.
  const isWhole = all.every(({ line }) => names.has(line));
  const discountMinor = isWhole ? lines.reduce((sum, line) => sum + Math.abs(line.discountMinor ?? 0), 0) : 0;
  const event: CanonicalEvent = {
    id: `import:${orderId}`,
    type: 'completed_purchase',
    occurredAt: isoTime(occurredAt),
    source,
    identity: first.identity,
    properties: {
      orderId,
      currency,
      valueMinor,
      ...(discountMinor > 0 && { discountMinor }),
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

function refundEvent(source: string, order: OrderOfChunk | undefined, row: ImportedReturn): ImportedEvent {
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

/** Starts none; ends those that the customer had entered before the order. @returns whether the dispatcher has something to do */
async function endJourneys(
  session: Session,
  events: readonly ImportedEvent[],
  created: ReadonlySet<string>,
  published: PublishedReaders,
  time: IntakeTime,
): Promise<boolean> {
  const journeys = await published.journeys.all(session.db);
  const concerned = events.filter(({ customerId }) => !created.has(customerId));
  if (journeys.length === 0 || concerned.length === 0) return false;
  const resolved = concerned
    .map(({ event, customerId, occurredAt }) => ({
      event,
      customerId,
      occurredAt,
      isNewCustomer: false,
      repeatsOrder: false,
      cartIsEmpty: false,
      isHistory: true,
    }))
    .sort((a, b) => a.occurredAt - b.occurredAt);
  const effects = await JourneyEffects.load(session, journeys, resolved, new Set(), time);
  for (const event of resolved) effects.apply(event);
  return await effects.write(session);
}
