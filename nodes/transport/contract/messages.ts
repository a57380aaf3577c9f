/** Messages: what they are made of, and what comes out. */
export type Channel = 'email' | 'sms' | 'whatsapp' | 'push';

/** Liquid sources; which of them a channel uses is its own matter. */
export interface MessageSource {
  subject?: string;
  /** The line that inboxes show beside the subject. */
  preheader?: string;
  html?: string;
  /** Instead of `html`. */
  mjml?: string;
  text?: string;
  /** Further texts by name, such as the title of a push message or the parameters of a WhatsApp template. */
  fields?: Record<string, string>;
  /** What stands for the above in the customer's language, by language. */
  translations?: Record<string, Omit<MessageSource, 'translations'>>;
}

/** Of e-mail; what is left out is as the service's settings say. */
export interface MessageTracking {
  opens?: boolean;
  clicks?: boolean;
  /** Added to links into the shop; false: none. Values are Liquid. */
  utm?: false | Partial<Record<'source' | 'medium' | 'campaign' | 'content' | 'term', string>>;
}

export interface RenderedMessage {
  subject: string;
  html: string;
  text: string;
  fields?: Record<string, string>;
  /** To be sent with an e-mail: the way to unsubscribe (RFC 8058). */
  headers?: Record<string, string>;
}
