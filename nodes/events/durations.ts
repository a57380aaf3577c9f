/** Amounts of time as the operator enters them. */
import type { INodePropertyOptions } from 'n8n-workflow';

export const durationUnits: INodePropertyOptions[] = [
  { name: 'Minutes', value: 'minutes' },
  { name: 'Hours', value: 'hours' },
  { name: 'Days', value: 'days' },
  { name: 'Weeks', value: 'weeks' },
];

const UNIT_MS: Record<string, number> = {
  minutes: 60_000,
  hours: 3_600_000,
  days: 86_400_000,
  weeks: 604_800_000,
};

/** @returns ms, or null when amount or unit make no sense */
export function durationMs(amount: unknown, unit: unknown): number | null {
  const unitMs = UNIT_MS[String(unit)];
  const count = typeof amount === 'string' && amount.trim() !== '' ? Number(amount) : amount;
  if (unitMs === undefined || typeof count !== 'number' || !Number.isFinite(count) || count < 0) return null;
  return Math.round(count * unitMs);
}
