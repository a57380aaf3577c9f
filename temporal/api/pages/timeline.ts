/** What happened, one thing under the other, each with its time. */
import { html, type Markup, type Part } from '../gateway/pages/markup.ts';

export interface TimelineEntry {
  /** Epoch ms. */
  at: number;
  /** What it is about, for the eye: the same words for the same kind. */
  kind: string;
  title: Part;
  /** Items of a list. */
  list?: Part;
  details?: readonly Part[];
  /** Something went wrong, or was held back. */
  tone?: 'plain' | 'good' | 'held' | 'wrong';
}

export const timeline = (entries: readonly TimelineEntry[]): Markup =>
  html`<ol class="timeline">
    ${entries.map(
      ({ at, kind, title, list = null, details = [], tone = 'plain' }) =>
        html`<li class="${tone}">
          <p class="when">${moment(at)} <span class="kind">${kind}</span></p>
          <p class="what">${title}</p>
          ${list} ${details.map((detail) => html`<p class="hint">${detail}</p>`)}
        </li>`,
    )}
  </ol>`;

/** UTC to the second. @param at epoch ms, or RFC 3339 */
export function moment(at: number | string): Markup {
  const time = new Date(at).toISOString();
  return html`<time datetime="${time}">${time.slice(0, 19).replace('T', ' ')}</time>`;
}

/** UTC to the minute; a dash for none. */
export const minute = (at: number | string | null): Markup | string => {
  if (at === null) return '–';
  const time = new Date(at).toISOString();
  return html`<time datetime="${time}">${time.slice(0, 16).replace('T', ' ')}</time>`;
};

/** How long from now until then, roughly: `in 3 h`, `2 d ago`. Epoch ms. */
export function fromNow(at: number, now: number): string {
  const ms = Math.abs(at - now);
  const [size, unit] = SIZES.find(([least]) => ms >= least) ?? [1000, 's'];
  const length = `${Math.round(ms / size)} ${unit}`;
  return at >= now ? `in ${length}` : `${length} ago`;
}

const SIZES: readonly (readonly [number, string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
];
