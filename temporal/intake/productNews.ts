/**
 * Tells customers what has changed about products: who asked to hear that something is back, who wanted or looked at what is
 * cheaper now, and whose run waits for it. Each gets one event for a change, under an id that stays the same, through intake.
 *
 * The change, how far it has been told and the events stand in the same transactions, a few hundred customers each: a process
 * that dies leaves the rest to the next one, and the event loop is free in between. Processes on PostgreSQL share the work by
 * leases.
 */
import { answerTo, newsOf, PRICE_LOOK_BACK_MS, type News } from '../domain/catalogue/news.ts';
import type { ParsedEvent } from '../domain/eventParsing.ts';
import { CATALOGUE } from '../domain/ownSources.ts';
import { lockCustomers } from '../store/identities.ts';
import {
  claimChange,
  closeInterests,
  dropUnheard,
  giveBack,
  interestsOfCustomers,
  lowerSeenPrices,
  nextRecipients,
  renewLease,
  sweepNews,
  waitingCustomers,
  writeProgress,
  type ClaimedChange,
} from '../store/productNews.ts';
import { readProducts } from '../store/products.ts';
import { rounds } from '../rounds.ts';
import type { Session } from '../store/rows.ts';
import type { Store } from '../store/store.ts';
import type { EventIntake } from './eventIntake.ts';
import { madeEvent } from './ownWord.ts';

export interface ProductNewsOptions {
  store: Store;
  intake: EventIntake;
  /** Epoch ms. */
  now: () => number;
  timeScale: number;
  log: { warn(facts: object, message: string): void };
  /** How often changes are looked for. */
  everyMs?: number;
}

export interface ProductNews {
  /** Tells everything that is due. @returns how many events were handed on */
  tell(): Promise<number>;
  start(): void;
  /** Lets the customers who are being told be told. */
  stop(): Promise<void>;
}

const EVERY_MS = 1000;
/** A process that dies leaves its change to the others after this time. */
const LEASE_MS = 60_000;
const RETRY_MS = 10_000;
/** Customers of one transaction: others who write wait no longer than this takes. */
const CHUNK = 250;
const DROPPED_AT_ONCE = 2000;
/** Told changes are kept for a month, for who asks why somebody got a message. */
const KEPT_MS = 30 * 24 * 3600_000;
const SWEEP_EVERY_MS = 3600_000;
const SWEPT_AT_ONCE = 1000;

export function productNews({
  store,
  intake,
  now,
  timeScale,
  log,
  everyMs = EVERY_MS,
}: ProductNewsOptions): ProductNews {
  const session: Session = { db: store.db, dialect: store.dialect };
  // The store is away; the changes are safe in it.
  const loop = rounds(round, everyMs, (error) => {
    log.warn({ err: error }, 'changes of products cannot be read');
  });
  const { signal } = loop;
  let sweptAt = -Infinity;

  async function tell(): Promise<number> {
    let told = 0;
    for (;;) {
      while ((await dropUnheard(session, now(), DROPPED_AT_ONCE)) === DROPPED_AT_ONCE && !signal.aborted);
      const change = await claimChange(store, now(), now() + LEASE_MS);
      if (change === null || signal.aborted) return told;
      told += await tellAll(change);
    }
  }

  async function tellAll(change: ClaimedChange): Promise<number> {
    let claimed = change;
    let told = 0;
    try {
      for (;;) {
        const part: Part = { told: 0, lease: now() + LEASE_MS, isDone: true };
        await intake.submit([], (trx) => tellPart(trx, claimed, part));
        told += part.told;
        claimed = { ...claimed, lease: part.lease };
        if (part.isDone) return told;
        if (signal.aborted) {
          await giveBack(session, claimed, now());
          return told;
        }
      }
    } catch (error) {
      log.warn({ err: error, changeId: change.id }, 'customers could not be told of a product yet');
      await giveBack(session, claimed, now() + RETRY_MS);
      return told;
    }
  }

  /** May run again when its transaction has to: `part` is set anew each time. */
  async function tellPart(trx: Session, change: ClaimedChange, part: Part): Promise<ParsedEvent[]> {
    part.told = 0;
    part.isDone = true;
    const after = await renewLease(trx, change, part.lease);
    if (after === null) return [];
    const product = (await readProducts(trx, [change.productId])).get(change.productId)?.product ?? null;
    const news = newsOf(change, product);
    const hasVariants = (product?.variants.length ?? 0) > 0;
    const customers =
      news === null
        ? []
        : await nextRecipients(trx, { ...change, isBackInStock: news.isBackInStock }, hasVariants, after, CHUNK);
    part.isDone = customers.length < CHUNK;
    const events = news === null ? [] : await eventsFor(trx, change, news, hasVariants, customers);
    part.told = events.length;
    await writeProgress(trx, change.id, { upTo: customers.at(-1) ?? null, told: events.length, isDone: part.isDone });
    return events;
  }

  async function eventsFor(
    trx: Session,
    change: ClaimedChange,
    news: News,
    hasVariants: boolean,
    customerIds: readonly string[],
  ): Promise<ParsedEvent[]> {
    if (customerIds.length === 0) return [];
    // Before their interests are touched: events of theirs that come in meanwhile lock in the same order.
    const existing = await lockCustomers(trx, customerIds);
    const interests = await interestsOfCustomers(trx, change, hasVariants, customerIds);
    const waiting = await waitingCustomers(trx, change, hasVariants, news.type, customerIds);
    const seenSince = now() - PRICE_LOOK_BACK_MS / timeScale;
    const answered: string[] = [];
    const events = customerIds.flatMap((customerId): ParsedEvent[] => {
      if (!existing.has(customerId)) return [];
      const answer = answerTo(news, interests.get(customerId) ?? [], seenSince);
      if (answer === null && !waiting.has(customerId)) return [];
      if (answer !== null) answered.push(customerId);
      const id = `${change.kind}/${change.id}/${customerId}`;
      const properties = { ...news.properties, ...answer };
      return [madeEvent({ id, type: news.type, source: CATALOGUE, identity: { customerId }, properties }, change.at)];
    });
    if (news.priceMinor === null) await closeInterests(trx, change, hasVariants, answered, now());
    else await lowerSeenPrices(trx, change, hasVariants, answered, news.priceMinor);
    return events;
  }

  async function round(): Promise<void> {
    await tell();
    await sweep();
  }

  async function sweep(): Promise<void> {
    if (now() - sweptAt < SWEEP_EVERY_MS) return;
    sweptAt = now();
    const before = { changes: now() - KEPT_MS, views: now() - PRICE_LOOK_BACK_MS };
    while ((await sweepNews(session, before, SWEPT_AT_ONCE)) && !signal.aborted);
  }

  return { tell, start: loop.start, stop: loop.stop };
}

interface Part {
  told: number;
  /** Epoch ms. */
  lease: number;
  isDone: boolean;
}
