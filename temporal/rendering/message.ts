/** The parts that a message is made of, as the operator writes them and as a customer gets them. */
import type { Channel } from '../domain/event.ts';

export const UTM_NAMES = ['source', 'medium', 'campaign', 'content', 'term'] as const;
export type UtmName = (typeof UTM_NAMES)[number];

/** Liquid sources; an empty one is as good as none. */
export interface MessageParts {
  subject?: string;
  /** The line that inboxes show beside the subject. */
  preheader?: string;
  html?: string;
  /** Instead of `html`. */
  mjml?: string;
  /** Made from the HTML where there is none. */
  text?: string;
  /** Further texts by name. */
  fields?: Readonly<Record<string, string>>;
}

export interface MessageSource extends MessageParts {
  /** What stands for the parts above in a customer's language, by language tag. */
  translations?: Readonly<Record<string, MessageParts>>;
}

export interface RenderedMessage {
  subject: string;
  html: string;
  text: string;
  fields?: Record<string, string>;
}

const isThere = (source: string | undefined): source is string => source !== undefined && source.trim() !== '';

/** @returns the source; undefined for none */
export const given = (source: string | undefined): string | undefined => (isThere(source) ? source : undefined);

/** Every Liquid source of a message, in whatever language. */
export function sourcesOf({ translations = {}, ...parts }: MessageSource): string[] {
  return [parts, ...Object.values(translations)].flatMap(({ subject, preheader, html, mjml, text, fields = {} }) =>
    [subject, preheader, html, mjml, text, ...Object.values(fields)].filter(isThere),
  );
}

/** The MJML documents among them, each once. */
export function mjmlOf({ translations = {}, mjml }: MessageSource): string[] {
  return [...new Set([mjml, ...Object.values(translations).map((parts) => parts.mjml)].filter(isThere))];
}

/** What a message on a channel cannot be without. @returns a problem's part and words; null: nothing is missing */
export function lacking(channel: Channel, parts: MessageParts): { part: string; message: string } | null {
  const { subject, html, mjml, text, fields = {} } = parts;
  if (isThere(html) && isThere(mjml)) {
    return { part: 'mjml', message: 'is given, and so is the HTML. Keep one of the two' };
  }
  const hasFields = Object.values(fields).some(isThere);
  switch (channel) {
    case 'email':
      if (!isThere(html) && !isThere(mjml) && !isThere(text)) {
        return { part: 'html', message: 'is empty, and so are MJML and text. Write one of them' };
      }
      return isThere(subject) ? null : { part: 'subject', message: 'is empty. An e-mail needs one' };
    case 'sms':
      return isThere(text) ? null : { part: 'text', message: 'is empty. A text message has nothing else' };
    case 'whatsapp':
    case 'push':
      return isThere(text) || hasFields
        ? null
        : { part: 'text', message: 'is empty, and so are the fields. Write one of the two' };
  }
}
