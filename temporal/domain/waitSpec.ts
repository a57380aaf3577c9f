/** What a Journey Wait asks for, as plain data. */
import type { WindowPoint } from './consumptionWindow.ts';
import type { EventRule } from './eventRule.ts';

/** ISO weekdays, 1 = Monday … 7 = Sunday. */
export type IsoWeekday = 1 | 2 | 3 | 4 | 5 | 6 | 7;

/** Until the customer's last purchase of a product is expected to run out; planned anew when they buy it again meanwhile. */
export interface ReplenishmentWait {
  kind: 'replenishment';
  /** Left out: the product that the run is about. */
  productId?: string;
  /** Left out: as bought. */
  quantity?: number;
  point: WindowPoint;
  /** Days earlier than the point, where the window was learned, and where it was set by hand. */
  daysBeforeLearned: number;
  daysBeforeByHand: number;
  /** How long to wait when no date can be named; null: that is an error of the item. */
  otherwiseMs: number | null;
}

/** For `from` of a duration. */
export const FROM_ENTRY = 'entry';

export type WaitSpec =
  /** `from`: counts from the entry event, or from a date (RFC 3339); left out: from when the customer gets there. */
  (
    | { kind: 'duration'; ms: number; from?: string }
    | { kind: 'event'; events: EventRule[]; maxMs: number | null }
    | { kind: 'date'; at: string }
    | { kind: 'localTime'; time: string; weekdays: IsoWeekday[]; zone?: string }
    | ReplenishmentWait
    | { kind: 'preferredHour'; fallback: string; weekdays: IsoWeekday[]; zone?: string }
  ) & {
    /** The journey's entry event, coming again, starts this wait anew. */
    restartable: boolean;
  };
