/**
 * SMS and MMS by Twilio, https://www.twilio.com/docs/messaging/api/message-resource; the codes are those of
 * https://www.twilio.com/docs/api/errors. Twilio takes no idempotency key, but tells what was sent to a number.
 */
import type { ICredentialDataDecryptedObject } from 'n8n-workflow';
import { fieldText } from '../../fields/fieldText.ts';
import type { SmsMessage } from './outgoing.ts';
import { SEND_ID, type HttpAnswer, type HttpProvider } from './httpProvider.ts';
import type { DeliveryOutcome } from './provider.ts';
import { withoutAddresses } from './withoutAddresses.ts';
import { codeMember, listMember, member, textMember } from './answerJson.ts';
import { commonOutcome, retryAfter, unreadable } from './httpAnswer.ts';

/** Wrong numbers, and such as take no text messages: short codes, premium numbers, landlines. */
const NUMBER_IS_INVALID = new Set([21211, 21265, 21268, 21421, 21614, 21635, 30005, 30006]);
/** The person has answered STOP: for good, until they write START. */
const OPTED_OUT = new Set([21610]);
/** The account, its key, its sender or messaging service: nothing can be sent with them as they are. */
const OPERATOR_IS_NEEDED = new Set([
  10001, 20003, 20005, 20006, 20404, 21212, 21264, 21267, 21603, 21606, 21607, 21609, 21657, 21659, 21660, 21661, 21663,
  21701, 21702, 21703, 21704, 21705, 21709, 30002, 90010,
]);
/** Too much at once, or too much for today. */
const LATER = new Set([14107, 20429, 21611, 30001, 30022, 63038]);
const WAY_OUT = new Map([
  [21408, 'allow the country in the Twilio Console under Messaging, Geo permissions'],
  [21608, 'a trial account writes only to numbers that it has verified'],
  [21612, 'this sender cannot reach the country of the number: add a sender for it'],
  [21617, 'a message has at most 1,600 characters'],
]);

const PAGE_SIZE = 100;
/** Clocks of both sides may differ by this much, ms. */
const CLOCK_TOLERANCE_MS = 60_000;

export const twilio: HttpProvider<SmsMessage> = {
  name: 'twilio',
  displayName: 'Twilio',
  channel: 'sms',
  credential: 'commerceTwilioApi',
  // Twilio queues by itself what a sender cannot send at once (https://help.twilio.com/articles/115002943027).
  pace: { concurrency: 10, perSecond: 50 },
  request(message, credential) {
    const sender = fieldText(credential.sender).trim();
    const form = new URLSearchParams({ To: message.to, Body: message.text });
    form.append(/^MG[0-9a-f]{32}$/i.test(sender) ? 'MessagingServiceSid' : 'From', sender);
    for (const url of message.mediaUrls ?? []) form.append('MediaUrl', url);
    const callback = statusCallback(fieldText(credential.deliveryEventsUrl).trim(), message.sendId);
    if (callback) form.append('StatusCallback', callback);
    return {
      method: 'POST',
      path: messagesPath(credential),
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
    };
  },
  outcome,
  repeat: {
    kind: 'lookup',
    // Newest first. Not by date: a message that is still queued has no date of sending.
    request: (message, credential) => ({
      method: 'GET',
      path: messagesPath(credential),
      query: { To: message.to, PageSize: String(PAGE_SIZE) },
    }),
    found,
  },
};

const messagesPath = (credential: ICredentialDataDecryptedObject) =>
  `/2010-04-01/Accounts/${encodeURIComponent(fieldText(credential.accountSid).trim())}/Messages.json`;

function statusCallback(url: string, sendId: string): string | null {
  if (!url) return null;
  return `${url}${url.includes('?') ? '&' : '?'}${SEND_ID}=${encodeURIComponent(sendId)}`;
}

function outcome(answer: HttpAnswer): DeliveryOutcome {
  const { status, json } = answer;
  if (status >= 200 && status < 300) {
    const sid = textMember(json, 'sid');
    if (sid) return { kind: 'sent', providerMessageId: sid };
    return unreadable(answer, twilio);
  }
  const code = codeMember(json, 'code');
  const said = textMember(json, 'message');
  // From 500 on Twilio may have the message: it can be asked.
  if (code === null || status >= 500) return commonOutcome(answer, twilio, said);
  const wayOut = WAY_OUT.get(code);
  const error = `Twilio ${code}: ${withoutAddresses(said)}${wayOut ? ` – ${wayOut}` : ''}`;
  if (OPTED_OUT.has(code)) return { kind: 'refused', error, recipient: 'opted_out' };
  if (NUMBER_IS_INVALID.has(code)) return { kind: 'refused', error, recipient: 'invalid' };
  if (OPERATOR_IS_NEEDED.has(code) || status === 401 || status === 403) return { kind: 'misconfigured', error };
  if (LATER.has(code) || status === 429) return { kind: 'temporary', serverWide: true, error, ...retryAfter(answer) };
  return { kind: 'refused', error };
}

/**
 * Strict, for Twilio keeps no data of ours with a message: the same text to this number since we began is ours. It never had it
 * only if it has sent nothing at all to this number since: links can be shortened and characters replaced on the way.
 */
function found(answer: HttpAnswer, message: SmsMessage, startedAt: number) {
  if (answer.status !== 200 || !Array.isArray(member(answer.json, 'messages'))) return undefined;
  const since = startedAt - CLOCK_TOLERANCE_MS;
  const messages = listMember(answer.json, 'messages').map((one) => ({
    sid: textMember(one, 'sid'),
    text: textMember(one, 'body'),
    isOurs: textMember(one, 'direction').startsWith('outbound') && textMember(one, 'to') === message.to,
    createdAt: Date.parse(textMember(one, 'date_created')),
  }));
  const recent = messages.filter(({ isOurs, createdAt }) => isOurs && !(createdAt < since));
  const same = recent.find(({ sid, text }) => sid !== '' && text === message.text);
  if (same) return { providerMessageId: same.sid };
  const seesAll = messages.length < PAGE_SIZE || messages.some(({ createdAt }) => createdAt < since);
  return recent.length === 0 && seesAll ? null : undefined;
}
