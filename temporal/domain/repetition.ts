/** "The same product viewed twice within 7 days": an event that counts only when others like it have come. */
import { namedProducts } from './catalogue/interests.ts';

export interface Repetition {
  /** How often in all, this event included; 2 or more. */
  times: number;
  /** ms, before the time scale. */
  withinMs: number;
  /** Only events that name a product that this one names, too. */
  sameProduct: boolean;
}

export interface LikeEvent {
  /** ms from this event to that one, as if time were not scaled: below 0 for an earlier one. */
  distanceMs: number;
  properties: Readonly<Record<string, unknown>>;
}

/**
 * Whether some stretch of `withinMs` that this event lies in has so many. Events may be told in any order: one that comes late
 * completes those after it, too.
 * @param others of the same type and customer, without this one
 */
export function isRepeated(
  { times, withinMs, sameProduct }: Repetition,
  properties: Readonly<Record<string, unknown>>,
  others: readonly LikeEvent[],
): boolean {
  const ids = new Set(namedProducts(properties).map(({ productId }) => productId));
  const counted = others.filter(
    (other) => !sameProduct || namedProducts(other.properties).some(({ productId }) => ids.has(productId)),
  );
  const places = [0, ...counted.map(({ distanceMs }) => distanceMs)].sort((a, b) => a - b);
  return places.some((from) => {
    const to = from + withinMs;
    return from <= 0 && to >= 0 && places.filter((place) => place >= from && place <= to).length >= times;
  });
}
