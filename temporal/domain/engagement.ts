/**
 * Does a customer read what the shop sends? The last two marketing messages that arrived, on whatever channel: both opened by a
 * person or clicked, and paid retargeting tells the customer nothing new (FEATURES 75).
 *
 * - Arrived is what was delivered, or sent where nobody tells of deliveries (SMTP); not what bounced, failed or is unknown. With
 *   fewer than two there is no signal.
 * - Engaged with is, on e-mail, push and WhatsApp, what a person opened or clicked; on SMS, of which nobody sees whether it was read, what
 *   was clicked. An opening by a machine (a mail program that loads all images, a scanner) says nothing. What was complained about was
 *   not welcome, opened or not.
 */
import type { Channel, ConsentState } from './event.ts';

export interface ArrivedMessage {
  sendId: string;
  channel: Channel;
  /** Epoch ms. */
  sentAt: number;
  openedAt: number | null;
  clickedAt: number | null;
  isComplained: boolean;
}

/** How many messages the signal looks at. */
export const MESSAGES_LOOKED_AT = 2;

export const isEngagedWith = ({ openedAt, clickedAt, isComplained }: ArrivedMessage): boolean =>
  !isComplained && (openedAt !== null || clickedAt !== null);

/** @param newest the last messages that arrived, as many as there are of `MESSAGES_LOOKED_AT` */
export const lastTwoEngaged = (newest: readonly ArrivedMessage[]): boolean =>
  newest.length >= MESSAGES_LOOKED_AT && newest.every(isEngagedWith);

/**
 * Only of subscribers: whoever has unsubscribed since from the channels of these messages is reached by nothing but advertisements.
 */
export function suppressesRetargeting(
  newest: readonly ArrivedMessage[],
  stateOf: (channel: Channel) => ConsentState,
): boolean {
  return lastTwoEngaged(newest) && newest.some(({ channel }) => stateOf(channel) === 'subscribed');
}
