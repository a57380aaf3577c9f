/** What is told of a message after it went out: by its provider, by its own links, or by whoever sent it. */
import type { Channel } from './event.ts';
import type { SendStatus } from './sendStatus.ts';

/** `failed`: given up for a reason that is not the recipient's, such as a refused sender or a forbidden content. */
export const MESSAGE_EVENT_KINDS = [
  'sent',
  'delivered',
  'opened',
  'clicked',
  'bounced',
  'failed',
  'complained',
  'unsubscribed',
] as const;
export type MessageEventKind = (typeof MESSAGE_EVENT_KINDS)[number];

export type BounceType = 'hard' | 'soft';

export interface MessageEvent {
  /** Within its source: what is told again changes nothing. */
  id: string;
  /** Who tells it: the name of the connection, or of a part of ours. */
  source: string;
  kind: MessageEventKind;
  /** Epoch ms. */
  at: number;
  /** Ours, where the provider has taken it along. */
  sendId?: string | null;
  /** The connection's kind; a send that went another way is none of its business. */
  provider?: string | null;
  providerMessageId?: string | null;
  /** Needed where no send of ours is named: bounces, complaints and opt-outs hold for the address all the same. */
  channel?: Channel;
  address?: string | null;
  url?: string | null;
  /** Opened or clicked by a program: it says nothing about the person. */
  machine?: boolean;
  /** Of bounces; soft when not known. */
  bounceType?: BounceType;
  /** In the provider's words. */
  reason?: string | null;
}

/** What has been told of one send so far; epoch ms, each the earliest that was told. */
export interface Told {
  deliveredAt: number | null;
  openedAt: number | null;
  machineOpenedAt: number | null;
  clickedAt: number | null;
  bouncedAt: number | null;
  bounceType: BounceType | null;
  failedAt: number | null;
  complainedAt: number | null;
  unsubscribedAt: number | null;
}

const first = (known: number | null, at: number): number => (known === null ? at : Math.min(known, at));

/** The same whatever the order of arrival, and however often it is told. */
export function toldMore(told: Told, { kind, at, machine = false, bounceType = 'soft' }: MessageEvent): Told {
  switch (kind) {
    case 'sent':
      return told;
    case 'delivered':
      return { ...told, deliveredAt: first(told.deliveredAt, at) };
    case 'opened':
    case 'clicked': {
      // Whoever has it before them, person or machine, has got it.
      const delivered = { ...told, deliveredAt: first(told.deliveredAt, at) };
      if (machine) return { ...delivered, machineOpenedAt: first(told.machineOpenedAt, at) };
      if (kind === 'opened') return { ...delivered, openedAt: first(told.openedAt, at) };
      return { ...delivered, clickedAt: first(told.clickedAt, at) };
    }
    case 'bounced': {
      if (bounceType === told.bounceType) return { ...told, bouncedAt: first(told.bouncedAt, at) };
      return told.bounceType === 'hard' ? told : { ...told, bouncedAt: at, bounceType };
    }
    case 'failed':
      return { ...told, failedAt: first(told.failedAt, at) };
    case 'complained':
      return { ...told, complainedAt: first(told.complainedAt, at), deliveredAt: first(told.deliveredAt, at) };
    case 'unsubscribed':
      return { ...told, unsubscribedAt: first(told.unsubscribedAt, at) };
  }
}

/**
 * The status of a send of which something has been told: that alone proves that it went out. What is worse stays, but a
 * delivery after a soft bounce shows that a later try went through. Told for the same moment, it is a mail server that took
 * the message and sent it back: a second try takes minutes.
 */
export function toldStatus({ deliveredAt, bouncedAt, bounceType, failedAt, complainedAt }: Told): SendStatus {
  if (complainedAt !== null) return 'complained';
  if (bounceType === 'hard') return 'bounced';
  if (deliveredAt !== null && (bouncedAt === null || deliveredAt > bouncedAt)) return 'delivered';
  if (bouncedAt !== null) return 'bounced';
  return failedAt !== null ? 'failed' : 'sent';
}

/**
 * More soft bounces in a row than this, and the address counts as bounced for good: as at Klaviyo, whose limit is seven.
 * https://help.klaviyo.com/hc/en-us/articles/115005246108
 */
export const SOFT_BOUNCES_IN_A_ROW = 7;

/** @param sends all that were told of to one address @returns how many have softly bounced since the last delivery */
export function softBouncesInARow(sends: readonly Pick<Told, 'deliveredAt' | 'bouncedAt' | 'bounceType'>[]): number {
  const lastDelivery = Math.max(-1, ...sends.map(({ deliveredAt }) => deliveredAt ?? -1));
  return sends.filter(({ bouncedAt, bounceType }) => bounceType === 'soft' && (bouncedAt ?? -1) >= lastDelivery).length;
}
