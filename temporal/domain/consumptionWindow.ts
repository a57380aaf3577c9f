/** When a purchase is expected to run out, as dates, and the one place where that is brought to the service's time scale. */

import { DAY_MS } from './utcDay.ts';

export const WINDOW_POINTS = ['start', 'middle', 'end'] as const;
export type WindowPoint = (typeof WINDOW_POINTS)[number];

/**
 * Where the days come from: gaps between purchases of the product, of its category, or a window that was set by hand. Learned:
 * 40 %, 60 % and 80 % of such purchases are followed by the next one by then. By hand: low end, middle and high end.
 */
export type WindowBasis = 'product' | 'category' | 'byHand';

/** Epoch ms, real days: the time scale is not in them. */
export interface ConsumptionWindow {
  basis: WindowBasis;
  /** When the product was bought. */
  orderedAt: number;
  startAt: number;
  middleAt: number;
  endAt: number;
}

/** `none`: in words, why no date can be named. */
export type Consumption = { kind: 'window'; window: ConsumptionWindow } | { kind: 'none'; reason: string };

/** Days to be earlier than the point: an estimate that was learned has its own spread, one by hand is a promise of the label. */
export interface DaysBefore {
  learned: number;
  byHand: number;
}

/** @returns epoch ms, scaled; never before the purchase, but it may be past already */
export function dueAt(window: ConsumptionWindow, point: WindowPoint, before: DaysBefore, timeScale: number): number {
  const at = { start: window.startAt, middle: window.middleAt, end: window.endAt }[point];
  const daysBefore = window.basis === 'byHand' ? before.byHand : before.learned;
  const after = Math.max(0, at - window.orderedAt - daysBefore * DAY_MS);
  return Math.round(window.orderedAt + after / timeScale);
}

/** The dates as they come true under the time scale: start, middle and end. */
export function scaledDates(window: ConsumptionWindow, timeScale: number): Record<WindowPoint, number> {
  const none = { learned: 0, byHand: 0 };
  const at = (point: WindowPoint) => dueAt(window, point, none, timeScale);
  return { start: at('start'), middle: at('middle'), end: at('end') };
}
