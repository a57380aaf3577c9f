/** UTC calendar days, in which scores count (CONTRACT section 7). */

export const DAY_MS = 86_400_000;

/** @param time epoch ms @returns days since 1970-01-01 */
export const utcDay = (time: number): number => Math.floor(time / DAY_MS);

/** Such as 2026-11-22. @param day as `utcDay` */
export const isoDay = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
