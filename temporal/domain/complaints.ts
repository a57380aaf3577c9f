/**
 * When complaints about e-mail are too many. Gmail and Yahoo ask senders to stay below 0.1 % and never to reach 0.3 %
 * (support.google.com/mail/answer/81126, senders.yahooinc.com/best-practices); mail that does is put into spam, all of it.
 */
import { isoTime, isoTimeOrNull } from './textValues.ts';

export const ALARM_LEVELS = ['warning', 'critical'] as const;
export type AlarmLevel = (typeof ALARM_LEVELS)[number];

export const COMPLAINT_THRESHOLDS: Record<AlarmLevel, number> = { warning: 0.001, critical: 0.003 };

/** Messages so old count no longer, with what was said of them; ms, scaled. A week has all days of a shop in it. */
export const COMPLAINT_WINDOW_MS = 7 * 86_400_000;

/**
 * Of fewer messages one single complaint is already more than 0.1 %, and says nothing about them. But three complaints are
 * no accident: of 200 messages at 0.1 % they happen once in a thousand weeks (Poisson, mean 0.2).
 */
const ENOUGH_MESSAGES = 1_000;
const ENOUGH_COMPLAINTS = 3;

export interface ComplaintCounts {
  /** Sent in the window and not bounced. */
  messages: number;
  /** About these. */
  complaints: number;
}

/** @returns null when there are too few to judge by */
export function complaintRate({ messages, complaints }: ComplaintCounts): number | null {
  if (messages === 0 || (messages < ENOUGH_MESSAGES && complaints < ENOUGH_COMPLAINTS)) return null;
  return complaints / messages;
}

/** More messages than these bring so many complaints below every threshold. */
export const mostMessages = (complaints: number): number => Math.floor(complaints / COMPLAINT_THRESHOLDS.warning);

/** Levels that the rate has reached. */
export const levelsReached = (rate: number | null): AlarmLevel[] =>
  ALARM_LEVELS.filter((level) => rate !== null && rate >= COMPLAINT_THRESHOLDS[level]);

/** What a Commerce Trigger can listen for; it is of no shop and no customer. */
export const COMPLAINT_ALARM = 'custom:complaint_alarm';
/** Source of that event. */
export const ALARMS = 'alarms';

export interface Alarm extends ComplaintCounts {
  id: string;
  kind: 'complaint_rate';
  channel: 'email';
  level: AlarmLevel;
  rate: number;
  /** Most first; null: messages outside of journeys. */
  journeys: { journey: string | null; complaints: number }[];
  /** Epoch ms. */
  raisedAt: number;
  /** The rate has fallen below the threshold again; null: it stands. */
  endedAt: number | null;
}

/** As the API and the event show it. */
export const shownAlarm = (alarm: Alarm) => ({
  id: alarm.id,
  kind: alarm.kind,
  channel: alarm.channel,
  level: alarm.level,
  threshold: COMPLAINT_THRESHOLDS[alarm.level],
  rate: alarm.rate,
  complaints: alarm.complaints,
  messages: alarm.messages,
  window: 'P7D',
  journeys: alarm.journeys,
  raisedAt: isoTime(alarm.raisedAt),
  endedAt: isoTimeOrNull(alarm.endedAt),
});

const percent = (share: number): string => `${Number((share * 100).toPrecision(2))} %`;

/** For the operator. */
export function alarmSentence({ level, rate, complaints, messages }: Omit<Alarm, 'id'>): string {
  const threshold = percent(COMPLAINT_THRESHOLDS[level]);
  return `${complaints} of ${messages} recipients have called e-mail of the last 7 days spam: ${percent(rate)}, ${level} from ${threshold}. See /v1/alarms and /v1/reports/journeys.`;
}
