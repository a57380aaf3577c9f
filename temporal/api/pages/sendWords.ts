/** What was decided about a message, why, and what became of it, in the operator's words. */
import type { Channel, ConsentState } from '../../domain/event.ts';
import type { SendReason } from '../../domain/gate/objection.ts';
import type { SendStatus } from '../../domain/sendStatus.ts';

export const CHANNEL_NAMES: Readonly<Record<Channel, string>> = {
  email: 'E-mail',
  sms: 'SMS',
  whatsapp: 'WhatsApp',
  push: 'Push',
};

export const channelName = (channel: string): string => CHANNEL_NAMES[channel as Channel] ?? channel;

const REASONS: Readonly<Record<SendReason, string>> = {
  goal_reached: 'the goal is reached: what ends the journey has happened',
  already_sent: 'it has been sent already',
  no_address: 'no address is known for this channel',
  invalid_address: 'the address is not valid',
  bounced: 'mail to this address came back',
  complained: 'the customer has called our mail spam',
  no_consent: 'the customer has not agreed to marketing on this channel',
  unsubscribed: 'the customer has unsubscribed from this channel',
  wrong_track: 'the customer wants to hear of other subjects only',
  promo_pause: 'a purchase that an ad brought was a short time ago: promotions pause',
  open_ticket: 'the customer waits for an answer of the support: promotions wait until the ticket is closed',
  disengaged: 'the customer has not opened or clicked anything for long',
  out_of_stock: 'nothing that the message is about can be had',
  min_gap: 'the last message on this channel was too short a time ago',
  frequency_cap: 'the customer has had as many messages as the policy allows',
  abandonment_sms_limit: 'there has been an SMS about this cart already',
  priority_journey: 'the customer is in a more urgent journey',
  quiet_hours: 'it is night, or a quiet day, where the customer is',
  holdout: 'the customer belongs to the control group, which gets no marketing',
  erased: 'the address belongs to somebody who was erased',
  paused: 'the journey, or everything, is paused',
};

/** A code that is not known here is shown as it is. */
export const reasonWords = (reason: string): string => REASONS[reason as SendReason] ?? reason;

const STATUSES: Readonly<Record<SendStatus, string>> = {
  claimed: 'let out, not begun yet',
  started: 'handed to the provider, no answer yet',
  sent: 'sent',
  failed: 'failed',
  unknown: 'perhaps sent: the provider’s answer was lost, so it is not repeated',
  delivered: 'delivered',
  bounced: 'bounced',
  complained: 'called spam',
};

export const statusWords = (status: string): string => STATUSES[status as SendStatus] ?? status;

export const CONSENT_WORDS: Readonly<Record<ConsentState, string>> = {
  subscribed: 'subscribed',
  unsubscribed: 'unsubscribed',
  never: 'never said anything',
};
