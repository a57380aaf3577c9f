/**
 * WhatsApp by Meta's Cloud API, https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages;
 * errors are sorted by their code, as
 * https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes asks for, not by the status.
 * A 200 means accepted: whether it arrived comes by webhook. There is no idempotency key and nothing to look up.
 */
import type { IDataObject } from 'n8n-workflow';
import { fieldText } from '../../fields/fieldText.ts';
import { withoutAddresses } from './withoutAddresses.ts';
import { codeMember, listMember, textMember } from './answerJson.ts';
import { commonOutcome, retryAfter, unreadable } from './httpAnswer.ts';
import type { WhatsAppMessage, WhatsAppTemplate } from './outgoing.ts';
import type { HttpAnswer, HttpProvider } from './httpProvider.ts';
import type { DeliveryOutcome } from './provider.ts';

/** 4 and 80007: calls; 130429: throughput; 131048: too many were blocked; 131056: too many to this person. */
const THROTTLED = new Set([4, 80007, 130429, 131048, 131056, 133016]);
/** Of these the pause is about this one person. */
const OF_THIS_PERSON = new Set([131056]);
const NOT_AVAILABLE = new Set([2, 131000, 131016, 131057, 133004]);
/** Token, permissions, account, phone number, payment. */
const OPERATOR_IS_NEEDED = new Set([
  0, 3, 10, 33, 190, 368, 131005, 131031, 131037, 131042, 131045, 133000, 133005, 133006, 133008, 133009, 133010,
  133015,
]);
/** The person has stopped marketing messages of this shop. */
const OPTED_OUT = new Set([131050]);
const WAY_OUT = new Map([
  // Says nothing for good about the number.
  [131026, 'not on WhatsApp, an old version, or terms not accepted: Meta does not say which'],
  [131047, 'the customer has not written within 24 hours: send an approved template'],
  [131049, 'Meta limits the marketing messages that a person gets of all shops: this one was left out'],
  [132000, 'give as many parameters as the template has variables'],
  [
    132001,
    'no approved template has this name in this language: compare with the WhatsApp Manager, also "en" with "en_US"',
  ],
  [132005, 'the text with its parameters is too long'],
  [132007, 'a parameter breaks the rules of templates'],
  [132012, 'a parameter has another type or name than the template wants'],
  [132015, 'Meta has paused the template for its quality: edit it in the WhatsApp Manager'],
  [132016, 'Meta has disabled the template: use another one'],
]);

export const whatsApp: HttpProvider<WhatsAppMessage> = {
  name: 'whatsapp',
  displayName: 'WhatsApp Cloud API',
  channel: 'whatsapp',
  credential: 'commerceWhatsAppApi',
  // A number sends 80 messages a second, https://developers.facebook.com/documentation/business-messaging/whatsapp/throughput
  pace: { concurrency: 10, perSecond: 50 },
  request(message, credential) {
    const [version, number] = [credential.apiVersion, credential.phoneNumberId].map((part) =>
      encodeURIComponent(fieldText(part).trim()),
    );
    return { method: 'POST', path: `/${version}/${number}/messages`, body: bodyOf(message) };
  },
  outcome,
  repeat: { kind: 'never' },
};

function bodyOf({ to, sendId, text = '', template }: WhatsAppMessage): IDataObject {
  const content = template
    ? { type: 'template', template: templateOf(template) }
    : { type: 'text', text: { preview_url: /https?:\/\//.test(text), body: text } };
  return {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    to,
    ...content,
    // Comes back with each status: so they find the send even when its answer was lost.
    biz_opaque_callback_data: sendId,
  };
}

function templateOf({ name, language, header, body, buttons }: WhatsAppTemplate): IDataObject {
  const components: IDataObject[] = [];
  if (header) components.push({ type: 'header', parameters: [headerParameter(header)] });
  if (body.length > 0) {
    const parameters = body.map(({ name: parameter, text }) => ({
      type: 'text',
      ...(parameter ? { parameter_name: parameter } : {}),
      text,
    }));
    components.push({ type: 'body', parameters });
  }
  for (const { index, type, value } of buttons) {
    const parameter = type === 'url' ? { type: 'text', text: value } : { type: 'payload', payload: value };
    components.push({ type: 'button', sub_type: type, index: String(index), parameters: [parameter] });
  }
  return { name, language: { code: language }, ...(components.length > 0 ? { components } : {}) };
}

const headerParameter = ({ type, value }: NonNullable<WhatsAppTemplate['header']>): IDataObject =>
  type === 'text' ? { type, text: value } : { type, [type]: { link: value } };

function outcome(answer: HttpAnswer): DeliveryOutcome {
  const { status, json } = answer;
  if (status >= 200 && status < 300) {
    const id = textMember(listMember(json, 'messages')[0], 'id');
    if (id) return { kind: 'sent', providerMessageId: id };
    return unreadable(answer, whatsApp);
  }
  const code = codeMember(json, 'error', 'code');
  const said = textMember(json, 'error', 'error_data', 'details') || textMember(json, 'error', 'message');
  if (code === null) return commonOutcome(answer, whatsApp, said);
  const wayOut = WAY_OUT.get(code);
  const error = `WhatsApp ${code}: ${withoutAddresses(said)}${wayOut ? ` – ${wayOut}` : ''}`;
  if (OPTED_OUT.has(code)) return { kind: 'refused', error, recipient: 'opted_out' };
  if (THROTTLED.has(code) || NOT_AVAILABLE.has(code)) {
    return { kind: 'temporary', serverWide: !OF_THIS_PERSON.has(code), error, ...retryAfter(answer) };
  }
  if (OPERATOR_IS_NEEDED.has(code) || (code >= 200 && code <= 299) || status === 401)
    return { kind: 'misconfigured', error };
  return status >= 500 ? commonOutcome(answer, whatsApp, said) : { kind: 'refused', error };
}
