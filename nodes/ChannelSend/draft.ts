/** One item's message: the question to the send gate, and the way from its answer to what the provider gets. */
import type { IExecuteFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { fieldText } from '../fields/fieldText.ts';
import { gateQuestion } from '../sends/gateQuestion.ts';
import { ItemFields } from '../sends/itemFields.ts';
import type { AuthorizeAnswer, AuthorizeItem } from '../transport/contract/sends.ts';
import type { RenderedMessage } from '../transport/contract/messages.ts';
import type { ChannelDraft, GateFacts, SendChannel } from './channels/channel.ts';
import { sendChannel } from './channels/channels.ts';
import type { WebhookMessage } from './providers/outgoing.ts';
import { providerOf, providersOf } from './providers/registry.ts';
import type { Provider } from './providers/provider.ts';

/** What all items of a node share. */
export interface SendWay {
  channel: SendChannel;
  provider: Provider;
}

export interface Draft {
  testAddress: string;
  gate: AuthorizeItem;
  /** As the channel makes it, for the eye. */
  preview: ChannelDraft['outgoing'];
  /** As the provider gets it. */
  outgoing: ChannelDraft['outgoing'];
}

/** @throws NodeOperationError when channel and provider do not go together */
export function sendWayOf(context: IExecuteFunctions): SendWay {
  const channel = sendChannel(fieldText(context.getNodeParameter('channel', 0, 'email')));
  const name = fieldText(context.getNodeParameter('provider', 0, channel.usualProvider));
  const provider = providerOf(channel.channel, name);
  if (provider) return { channel, provider };
  const known = providersOf(channel.channel).map(({ displayName }) => displayName);
  throw new NodeOperationError(context.getNode(), `The provider "${name}" sends no ${channel.displayName}`, {
    description: `Choose one under "Provider": ${known.join(', ')}.`,
  });
}

/** @throws NodeOperationError when the item or a field lacks something */
export function draftOf(
  context: IExecuteFunctions,
  { channel, provider }: SendWay,
  itemIndex: number,
  isTest: boolean,
): Draft {
  const fields = new ItemFields(context, itemIndex);
  const question = gateQuestion(context, fields, itemIndex, isTest);
  const draft = channel.draft(fields, question.category);
  const gate: AuthorizeItem = {
    ...question,
    channel: channel.channel,
    provider: provider.name,
    repeatable: provider.isRepeatable,
    ...(draft.address ? { address: draft.address } : {}),
    ...(draft.freeForm ? { freeForm: true } : {}),
    message: { ...draft.source, data: fields.json, ...(draft.tracking ? { tracking: draft.tracking } : {}) },
  };
  const asWebhook: Draft['outgoing'] = (rendered, to, sendId, facts) =>
    webhookMessage(gate, draft, rendered, to, sendId, facts);
  return {
    testAddress: fields.option('testAddress'),
    gate,
    preview: draft.outgoing,
    outgoing: provider.channel === 'any' ? asWebhook : draft.outgoing,
  };
}

function webhookMessage(
  { customerId, channel, category }: AuthorizeItem,
  { details = {} }: ChannelDraft,
  { subject, html, text, fields = {}, headers = {} }: RenderedMessage,
  to: string,
  sendId: string,
  { freeFormUntil }: GateFacts,
): WebhookMessage {
  const window: Record<string, string> = freeFormUntil ? { freeFormUntil } : {};
  return {
    sendId,
    to,
    customerId,
    channel,
    category,
    subject,
    html,
    text,
    fields: { ...details, ...window, ...fields },
    headers,
  };
}

/** What the gate says about one item, as an error of that item. */
export function gateError(
  context: IExecuteFunctions,
  { channel: { fieldNames } }: SendWay,
  answer: AuthorizeAnswer,
  itemIndex: number,
): NodeOperationError {
  const { path = '', message = '' } = answer.error ?? {};
  if (path.endsWith('/freeForm')) {
    return new NodeOperationError(context.getNode(), 'The customer has not written within the last 24 hours', {
      itemIndex,
      description:
        'WhatsApp takes free text only for so long after a customer’s last message. Set "Message" to a template, or to free text with a template outside of that time.',
    });
  }
  const [, inMessage] = /\/message\/(.+)$/.exec(path) ?? [];
  if (inMessage === undefined) {
    return new NodeOperationError(context.getNode(), message, {
      itemIndex,
      description: `The journeys service refused this send (${path})`,
    });
  }
  const [, language, inTranslation] = /^translations\/([^/]+)\/(.+)$/.exec(inMessage) ?? [];
  const [part = ''] = (inTranslation ?? inMessage).replace(/^fields\//, '').split('/');
  const where = language === undefined ? '' : ` in "${language}"`;
  return new NodeOperationError(
    context.getNode(),
    `The ${fieldNames[part] ?? part}${where} cannot be rendered: ${message}`,
    { itemIndex, description: 'Texts are Liquid templates: check the tags and filters in this field.' },
  );
}
