/**
 * Order lines of one chunk into the store. An order's value is the sum of its lines (or what its file states), made anew
 * whenever lines come, so that neither their order nor how they are cut into chunks and files matters.
 */
import { Buyers } from '../intake/buyers.ts';
import { JourneyEffects, type IntakeTime } from '../intake/journeyEffects.ts';
import type { PublishedReaders } from '../intake/takeIn.ts';
import { resolveCustomers } from '../intake/resolveCustomers.ts';
import { findErasedEvents } from '../store/erasedEvents.ts';
import {
  findLinesOf,
  findOrdersOf,
  upsertImportedLines,
  upsertImportedOrders,
  upsertImportedReturns,
  type ImportedLine,
  type ImportedOrder,
  type ImportedReturn,
} from '../store/importedOrders.ts';
import { upsertImportedEvents, type ImportedEvent } from '../store/events.ts';
import type { Session } from '../store/rows.ts';
import { recountTotals } from '../store/totals.ts';
import {
  purchasedLines,
  purchaseEvent,
  purchaseId,
  purchaseOf,
  refundEvent,
  returnIdOf,
  returnsOf,
  type OrderOfChunk,
} from './ordersOfLines.ts';
import type { OrderLine } from './orderRows.ts';
import type { WriteTarget, WrittenRows } from './writtenRows.ts';

/** @param session a transaction */
export async function writeOrders(
  session: Session,
  given: readonly OrderLine[],
  { source, importId, published, time }: WriteTarget,
): Promise<WrittenRows> {
  const lines = await withoutErased(session, source, given);
  const identities = distinctIdentities(lines.map(({ line }) => line));
  const resolved = await resolveCustomers(session, identities.distinct, time.now);
  const customerOf = (index: number) => resolved.customerIds[identities.positions[index] ?? -1] ?? null;
  const known = await findOrdersOf(session, source, new Set(lines.map(({ line }) => line.orderId)));
  const written: WrittenRows = {
    rejected: [],
    counts: { customersCreated: resolved.created.size },
    outboxWritten: false,
  };

  const orders = new Map<string, OrderOfChunk>();
  let alreadyKnown = 0;
  lines.forEach(({ line, index }, place) => {
    const customerId = customerOf(place);
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
  await recountTotals(session, new Set([...orders.values()].map(({ customerId }) => customerId)), 'untold', time.now);
  const fresh = events.filter(({ event }) => event.type === 'refunded' || !known.has(event.properties.orderId ?? ''));
  const endedJourneys = await endJourneys(session, fresh, resolved.created, published, time);
  written.outboxWritten = endedJourneys || resolved.outboxWritten;
  Object.assign(written.counts, {
    ordersCreated: purchases.filter(({ orderId }) => !known.has(orderId)).length,
    returns: returns.length,
    rowsOfKnownOrders: alreadyKnown,
    rowsOfErasedCustomers: given.length - lines.length,
  });
  return written;
}

/** Whoever has been erased does not come back by a file that is imported again. */
async function withoutErased(session: Session, source: string, lines: readonly OrderLine[]) {
  const ids = new Set(
    lines.flatMap((line) => [purchaseId(line.orderId), ...(line.isReturn ? [returnIdOf(line)] : [])]),
  );
  const keys = Array.from(ids, (id) => ({ source, id }));
  const erased = new Set((await findErasedEvents(session, keys)).map(({ id }) => id));
  return lines
    .map((line, index) => ({ line, index }))
    .filter(({ line }) => !erased.has(purchaseId(line.orderId)) && !erased.has(returnIdOf(line)));
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
  const fresh = lines.filter(({ orderId }) => !older.has(orderId));
  const all = Map.groupBy([...stored, ...fresh], ({ orderId }) => orderId);

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
  const effects = await JourneyEffects.load(session, journeys, resolved, Buyers.none(), time);
  for (const event of resolved) effects.apply(event);
  return await effects.write(session);
}
