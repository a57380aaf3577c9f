/** Channel Send on WhatsApp: approved templates, and free text while the customer's 24 hours last. */
import { fieldText } from '../../../fields/fieldText.ts';
import type { RenderedMessage } from '../../../transport/contract/messages.ts';
import type { WhatsAppMessage, WhatsAppTemplate } from '../../providers/outgoing.ts';
import type { ChannelDraft, SendChannel } from '../channel.ts';
import type { ItemFields } from '../../../sends/itemFields.ts';
import { plainSource, wordsOf } from '../plainText.ts';
import { whatsAppOptions, whatsAppProperties } from './properties.ts';

/** A message needs this long to reach Meta while the window is open (ms). */
const ON_THE_WAY_MS = 60_000;
const MOST_PARAMETERS = 50;
const MOST_BUTTONS = 10;

const bodyField = (place: number) => `body${place + 1}`;
const buttonField = (place: number) => `button${place + 1}`;
const names = (count: number, field: (place: number) => string, name: string) =>
  Object.fromEntries(Array.from({ length: count }, (_, place) => [field(place), `${name} ${place + 1}`]));

export const whatsapp: SendChannel<WhatsAppMessage> = {
  channel: 'whatsapp',
  displayName: 'WhatsApp',
  usualProvider: 'whatsapp',
  properties: whatsAppProperties,
  options: whatsAppOptions,
  testPlaceholder: 'e.g. +436601234567',
  fieldNames: {
    text: 'text',
    header: 'header value',
    ...names(MOST_PARAMETERS, bodyField, 'body parameter'),
    ...names(MOST_BUTTONS, buttonField, 'value of button'),
  },
  draft: whatsAppDraft,
  asTest: (rendered) => ({ ...rendered, text: rendered.text && `[Test] ${rendered.text}` }),
  preview: ({ to, text, template }) => ({ to, ...(template ? { template: { ...template } } : { text }) }),
};

/** @throws NodeOperationError when a field lacks something */
function whatsAppDraft(fields: ItemFields): ChannelDraft<WhatsAppMessage> {
  const kind = fields.text('whatsAppMessage');
  const template = kind === 'text' ? null : templateDraft(fields);
  const to = fields.option('to');
  const text = kind === 'template' ? {} : plainSource(fields);
  return {
    source: { ...text, ...(template ? { fields: template.sources } : {}) },
    ...(to ? { address: to } : {}),
    ...(template ? {} : { freeForm: true }),
    outgoing(rendered, address, sendId, { freeFormUntil }) {
      const isTemplate = template !== null && (kind === 'template' || !isOpen(freeFormUntil));
      if (isTemplate) return { sendId, to: address, template: template.filled(rendered) };
      return { sendId, to: address, text: wordsOf(rendered, fields) };
    },
  };
}

/** undefined: the made-up customer of a manual test, who has just written. */
const isOpen = (until: string | null | undefined): boolean =>
  until === undefined || (until !== null && Date.parse(until) - Date.now() > ON_THE_WAY_MS);

interface TemplateDraft {
  name: string;
  language: string;
  /** To be rendered. */
  sources: Record<string, string>;
  /** @throws NodeOperationError when a parameter comes out empty */
  filled(rendered: RenderedMessage): WhatsAppTemplate;
}

function templateDraft(fields: ItemFields): TemplateDraft {
  const name = fields.line('templateName');
  const language = fields.line('templateLanguage').replace('-', '_');
  if (!/^[a-z0-9_]+$/.test(name)) {
    throw fields.error(
      `"${name}" is not the name of a template`,
      'Set "Template" to the name in the WhatsApp Manager: small letters, digits and "_".',
    );
  }
  if (!/^[a-z]{2,3}(_[A-Z]{2,4})?$/.test(language)) {
    throw fields.error(
      `"${language}" is not a language of templates`,
      'Set "Template Language" as the WhatsApp Manager writes it, for example en_US or de.',
    );
  }
  const headerType = fields.text('templateHeader') as 'none' | NonNullable<WhatsAppTemplate['header']>['type'];
  const body = fields
    .rows('templateBody.parameter')
    .map((row) => ({ name: fieldText(row.name).trim(), text: fieldText(row.text) }));
  const buttons = fields.rows('templateButtons.button').map((row) => ({
    index: Number(row.index ?? 0),
    type: row.type === 'quick_reply' ? ('quick_reply' as const) : ('url' as const),
    value: fieldText(row.value),
  }));
  const sources = {
    // Rendered to themselves: a template without parameters has nothing else.
    ...{ template: name, language },
    ...(headerType === 'none' ? {} : { header: fields.text('templateHeaderValue') }),
    ...Object.fromEntries(body.map(({ text }, place) => [bodyField(place), text])),
    ...Object.fromEntries(buttons.map(({ value }, place) => [buttonField(place), value])),
  };
  return {
    ...{ name, language, sources },
    filled({ fields: texts = {} }) {
      const filled = (field: string): string => {
        const text = (texts[field] ?? '').replace(/\s+/g, ' ').trim();
        if (text) return text;
        throw fields.error(
          `The ${whatsapp.fieldNames[field] ?? field} of the template "${name}" is empty for this customer`,
          'WhatsApp takes no empty parameters. Give the value a default, for example {{ customer.firstName | default: "there" }}.',
        );
      };
      return {
        ...{ name, language },
        ...(headerType === 'none' ? {} : { header: { type: headerType, value: filled('header') } }),
        body: body.map((parameter, place) => ({
          ...(parameter.name ? { name: parameter.name } : {}),
          text: filled(bodyField(place)),
        })),
        buttons: buttons.map(({ index, type }, place) => ({ index, type, value: filled(buttonField(place)) })),
      };
    },
  };
}
