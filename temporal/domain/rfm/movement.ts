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

export class Moves {
  readonly #counts = new Map<string, Movement['moves'][number]>();

  add(from: RfmSegment | null, to: RfmSegment): void {
    const key = `${from} ${to}`;
    const move = this.#counts.get(key);
    if (move) move.customers++;
    else this.#counts.set(key, { from, to, customers: 1 });
  }

  /** @param from as `utcDay` */
  result(from: number, to: number): Movement {
    const place = (segment: RfmSegment | null) => (segment === null ? -1 : SEGMENTS.indexOf(segment));
    const moves = [...this.#counts.values()].sort(
      (one, other) => place(one.from) - place(other.from) || place(one.to) - place(other.to),
    );
    return { from: isoDay(from), to: isoDay(to), moves };
  }
}
