/** The period that a page looks back on: days of the calendar up to now, whatever the time scale. */
import { html, type Markup } from '../gateway/pages/markup.ts';
import { MOST_COUNTED, type JourneyWindow } from '../../store/operator/journeyWindow.ts';
import { count } from './shown.ts';
import { minute } from './timeline.ts';

export const PERIODS = [7, 30, 90] as const;
export type Days = (typeof PERIODS)[number];
const USUAL: Days = 30;
const DAY_MS = 86_400_000;

/** @param days of the address; what is none of the periods is the usual one */
export const readDays = (days: unknown): Days => PERIODS.find((one) => String(one) === days) ?? USUAL;

/** Epoch ms. */
export const periodOf = (days: Days, now: number): { from: number; to: number } => ({
  from: now - days * DAY_MS,
  // What happens in this very moment is in it.
  to: now + 1,
});

export const periodChoice = (path: string, chosen: Days): Markup =>
  html`<nav aria-label="Period">
    <ul class="periods">
      ${PERIODS.map(
        (days) =>
          html`<li>
            <a href="${path}?days=${String(days)}" ${days === chosen && html`aria-current="true"`}
              >${String(days)} days</a
            >
          </li>`,
      )}
    </ul>
  </nav>`;

/** Where there is more than can be counted at once. */
export const cutNote = ({ isCut, from }: JourneyWindow): Markup | null =>
  isCut
    ? html`<p class="notice">
        There is more in this period than is counted at once (${count(MOST_COUNTED)} entries, as many messages): figures
        are of what has happened since ${minute(from)}. The whole is in GET /v1/reports/journeys.
      </p>`
    : null;
