/**
 * Tells that customers are in another segment: `segment_changed`, from and to, through intake, so that journeys are entered and ended
 * by it. What is told is where they are when it is told: there and back in between is nothing, and nobody is told of twice on one
 * (UTC) day; where they are then by the next day is told that day.
 *
 * That somebody has been told of, and the event, stand in one transaction, a few hundred customers each. Every process tells; what one
 * has told the others do not find any more.
 */
import type { ParsedEvent } from '../domain/eventParsing.ts';
import { SCORES } from '../domain/ownSources.ts';
import { isoDay, utcDay } from '../domain/utcDay.ts';
import { lockCustomers } from '../store/identities.ts';
import { tellSegments, untoldCustomers } from '../store/segmentNews.ts';
import { rounds } from '../rounds.ts';
import type { Session } from '../store/rows.ts';
import type { Store } from '../store/store.ts';
import type { EventIntake } from './eventIntake.ts';
import { madeEvent } from './ownWord.ts';

export interface SegmentNewsOptions {
  store: Store;
  intake: EventIntake;
  log: { warn(facts: object, message: string): void };
  /** Epoch ms. */
  now?: () => number;
  /** How often it looks. */
  everyMs?: number;
}

export interface SegmentNews {
  /** Tells of everybody who is to be told of. @returns how many */
  tell(): Promise<number>;
  start(): void;
  /** Lets the customers who are being told of be told of. */
  stop(): Promise<void>;
}

const EVERY_MS = 1000;
/** Customers of one transaction: others who write wait no longer than this takes. */
const CHUNK = 250;

export function segmentNews(options: SegmentNewsOptions): SegmentNews {
  const { store, intake, log, now = Date.now, everyMs = EVERY_MS } = options;
  const session: Session = { db: store.db, dialect: store.dialect };
  // When the store is away: whom to tell of stands in it.
  const loop = rounds(tell, everyMs, (error) => {
    log.warn({ err: error }, 'changes of segments could not be told yet');
  });
  const { signal } = loop;

  async function tell(): Promise<number> {
    let told = 0;
    for (let after = ''; !signal.aborted;) {
      const ids = await untoldCustomers(session, after, now(), CHUNK);
      const last = ids.at(-1);
      if (last === undefined) break;
      let events: ParsedEvent[] = [];
      await intake.submit([], async (trx, at) => (events = await eventsOf(trx, ids, at)));
      told += events.length;
      after = last;
    }
    return told;
  }

  return { tell, start: loop.start, stop: loop.stop };
}

/** May run again when its transaction has to. */
async function eventsOf(trx: Session, ids: readonly string[], now: number): Promise<ParsedEvent[]> {
  const locked = await lockCustomers(trx, ids);
  const existing = ids.filter((id) => locked.get(id) === id);
  return (await tellSegments(trx, existing, now)).map(({ customerId, ...properties }) => {
    const id = `segment/${isoDay(utcDay(now))}/${customerId}`;
    return madeEvent(
      { id, type: 'segment_changed', source: SCORES, identity: { customerId }, properties: { ...properties } },
      now,
    );
  });
}
