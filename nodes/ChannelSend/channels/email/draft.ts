/** An e-mail from the fields of one item and the texts that the service has rendered. */
import type { MessageSource, MessageTracking, RenderedMessage } from '../../../transport/contract/messages.ts';
import type { SendCategory } from '../../../transport/contract/sends.ts';
import type { EmailMessage } from '../../providers/outgoing.ts';
import { fieldText } from '../../../fields/fieldText.ts';
import { singleLine } from '../../../fields/singleLine.ts';
import type { ChannelDraft } from '../channel.ts';
import type { ItemFields } from '../../../sends/itemFields.ts';
import { translationsOf } from '../translations.ts';

interface MailSender {
  name: string;
  address: string;
  replyTo: string;
}

const GIVE_DEFAULTS = 'Give the values in it a default, for example {{ customer.firstName | default: "there" }}.';

/** @throws NodeOperationError when a field lacks something */
export function emailDraft(fields: ItemFields, category: SendCategory): ChannelDraft<EmailMessage> {
  const sender = {
    name: fields.line('fromName'),
    address: fields.line('fromEmail'),
    replyTo: fields.option('replyTo'),
  };
  if (!isAddress(sender.address)) {
    throw fields.error(
      `The sender "${sender.address}" is not an e-mail address`,
      'Set "From Email" to an address of your own domain, for example hello@example.com.',
    );
  }
  if (sender.replyTo && !isAddress(sender.replyTo)) {
    throw fields.error(
      `The address for answers "${sender.replyTo}" is not an e-mail address`,
      'Set "Reply To" to one address, or remove the option.',
    );
  }
  const source = sourceOf(fields);
  if (!source.html && !source.mjml && !source.text) {
    throw fields.error('The message is empty', 'Fill in "HTML", "MJML" or "Text".');
  }
  const to = fields.option('to');
  const tracking = trackingOf(fields);
  return {
    source,
    ...(tracking ? { tracking } : {}),
    ...(to ? { address: to } : {}),
    details: { fromName: sender.name, fromEmail: sender.address, replyTo: sender.replyTo },
    outgoing(rendered, address, sendId) {
      const message = emailOf(sender, category, rendered, address, sendId);
      if (message.subject === '') throw fields.error('Nothing is left of the subject for this customer', GIVE_DEFAULTS);
      if (message.text === '' && !message.html) {
        throw fields.error('Nothing is left of the message for this customer', GIVE_DEFAULTS);
      }
      return message;
    },
  };
}

function sourceOf(fields: ItemFields): MessageSource {
  const isMjml = fields.text('markup') === 'mjml';
  return {
    ...textsOf((name) => fields.text(name), isMjml),
    ...translationsOf(fields, (field) => textsOf(field, isMjml)),
  };
}

/** Only what is filled in. */
function textsOf(field: (name: string) => string, isMjml: boolean): MessageSource {
  const names = ['subject', 'preheader', isMjml ? 'mjml' : 'html', 'text'] as const;
  const filled = names.map((name) => [name, field(name)] as const).filter(([, text]) => text.trim() !== '');
  return Object.fromEntries(filled);
}

const UTM_FIELDS = ['source', 'medium', 'campaign', 'content', 'term'] as const;

/** What is not said is as the service's settings have it. */
function trackingOf(fields: ItemFields): MessageTracking | undefined {
  const tracking: MessageTracking = {};
  const opens = fields.optionValue('trackOpens');
  const clicks = fields.optionValue('trackClicks');
  if (typeof opens === 'boolean') tracking.opens = opens;
  if (typeof clicks === 'boolean') tracking.clicks = clicks;
  const { tags = {} } = (fields.optionValue('utm') ?? {}) as { tags?: Record<string, unknown> };
  const utm = UTM_FIELDS.map((name) => [name, fieldText(tags[name])]).filter(([, value]) => value?.trim());
  if (utm.length > 0) tracking.utm = Object.fromEntries(utm) as Record<string, string>;
  if (fields.optionValue('addUtm') === false) tracking.utm = false;
  return Object.keys(tracking).length > 0 ? tracking : undefined;
}

/** The Message-ID is made from the send's id: a mail program shows a repeated delivery once. */
export function emailOf(
  sender: MailSender,
  category: SendCategory,
  rendered: RenderedMessage,
  to: string,
  sendId: string,
): EmailMessage {
  const html = rendered.html.trim();
  const headers = Object.entries(rendered.headers ?? {}).map(([name, value]) => [name, singleLine(value)]);
  return {
    sendId,
    from: { name: sender.name, address: sender.address },
    to: singleLine(to),
    ...(sender.replyTo ? { replyTo: sender.replyTo } : {}),
    subject: singleLine(rendered.subject),
    ...(html ? { html } : {}),
    text: rendered.text.trim(),
    messageId: `<${sendId}@${sender.address.slice(sender.address.lastIndexOf('@') + 1)}>`,
    ...(headers.length > 0 ? { headers: Object.fromEntries(headers) as Record<string, string> } : {}),
    category,
  };
}

const isAddress = (text: string): boolean => /^[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\]+$/.test(text);
