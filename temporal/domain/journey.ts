/** What a Journey Trigger defines and what a Journey Wait asks for, as plain data. */
import type { AudienceSchedule } from './audienceSchedule.ts';
import type { WindowPoint } from './consumptionWindow.ts';
import type { EventType } from './event.ts';
import type { ReplenishmentDue } from './replenishmentDue.ts';

export const FILTER_OPERATORS = [
  'equals',
  'notEquals',
  'contains',
  'greaterThan',
  'lessThan',
  'exists',
  'notExists',
  'isTrue',
  'isFalse',
  'oneOf',
] as const;
export type FilterOperator = (typeof FILTER_OPERATORS)[number];

/** One condition on an event, e.g. `{ path: 'properties.valueMinor', operator: 'greaterThan', value: '5000' }`. */
export interface EventFilter {
  path: string;
  operator: FilterOperator;
  /** Of `oneOf` several, with commas between them. */
  value?: string;
}

/** An event type with conditions that all have to hold. */
export interface EventRule {
  type: EventType;
  filters: EventFilter[];
}

/** Entry again while a run is open. */
export type ReentryRule = 'ignore' | 'restart' | 'parallel';
/** Entry again after the last run has closed; a cool-down counts from the last entry. */
export type EnterAgainRule = 'always' | 'cooldown' | 'never';

/** Who may come in: whoever has, or has not, ordered before the event that brings them in. */
export type AllowedCustomers = 'withoutOrder' | 'withOrder';

export interface JourneyDefinition {
  key: string;
  name: string;
  entries: EventRule[];
  /** An audience enters at due times, beside whoever `entries` bring in. */
  schedule?: AudienceSchedule;
  /** Customers are told of when a purchase of theirs runs out; `entries` say so, too. */
  replenishmentDue?: ReplenishmentDue;
  /** Only for products that are expected to run out and do not come by a subscription. */
  onlyReplenishable?: true;
  reentry: ReentryRule;
  /**
   * For `parallel`: path in the entry event whose value becomes the entry key, e.g. `properties.orderId`; several values, such as
   * those of `properties.items.productId`, begin one run each.
   */
  entryKeyPath?: string;
  enterAgain: EnterAgainRule;
  /** ms, before the time scale. */
  cooldownMs: number;
  exits: EventRule[];
  /** Everybody when left out. */
  customers?: AllowedCustomers;
  /** Higher goes first when several journeys want the same customer. */
  priority: number;
  /** ms, never scaled: an entry event older than this at receipt counts but starts nothing. */
  maxEventAgeMs: number;
}

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

export type WaitSpec = (
  | { kind: 'duration'; ms: number }
  | { kind: 'event'; events: EventRule[]; maxMs: number | null }
  | { kind: 'date'; at: string }
  | { kind: 'localTime'; time: string; weekdays: IsoWeekday[]; zone?: string }
  | ReplenishmentWait
  | { kind: 'preferredHour'; fallback: string; weekdays: IsoWeekday[]; zone?: string }
) & {
  /** The journey's entry event, coming again, starts this wait anew. */
  restartable: boolean;
};

/** How the customer left the last wait; `entered` for the first segment. */
export type SegmentOutcome = 'entered' | 'elapsed' | 'event';

export type RunStatus = 'running' | 'completed' | 'exited' | 'cancelled' | 'failed';
export type JourneyState = 'active' | 'paused' | 'unpublished';

/** Of the canvas: products were removed and the cart is empty now; kept as `removed_from_cart` with this condition. */
export const CART_IS_EMPTY: EventFilter = { path: 'properties.cartEmpty', operator: 'isTrue' };

/** A rule in the operator's words; values are left out, for they may come from a customer's item. */
export function ruleLabel({ type, filters }: EventRule): string {
  const others = filters.filter((filter) => filter.path !== CART_IS_EMPTY.path);
  const name = others.length < filters.length ? `${type} (cart emptied)` : type;
  return others.length > 0 ? `${name} with conditions` : name;
}
