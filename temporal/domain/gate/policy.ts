/** The policy: what holds for every marketing message of the shop (CONTRACT section 3, which has its defaults). */
import type { Channel } from '../event.ts';

/** What becomes of a message that comes too early: dropped for good, or asked about again later. */
export type TooEarly = 'skip' | 'defer';
export const WEEKDAYS = ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

export interface Cap {
  channels: Channel[];
  count: number;
  /** ISO 8601. */
  window: string;
  /** `calendar`: the recipient's days. */
  days: 'rolling' | 'calendar';
}

/** Clock times of the recipient, `HH:MM`; from 21:00 to 08:00 goes over midnight. */
export interface QuietTimes {
  from: string;
  to: string;
  /** Whole days on top. */
  days?: Weekday[];
}

export interface QuietHours extends QuietTimes {
  action: TooEarly;
  /** Of recipients in these countries (ISO 3166-1), instead. */
  countries?: Record<string, QuietTimes>;
}

/** Durations are ISO 8601 and follow the time scale; `null` switches a rule off. */
export interface Policy {
  gaps: Record<Channel, string | null> & { onGap: TooEarly };
  caps: Cap[];
  quietHours: Record<Channel, QuietHours | null>;
  promoPause: { after: 'paid_social'; window: string } | null;
  /** Of a ticket that nobody says is closed. */
  openTicket: { window: string } | null;
  abandonmentSms: { perEvent: number; window: string } | null;
  disengaged: { noOpenOrClick: string; minimumMessages: number; noOrder: string } | null;
  holdoutPercent: number;
  killSwitch: boolean;
  /** IANA zone of recipients of whom nothing is known. */
  shopTimezone: string;
}

export const DEFAULT_POLICY: Policy = {
  gaps: { email: 'PT16H', sms: 'PT24H', push: 'PT24H', whatsapp: 'PT24H', onGap: 'skip' },
  caps: [
    { channels: ['email'], count: 5, window: 'P7D', days: 'rolling' },
    { channels: ['sms'], count: 2, window: 'P7D', days: 'rolling' },
  ],
  quietHours: {
    email: null,
    push: null,
    whatsapp: { from: '21:00', to: '08:00', action: 'defer' },
    sms: {
      from: '21:00',
      to: '08:00',
      action: 'defer',
      countries: { FR: { from: '22:00', to: '08:00', days: ['SUN'] } },
    },
  },
  promoPause: { after: 'paid_social', window: 'P3D' },
  openTicket: { window: 'P14D' },
  abandonmentSms: { perEvent: 1, window: 'PT48H' },
  disengaged: { noOpenOrClick: 'P180D', minimumMessages: 5, noOrder: 'P365D' },
  holdoutPercent: 0,
  killSwitch: false,
  shopTimezone: 'UTC',
};
