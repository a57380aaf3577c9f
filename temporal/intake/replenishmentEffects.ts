/**
 * What a purchase, or its end, means for when products run out: the customer's plan for the product is made anew, and waits for
 * the old date move to the new one. A date that was planned moves only by what the customer does, not by what is learned later.
 */
import { subscriptionsOf } from '../domain/productSubscriptions.ts';
import { productOfRun } from '../domain/runProduct.ts';
import { untilOf } from '../domain/wait.ts';
import { readProductWindows } from '../store/productWindows.ts';
import { customerProductKey, findActiveSubscriptions, type CustomerProduct } from '../store/productSubscriptions.ts';
import { findOrderProducts } from '../store/purchases.ts';
import { renewReplenishments } from '../store/replenishments.ts';
import type { Session } from '../store/rows.ts';
import { readEntryProperties } from '../store/runs.ts';
import { orderKey } from '../store/totals.ts';
import { readConsumptions, type WaitingRun } from '../store/waitFacts.ts';
import type { IntakeTime, JourneyEffects } from './journeyEffects.ts';
import type { ResolvedEvent } from './resolvedEvent.ts';
import type { BatchRun } from './runChanges.ts';

/** What these events have changed for a product of a customer. */
interface Change extends CustomerProduct {
  /** The last event. */
  type: string;
  /** Epoch ms of the last purchase among the events; null: there is none. */
  boughtAt: number | null;
}

type Changes = ReadonlyMap<string, Change>;

/** @param events that count, in the order in which they happened; their orders and subscriptions are written already */
export async function replenish(
  session: Session,
  events: readonly ResolvedEvent[],
  runs: JourneyEffects,
  time: IntakeTime,
): Promise<void> {
  const changes = await changesOf(session, events);
  if (changes.size === 0) return;
  const windows = await readProductWindows(
    session,
    Array.from(changes.values(), ({ productId }) => productId),
  );
  const known = [...changes.values()].filter(({ productId }) => windows.get(productId)?.basis !== 'none');
  await renewReplenishments(session, known, time.now);
  await replanWaits(session, changes, runs, time);
}

async function changesOf(session: Session, events: readonly ResolvedEvent[]): Promise<Changes> {
  const about = events.flatMap((resolved) => {
    const { event } = resolved;
    const { orderId } = event.properties;
    const isAboutOrder = ['completed_purchase', 'refunded', 'custom:order_cancelled'].includes(event.type);
    const order = isAboutOrder && orderId !== undefined ? { source: event.source, orderId } : null;
    const subscribed = subscriptionsOf(event).map(({ productId }) => productId);
    return order || subscribed.length > 0 ? [{ resolved, order, subscribed }] : [];
  });
  const products = await findOrderProducts(
    session,
    about.flatMap(({ order }) => order ?? []),
  );
  const changes = new Map<string, Change>();
  for (const { resolved, order, subscribed } of about) {
    const { event, customerId, occurredAt } = resolved;
    const isPurchase = event.type === 'completed_purchase';
    // Its own items too: a later telling may have other lines, or another buyer, than the one that holds.
    const named = isPurchase ? (event.properties.items ?? []).flatMap(({ productId }) => productId ?? []) : [];
    const pairs = [
      ...[...named, ...subscribed].map((productId) => ({ customerId, productId })),
      ...(order ? (products.get(orderKey(order)) ?? []) : []),
    ];
    for (const pair of pairs) {
      const key = customerProductKey(pair);
      const boughtAt = isPurchase ? occurredAt : (changes.get(key)?.boughtAt ?? null);
      changes.set(key, { ...pair, type: event.type, boughtAt });
    }
  }
  return changes;
}

interface Concerned {
  run: BatchRun;
  wait: NonNullable<BatchRun['wait']>;
  waiting: WaitingRun;
  change: Change;
}

/** Runs that an event has ended, or whose wait it has answered, are none of those any more. */
async function replanWaits(
  session: Session,
  changes: Changes,
  runs: JourneyEffects,
  { now, timeScale }: IntakeTime,
): Promise<void> {
  const concerned = await concernedRuns(session, changes, runs);
  if (concerned.length === 0) return;
  const subscribed = await findActiveSubscriptions(
    session,
    concerned.map(({ change }) => change),
  );
  const consumptions = await readConsumptions(
    session,
    concerned.map(({ waiting }) => waiting),
  );
  for (const [index, { run, wait, change }] of concerned.entries()) {
    if (subscribed.has(customerProductKey(change))) {
      // It comes by itself now: there is nothing to remind of.
      runs.endWaiting(run, change.type);
      continue;
    }
    const consumption = consumptions[index];
    if (consumption === undefined) continue;
    const { boughtAt } = change;
    if (consumption.kind === 'none' && (boughtAt === null || boughtAt < run.entryOccurredAt)) continue;
    // Without a date, the fixed time counts from the purchase, as it does after the entry.
    const from = { segment: 1, entryOccurredAt: boughtAt ?? run.entryOccurredAt };
    const end = untilOf(wait.spec, { now, timeScale, ...from, consumption });
    if (end.problem === undefined && end.until !== wait.until) runs.moveWait(run, end.until);
  }
}

async function concernedRuns(session: Session, changes: Changes, runs: JourneyEffects): Promise<Concerned[]> {
  const waiting = runs.waitingForRunningOut();
  const entries = await readEntryProperties(
    session,
    waiting.map(({ id }) => id),
  );
  return waiting.flatMap((run): Concerned[] => {
    const { wait, customerId, entryKey, entryOccurredAt } = run;
    if (wait?.spec.kind !== 'replenishment') return [];
    const entry = entries.get(run.id) ?? {};
    const { product } = productOfRun(wait.spec.productId, entry, entryKey);
    const change = product && changes.get(customerProductKey({ customerId, productId: product.productId }));
    if (!change) return [];
    const facts = { runId: run.id, customerId, entryKey, entryOccurredAt, entry, spec: wait.spec };
    return [{ run, wait, waiting: facts, change }];
  });
}
