/** Numbers and names as people read them, and what stands in the place of what is not known. */
import type { RfmSegment } from '../../domain/rfm/segments.ts';
import { currencyExponent } from '../../domain/money.ts';
import { html, type Markup } from '../gateway/pages/markup.ts';
import { exactMoney } from './eventWords.ts';

export const count = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 0 });

export const decimal = (value: number, digits = 1): string =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** @param share 0 to 1 */
export const percent = (share: number, digits = 1): string => `${decimal(100 * share, digits)} %`;

/** Whole units of the currency: cents would hide them in a table. @param currency null: there is none yet */
export function money(minor: number, currency: string | null): string {
  if (currency === null) return count(minor);
  const amount = minor / 10 ** (currencyExponent(currency) ?? 2);
  return amount.toLocaleString('en', { style: 'currency', currency, maximumFractionDigits: 0 });
}

/** Of single orders, which may be small: with cents, also where it is a mean. @param currency null: there is none yet */
export const price = (minor: number, currency: string | null): string =>
  currency === null ? count(minor) : exactMoney(Math.round(minor), currency);

/** `potential_loyalist` is potential loyalist. */
export const segmentName = (segment: RfmSegment): string =>
  segment === 'cant_lose' ? 'can’t lose' : segment.replaceAll('_', ' ');

/** 1 to 5, so that the highest is darkest and only nothing is white. */
export function shade(value: number, highest: number): string {
  return value <= 0 || highest <= 0 ? '' : `s${Math.max(1, Math.ceil((5 * value) / highest))}`;
}

/** A sentence in the place of numbers. */
export const nothing = (sentence: string): Markup => html`<p class="nothing">${sentence}</p>`;

export const NEVER =
  'not enough data: this has not been calculated yet. It is once a day, and at once by POST /v1/scores/refresh.';
