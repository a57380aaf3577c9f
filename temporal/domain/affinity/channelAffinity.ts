/**
 * On which channel a person answers (FEATURES 37). Each marketing message that arrived is worth what became of it, and a channel's
 * score is what a message on it is worth on the average, shrunk towards what it is worth with everybody: from 0 (never answered) to 1
 * (each brings an order), the same scale for all channels.
 *
 * - Openings by machines are none. Nobody sees whether an SMS was read, so that there only clicks and orders are answers.
 * - Transactional messages are read whatever the channel: they say nothing of it. A message that was complained about is worth nothing.
 */
import { CHANNELS, type Channel } from '../event.ts';
import type { WindowLengths } from '../reports/attribution.ts';
import { CredibilityLearner, rounded, shrunk, type Observations, type ShopMean } from './credibility.ts';
import { broughtBy, type TouchedMessage } from './lastTouch.ts';

/** Our own choice: an order is the aim, a click a step towards it, an opening a glance. */
const WORTH = { order: 1, click: 0.5, open: 0.2 } as const;

export interface ReceivedMessage extends TouchedMessage {
  isMarketing: boolean;
  /** Delivered, or sent where nobody tells of deliveries. */
  hasArrived: boolean;
  isComplained: boolean;
}

export interface ChannelCounts {
  messages: number;
  opened: number;
  clicked: number;
  /** Messages that have brought an order (last touch). */
  ordered: number;
}

interface ChannelEvidence extends ChannelCounts {
  worth: Observations;
}

export type ChannelsEvidence = Partial<Record<Channel, ChannelEvidence>>;

/** @param orderTimes epoch ms, of orders that count */
export function channelEvidence(
  messages: readonly ReceivedMessage[],
  orderTimes: readonly number[],
  windows: WindowLengths,
): ChannelsEvidence {
  const bringers = new Set(orderTimes.flatMap((at) => broughtBy(at, messages, windows)?.id ?? []));
  const evidence: ChannelsEvidence = {};
  for (const message of messages) {
    if (!message.isMarketing || !message.hasArrived) continue;
    const isOpened = message.openedAt !== null;
    const isClicked = message.clickedAt !== null;
    const hasOrdered = bringers.has(message.id);
    const worth = worthOf(message, hasOrdered);
    const of = (evidence[message.channel] ??= {
      ...{ messages: 0, opened: 0, clicked: 0, ordered: 0 },
      worth: { count: 0, sum: 0, sumOfSquares: 0 },
    });
    of.messages += 1;
    of.opened += isOpened ? 1 : 0;
    of.clicked += isClicked ? 1 : 0;
    of.ordered += hasOrdered ? 1 : 0;
    of.worth.count += 1;
    of.worth.sum += worth;
    of.worth.sumOfSquares += worth * worth;
  }
  return evidence;
}

function worthOf({ isComplained, channel, openedAt, clickedAt }: ReceivedMessage, hasOrdered: boolean): number {
  if (hasOrdered) return WORTH.order;
  if (isComplained) return 0;
  if (clickedAt !== null) return WORTH.click;
  return openedAt !== null && channel !== 'sms' ? WORTH.open : 0;
}

export type ShopChannels = Record<Channel, ShopMean>;

export class ChannelsLearner {
  readonly #learners = Object.fromEntries(CHANNELS.map((channel) => [channel, new CredibilityLearner()])) as Record<
    Channel,
    CredibilityLearner
  >;

  add(evidence: ChannelsEvidence): void {
    for (const channel of CHANNELS) {
      const of = evidence[channel];
      if (of) this.#learners[channel].add(of.worth);
    }
  }

  learned(): ShopChannels {
    return Object.fromEntries(CHANNELS.map((channel) => [channel, this.#learners[channel].learned()])) as ShopChannels;
  }
}

export interface ChannelScore extends ChannelCounts {
  /** 0 to 1. */
  score: number;
}

export interface ChannelAffinity {
  /** The channel that they answer best; null: they have not answered on any yet. */
  channel: Channel | null;
  /** Those on which messages have arrived. */
  channels: Partial<Record<Channel, ChannelScore>>;
}

export function channelAffinity(evidence: ChannelsEvidence, shop: ShopChannels): ChannelAffinity {
  const channels: ChannelAffinity['channels'] = {};
  let best: Channel | null = null;
  for (const channel of CHANNELS) {
    const of = evidence[channel];
    if (!of) continue;
    const { worth, ...counts } = of;
    const score = rounded(shrunk(shop[channel], worth) ?? 0);
    channels[channel] = { score, ...counts };
    if (worth.sum > 0 && (best === null || score > (channels[best]?.score ?? 0))) best = channel;
  }
  return { channel: best, channels };
}
