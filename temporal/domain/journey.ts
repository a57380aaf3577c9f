/** What a Journey Trigger defines, as plain data. */
import type { AudienceSchedule } from './audienceSchedule.ts';
import type { EventRule } from './eventRule.ts';
import type { ReplenishmentDue } from './replenishmentDue.ts';

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

/** How the customer left the last wait; `entered` for the first segment. */
export type SegmentOutcome = 'entered' | 'elapsed' | 'event';

export type RunStatus = 'running' | 'completed' | 'exited' | 'cancelled' | 'failed';
export type JourneyState = 'active' | 'paused' | 'unpublished';
