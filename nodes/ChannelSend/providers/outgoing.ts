/** Messages as they go to a provider, by channel. All texts are rendered already; addresses are normalised. */
import type { Channel } from '../../transport/contract/messages.ts';
import type { SendCategory } from '../../transport/contract/sends.ts';

interface Outgoing {
  /** Id of the send: the same for each attempt; providers that take an idempotency key or own data get it. */
  sendId: string;
  /** E-mail address, phone number in E.164, push token or the like. */
  to: string;
}

export interface EmailMessage extends Outgoing {
  from: { name: string; address: string };
  replyTo?: string;
  subject: string;
  html?: string;
  text: string;
  /** With angle brackets. */
  messageId: string;
  /** List-Unsubscribe and the like, to be sent as they are. */
  headers?: Record<string, string>;
  category: SendCategory;
}

export interface SmsMessage extends Outgoing {
  text: string;
  /** Pictures (MMS). */
  mediaUrls?: string[];
}

export interface WhatsAppTemplate {
  name: string;
  /** As Meta writes it: `en_US`. */
  language: string;
  /** Texts for {{1}}, {{2}} … of the body, or by name. */
  body: Array<{ name?: string; text: string }>;
  header?: { type: 'text' | 'image' | 'video' | 'document'; value: string };
  /** What a button with a variable part in its address or a quick reply gets, by its place from 0. */
  buttons: Array<{ index: number; type: 'url' | 'quick_reply'; value: string }>;
}

export interface WhatsAppMessage extends Outgoing {
  /** Free-form text: only within 24 hours after the customer's last message. */
  text?: string;
  template?: WhatsAppTemplate;
}

export interface PushMessage extends Outgoing {
  /** What `to` is: one device (a token or a subscription), or the person by the shop's own id. */
  toKind: 'device' | 'externalId';
  title: string;
  text: string;
  /** What a tap opens. */
  url?: string;
  imageUrl?: string;
  /** For the app. */
  data: Record<string, string>;
  ttlSeconds?: number;
}

/** For a service of the operator's own: everything that is known, as JSON. */
export interface WebhookMessage extends Outgoing {
  channel: Channel;
  category: SendCategory;
  customerId: string;
  subject: string;
  html: string;
  text: string;
  fields: Record<string, string>;
  headers: Record<string, string>;
}

export type OutgoingMessage = EmailMessage | SmsMessage | WhatsAppMessage | PushMessage | WebhookMessage;
