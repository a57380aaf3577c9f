/** Channel Send on push messages. */
import type { IDataObject } from 'n8n-workflow';
import { fieldText } from '../../../fields/fieldText.ts';
import type { MessageSource, RenderedMessage } from '../../../transport/contract/messages.ts';
import type { PushMessage } from '../../providers/outgoing.ts';
import type { ChannelDraft, SendChannel } from '../channel.ts';
import type { ItemFields } from '../../../sends/itemFields.ts';
import { requireText, wordsOf } from '../plainText.ts';
import { translationsOf } from '../translations.ts';
import { pushOptions, pushProperties } from './properties.ts';

const HOUR_SECONDS = 3600;
/** Names of what goes to the app, among the rendered texts. */
const DATA = 'data.';
/** Firebase keeps these for itself: https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages */
const RESERVED_KEY = /^(from|message_type|google.*|gcm.*)$/;

export const push: SendChannel<PushMessage> = {
  channel: 'push',
  displayName: 'push',
  usualProvider: 'fcm',
  properties: pushProperties,
  options: pushOptions,
  testPlaceholder: 'e.g. the token of your own device',
  fieldNames: { title: 'title', text: 'text', url: 'link', imageUrl: 'picture URL' },
  draft: pushDraft,
  asTest: (rendered) => ({ ...rendered, text: `[Test] ${rendered.text}` }),
  preview: ({ to, title, text, url = '', imageUrl = '', data }) => ({ to, title, text, url, imageUrl, data }),
};

/** @throws NodeOperationError when a field lacks something */
function pushDraft(fields: ItemFields): ChannelDraft<PushMessage> {
  requireText(fields);
  const { to, toKind } = recipientOf(fields);
  const extra = { ...optional('url', fields.option('url')), ...optional('imageUrl', fields.option('imageUrl')) };
  const source = { ...textsOf((name) => fields.text(name)), ...translationsOf(fields, textsOf) };
  const expiresAfter = fields.optionValue('expiresAfter');
  return {
    source: { ...source, fields: { ...source.fields, ...extra, ...dataOf(fields) } },
    // Push messages have no address among the customer's own: an empty one is one that is missing.
    ...(to ? { address: to } : {}),
    outgoing: (rendered, address, sendId) => ({
      ...{ sendId, to: address, toKind, text: wordsOf(rendered, fields) },
      ...partsOf(rendered),
      ...(typeof expiresAfter === 'number' ? { ttlSeconds: Math.round(expiresAfter * HOUR_SECONDS) } : {}),
    }),
  };
}

function recipientOf(fields: ItemFields): { to: string; toKind: PushMessage['toKind'] } {
  if (fields.text('provider') !== 'onesignal') return { to: fields.line('device'), toKind: 'device' };
  return fields.text('recipient') === 'device'
    ? { to: fields.line('subscriptionId'), toKind: 'device' }
    : { to: fields.line('externalId'), toKind: 'externalId' };
}

function textsOf(field: (name: string) => string): MessageSource {
  const title = optional('title', field('title'));
  return { ...optional('text', field('text')), ...(title.title ? { fields: title } : {}) };
}

const optional = (name: string, text: string): Record<string, string> => (text.trim() ? { [name]: text } : {});

function dataOf(fields: ItemFields): Record<string, string> {
  const { values = [] } = (fields.optionValue('data') ?? {}) as { values?: IDataObject[] };
  const entries = values.map(({ key, value }) => [fieldText(key).trim(), fieldText(value)] as const);
  for (const [key] of entries) {
    if (!/^[\w.-]+$/.test(key) || RESERVED_KEY.test(key)) {
      throw fields.error(
        `"${key}" cannot be the key of a value for the app`,
        'Keys are letters, digits, "_", "-" and "."; "from", "message_type" and what begins with "google" or "gcm" are taken.',
      );
    }
  }
  return Object.fromEntries(entries.map(([key, value]) => [`${DATA}${key}`, value]));
}

function partsOf({ fields = {} }: RenderedMessage): Pick<PushMessage, 'title' | 'url' | 'imageUrl' | 'data'> {
  const { title = '', url = '', imageUrl = '' } = fields;
  const data = Object.entries(fields).flatMap(([name, value]) =>
    name.startsWith(DATA) ? [[name.slice(DATA.length), value] as const] : [],
  );
  return {
    title: title.trim(),
    ...optional('url', url.trim()),
    ...optional('imageUrl', imageUrl.trim()),
    data: Object.fromEntries(data),
  };
}
