/** Looks regularly whether complaints have become too many, raises alarms and ends them. Every process may do it: one raises. */
import { wantsAlarms } from './domain/commerceTrigger.ts';
import {
  alarmSentence,
  COMPLAINT_WINDOW_MS,
  complaintRate,
  levelsReached,
  mostMessages,
  type Alarm,
  type AlarmLevel,
} from './domain/complaints.ts';
import { rounds } from './rounds.ts';
import { listOpenAlarms } from './store/alarmRows.ts';
import { countComplaints, countMessages, deliverAlarm, endAlarms, raiseAlarm, updateAlarms } from './store/alarms.ts';
import { CommerceTriggerReader } from './store/commerceTriggers.ts';
import { sessionOf } from './store/rows.ts';
import type { Store } from './store/store.ts';

export interface AlarmWatchOptions {
  store: Store;
  timeScale: number;
  /** There is something for n8n. */
  deliveriesWritten: () => void;
  log: { info(facts: object, message: string): void; warn(facts: object, message: string): void };
  now?: () => number;
  pollMs?: number;
}

export interface AlarmWatch {
  stop(): Promise<void>;
}

/** Complaints reach us hours after the message: a minute more does no harm. */
const POLL_MS = 60_000;

export interface AlarmChanges {
  raised: Alarm[];
  ended: AlarmLevel[];
}

/** One look. */
export async function checkAlarms(store: Store, timeScale: number, now: number): Promise<AlarmChanges> {
  const since = now - Math.round(COMPLAINT_WINDOW_MS / timeScale);
  const journeys = await countComplaints(store, since);
  const complaints = journeys.reduce((sum, one) => sum + one.complaints, 0);
  // So many that more would make no difference.
  const messages = complaints === 0 ? 0 : await countMessages(store, since, mostMessages(complaints) + 1);
  const rate = complaintRate({ messages, complaints });
  const levels = levelsReached(rate);
  // Usually there is nothing to write.
  if (levels.length === 0 && (await listOpenAlarms(store.db)).length === 0) return { raised: [], ended: [] };
  return await store.transaction(async (trx) => {
    const session = sessionOf(trx);
    const raised: Alarm[] = [];
    if (rate !== null) {
      for (const level of levels) {
        const alarm = await raiseAlarm(session, level, { complaints, messages, rate, journeys }, now);
        if (alarm) raised.push(alarm);
      }
    }
    const ended = await endAlarms(session, levels, now);
    if (rate !== null) await updateAlarms(session, { complaints, messages, rate, journeys });
    if (raised.length > 0) {
      const triggers = await new CommerceTriggerReader().all(trx, now);
      const listeners = triggers.filter(({ subscription }) => wantsAlarms(subscription));
      for (const { id } of raised) {
        await deliverAlarm(
          session,
          id,
          listeners.map(({ endpointId }) => endpointId),
          now,
        );
      }
    }
    return { raised, ended };
  });
}

export function startAlarmWatch(options: AlarmWatchOptions): AlarmWatch {
  const { store, timeScale, deliveriesWritten, log, now = Date.now } = options;
  const pollMs = options.pollMs ?? Math.max(1_000, POLL_MS / timeScale);

  async function round(): Promise<void> {
    const { raised, ended } = await checkAlarms(store, timeScale, now());
    for (const alarm of raised) log.warn({ alarm: alarm.id, level: alarm.level }, alarmSentence(alarm));
    for (const level of ended) log.info({ level }, 'complaints about e-mail have fallen below the threshold again');
    if (raised.length > 0) deliveriesWritten();
  }

  const loop = rounds(round, pollMs, (error) => {
    log.warn({ err: error }, 'complaints could not be counted; they are counted again');
  });
  loop.start();
  return { stop: loop.stop };
}
