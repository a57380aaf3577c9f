/** What a check of the send gate can hold against a message. */

/** Stable codes, in the order in which they are given (CONTRACT section 3). */
export const SEND_REASONS = [
  'goal_reached',
  'already_sent',
  'no_address',
  'invalid_address',
  'bounced',
  'complained',
  'no_consent',
  'unsubscribed',
  'wrong_track',
  'promo_pause',
  'open_ticket',
  'disengaged',
  'out_of_stock',
  'min_gap',
  'frequency_cap',
  'abandonment_sms_limit',
  'priority_journey',
  'quiet_hours',
  'holdout',
  'erased',
  'paused',
] as const;
export type SendReason = (typeof SEND_REASONS)[number];

/** With `until` (epoch ms) the message may go out after that. */
export interface Objection {
  reason: SendReason;
  until?: number;
}

export const when = (condition: boolean, reason: SendReason): Objection[] => (condition ? [{ reason }] : []);
