/** What one person likes, put together: channel, price, hour and categories; and what is usual in the shop, learned from everybody. */
import type { Channel } from '../event.ts';
import type { WindowLengths } from '../reports/attribution.ts';
import { categoryInterests, type CategoryInterest, type Interest } from './categoryInterest.ts';
import {
  channelAffinity,
  channelEvidence,
  ChannelsLearner,
  type ChannelAffinity,
  type ReceivedMessage,
  type ShopChannels,
} from './channelAffinity.ts';
import { hourEvidence, HoursLearner, preferredHour, type ShopHours } from './preferredHour.ts';
import {
  priceEvidence,
  priceSensitivity,
  PricesLearner,
  type PricedOrder,
  type PriceSensitivity,
  type ShopPrices,
} from './priceSensitivity.ts';

export interface OrderEvidence extends PricedOrder {
  /** Epoch ms. */
  at: number;
}

/** All that one person did. */
export interface Evidence {
  messages: ReceivedMessage[];
  orders: OrderEvidence[];
  /** When they were there, as their clock showed it: ms since 1970. */
  localTimes: number[];
  /** Of that clock. */
  zone: string;
  interests: Interest[];
}

export interface ShopHabits {
  channels: ShopChannels;
  prices: ShopPrices;
  hours: { customers: number; shares: ShopHours };
}

export interface Affinity extends ChannelAffinity {
  channel: Channel | null;
  priceSensitivity: PriceSensitivity | null;
  /** 0 to 23; null: too little is known. */
  preferredHour: number | null;
  /** Of the clock that shows the preferred hour; null without one. */
  zone: string | null;
  categories: CategoryInterest[];
}

export interface AffinityRules {
  /** Epoch ms. */
  now: number;
  /** Both scaled. */
  windows: WindowLengths;
  halfLifeMs: number;
}

export class HabitsLearner {
  readonly #channels = new ChannelsLearner();
  readonly #prices = new PricesLearner();
  readonly #hours = new HoursLearner();

  add(evidence: Evidence, { windows }: Pick<AffinityRules, 'windows'>): void {
    this.#channels.add(channelEvidence(evidence.messages, timesOf(evidence), windows));
    this.#prices.add(priceEvidence(evidence.orders));
    this.#hours.add(hourEvidence(evidence.localTimes));
  }

  learned(): ShopHabits {
    return { channels: this.#channels.learned(), prices: this.#prices.learned(), hours: this.#hours.learned() };
  }
}

const timesOf = ({ orders }: Evidence): number[] => orders.map(({ at }) => at);

/** @returns null for somebody of whom nothing can be said */
export function affinityOf(evidence: Evidence, shop: ShopHabits, rules: AffinityRules): Affinity | null {
  const { channel, channels } = channelAffinity(
    channelEvidence(evidence.messages, timesOf(evidence), rules.windows),
    shop.channels,
  );
  const price = priceSensitivity(priceEvidence(evidence.orders), shop.prices);
  const hour = preferredHour(hourEvidence(evidence.localTimes), shop.hours.shares);
  const categories = categoryInterests(evidence.interests, rules.now, rules.halfLifeMs);
  if (Object.keys(channels).length === 0 && price === null && hour === null && categories.length === 0) return null;
  return {
    channel,
    channels,
    priceSensitivity: price,
    preferredHour: hour,
    zone: hour === null ? null : evidence.zone,
    categories,
  };
}
