/** A message that a customer sent to the shop, whoever passes it on. */
import type { InboundChannel } from './ownSources.ts';
import type { SmsKeyword } from './smsKeywords.ts';

export interface InboundMessage {
  /** The provider's, the dedupe key. */
  id: string;
  channel: InboundChannel;
  /** E.164. */
  from: string;
  text: string;
  /** Epoch ms. */
  at: number;
  /** What the provider has understood, by words of its own; else the text decides. */
  keyword?: SmsKeyword;
}
