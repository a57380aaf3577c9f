/** When something happened in a browser, whose clock can be wrong by years. */
import { readTime } from '../textValues.ts';

/** A page that has been open for longer than this tells nothing new. */
const OLDEST_MS = 24 * 3600_000;

/**
 * The browser says when something happened and when it sent it; the time between is right, whatever its clock says.
 *
 * @param at RFC 3339 by the browser's clock @param sentAt of the request, by the same clock @param receivedAt epoch ms
 * @returns epoch ms by our clock, never in the future, at most a day ago; the receipt where the browser's times are none
 */
export function browserTime(at: unknown, sentAt: unknown, receivedAt: number): number {
  const happened = readTime(at);
  const sent = readTime(sentAt);
  if (happened === null || sent === null || happened > sent) return receivedAt;
  return receivedAt - Math.min(sent - happened, OLDEST_MS);
}
