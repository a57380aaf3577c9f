/**
 * Journeys that a customer enters when a purchase of theirs runs out: which moment they ask for, and the event that says that it
 * has come. Journeys that ask for the same moment hear of it by the same event.
 */
import type { WindowBasis, WindowPoint } from './consumptionWindow.ts';
import type { EventFilter, EventRule } from './eventRule.ts';

export const REPLENISHMENT_DUE = 'custom:replenishment_due';

export interface ReplenishmentDue {
  point: WindowPoint;
  /** Days earlier than the point, where the window was learned, and where it was set by hand. */
  daysBeforeLearned: number;
  daysBeforeByHand: number;
  /** Of these products; empty: of all. */
  products: string[];
}

/** A moment in a purchase's consumption window. */
export interface DueMoment {
  point: WindowPoint;
  daysBefore: number;
  /** By hand, else learned. */
  byHand: boolean;
}

const BY_HAND: WindowBasis = 'byHand';

export const isByHand = (basis: WindowBasis): boolean => basis === BY_HAND;

export function momentsOf({ point, daysBeforeLearned, daysBeforeByHand }: ReplenishmentDue): DueMoment[] {
  return [
    { point, daysBefore: daysBeforeLearned, byHand: false },
    { point, daysBefore: daysBeforeByHand, byHand: true },
  ];
}

/** What brings customers into a journey that asks for these moments. */
export function dueEntries(due: ReplenishmentDue): EventRule[] {
  return momentsOf(due).map(({ point, daysBefore, byHand }): EventRule => {
    const filters: EventFilter[] = [
      { path: 'properties.point', operator: 'equals', value: point },
      { path: 'properties.daysBefore', operator: 'equals', value: String(daysBefore) },
      { path: 'properties.basis', operator: byHand ? 'equals' : 'notEquals', value: BY_HAND },
    ];
    if (due.products.length > 0) {
      filters.push({ path: 'properties.productId', operator: 'oneOf', value: due.products.join(',') });
    }
    return { type: REPLENISHMENT_DUE, filters };
  });
}
