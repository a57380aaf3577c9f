/** Durations as ISO 8601 writes them, of units that are always equally long: weeks, days, hours, minutes, seconds. */

const SECOND = 1000;
const UNITS = [7 * 86_400 * SECOND, 86_400 * SECOND, 3600 * SECOND, 60 * SECOND, SECOND] as const;
const DURATION = /^P(?!$)(?:(\d+)W)?(?:(\d+)D)?(?:T(?!$)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d+)?)S)?)?$/;
/** Ten years: what is longer is a mistake. */
const LONGEST_MS = 3660 * 86_400 * SECOND;

/** @returns ms above 0; null for anything else, also for months and years, which differ in length */
export function readDuration(text: string): number | null {
  const match = DURATION.exec(text.trim().toUpperCase());
  if (!match) return null;
  const ms = UNITS.reduce((sum, unit, index) => sum + unit * Number((match[index + 1] ?? '0').replace(',', '.')), 0);
  return ms > 0 && ms <= LONGEST_MS ? Math.round(ms) : null;
}
