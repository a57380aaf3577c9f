/** How many customers are in which segment now, by the one that they were in before. */
import { isoDay } from '../utcDay.ts';
import { SEGMENTS, type RfmSegment } from './segments.ts';

export interface Movement {
  /** UTC days, such as 2026-10-23. */
  from: string;
  to: string;
  /** Those who are anywhere now, and only pairs with somebody in them; `from: null`: had not ordered then. */
  moves: { from: RfmSegment | null; to: RfmSegment; customers: number }[];
}

/** Places in the count: those who had not ordered, then the segments. */
const PLACE = new Map<RfmSegment | null, number>([null, ...SEGMENTS].map((segment, index) => [segment, index]));
const WIDTH = PLACE.size;

export class Moves {
  readonly #counts = new Float64Array(WIDTH * WIDTH);

  add(from: RfmSegment | null, to: RfmSegment): void {
    const at = (PLACE.get(from) ?? 0) * WIDTH + (PLACE.get(to) ?? 0);
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
  }

  /** @param from as `utcDay` */
  result(from: number, to: number): Movement {
    const moves: Movement['moves'] = [];
    for (const before of [null, ...SEGMENTS]) {
      for (const now of SEGMENTS) {
        const customers = this.#counts[(PLACE.get(before) ?? 0) * WIDTH + (PLACE.get(now) ?? 0)] ?? 0;
        if (customers > 0) moves.push({ from: before, to: now, customers });
      }
    }
    return { from: isoDay(from), to: isoDay(to), moves };
  }
}
