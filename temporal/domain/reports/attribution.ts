/**
 * Which order a message has brought: last touch. An order belongs to the message that its customer has touched last before it,
 * of those whose window was open. A window opens when the message goes out; what counts as a touch depends on the channel.
 * Windows are Klaviyo's defaults (help.klaviyo.com, "Understanding Klaviyo message attribution"); a tap on a push message is
 * told as an opening by some providers and as a click by others. Openings by machines are no touch.
 */
import { CHANNELS, type Channel } from '../event.ts';
import { readDuration } from '../isoDuration.ts';

export const TOUCHES = ['click', 'open', 'delivery'] as const;
export type Touch = (typeof TOUCHES)[number];

/** ISO 8601; null: no touch of this kind counts. */
export type AttributionWindows = Record<Channel, Record<Touch, string | null>>;

export const DEFAULT_WINDOWS: AttributionWindows = {
  email: { click: 'P5D', open: 'P5D', delivery: null },
  sms: { click: 'P5D', open: 'P1D', delivery: 'PT12H' },
  whatsapp: { click: 'P5D', open: 'PT12H', delivery: null },
  push: { click: 'PT24H', open: 'PT24H', delivery: null },
};

/** Switches a touch off. */
const NONE = 'none';

/** Name of the query parameter for a window, such as `emailClick`. */
export const windowName = (channel: Channel, touch: Touch): string =>
  `${channel}${touch.charAt(0).toUpperCase()}${touch.slice(1)}`;

/** @param given by `windowName` @returns the windows, and names of those that are no duration */
export function readWindows(given: Readonly<Record<string, unknown>>): {
  windows: AttributionWindows;
  unreadable: string[];
} {
  const windows = structuredClone(DEFAULT_WINDOWS);
  const unreadable: string[] = [];
  for (const channel of CHANNELS) {
    for (const touch of TOUCHES) {
      const name = windowName(channel, touch);
      const text = given[name];
      if (typeof text !== 'string') continue;
      if (text.trim() !== NONE && readDuration(text) === null) unreadable.push(name);
      else windows[channel][touch] = text.trim() === NONE ? null : text.trim().toUpperCase();
    }
  }
  return { windows, unreadable };
}

/** Lengths in ms, scaled; null: not open at all. */
export type WindowLengths = Record<Channel, Record<Touch, number | null>>;

export function windowLengths(windows: AttributionWindows, timeScale: number): WindowLengths {
  const length = (text: string | null): number | null => {
    const ms = text === null ? null : readDuration(text);
    return ms === null ? null : Math.max(1, Math.round(ms / timeScale));
  };
  const ofChannel = (channel: Channel) =>
    Object.fromEntries(TOUCHES.map((touch) => [touch, length(windows[channel][touch])])) as Record<
      Touch,
      number | null
    >;
  return Object.fromEntries(CHANNELS.map((channel) => [channel, ofChannel(channel)])) as WindowLengths;
}
