/** Times as clocks in a zone show them, for very many times: a zone's offset is asked for once a day, not for each of them. */
import { offsetMs } from '../gate/recipientClock.ts';

const DAY_MS = 86_400_000;
/** Two years of days in a few hundred zones; beyond it, all is asked for anew. */
const MOST_KEPT = 200_000;

export class LocalTimes {
  /** By zone and UTC day; null: the clock changes on that day. */
  readonly #offsets = new Map<string, number | null>();

  /** @returns ms since 1970 as a clock in the zone shows them */
  at(time: number, zone: string): number {
    return time + (this.#ofDay(Math.floor(time / DAY_MS), zone) ?? offsetMs(time, zone));
  }

  #ofDay(day: number, zone: string): number | null {
    const key = `${zone}/${day}`;
    const known = this.#offsets.get(key);
    if (known !== undefined) return known;
    const first = offsetMs(day * DAY_MS, zone);
    const offset = first === offsetMs((day + 1) * DAY_MS, zone) ? first : null;
    if (this.#offsets.size >= MOST_KEPT) this.#offsets.clear();
    this.#offsets.set(key, offset);
    return offset;
  }
}

/** Files often know only the day, which is read as its first moment: that is no time of day. */
export const isDateOnly = (time: number): boolean => time % DAY_MS === 0;
