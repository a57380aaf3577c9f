/**
 * E-mail by Postmark: POST /email (postmarkapp.com/developer/api/email-api), asked afterwards with GET /messages/outbound by
 * metadata (postmarkapp.com/support/article/1125-custom-metadata-faq).
 */
import { fieldText } from '../../fields/fieldText.ts';
import { codeMember, listMember, member, textMember } from './answerJson.ts';
import { commonOutcome, unreadable } from './httpAnswer.ts';
import { mailbox } from './mailbox.ts';
import type { EmailMessage } from './outgoing.ts';
import { SEND_ID, type HttpProvider } from './httpProvider.ts';
import type { DeliveryOutcome } from './provider.ts';
import { withoutAddresses } from './withoutAddresses.ts';

/** postmarkapp.com/developer/api/overview#error-codes: what concerns account, sender or stream, and so every message. */
const OF_THE_ACCOUNT = new Set([10, 400, 401, 405, 412, 413, 1226, 1235]);
const MAINTENANCE = 100;
const INVALID_REQUEST = 300;
const INACTIVE_RECIPIENT = 406;
const RATE_LIMIT = 429;

export const postmark: HttpProvider<EmailMessage> = {
  name: 'postmark',
  displayName: 'Postmark',
  channel: 'email',
  credential: 'commercePostmarkApi',
  // No limit is published; a 429 comes without Retry-After.
  pace: { concurrency: 5, perSecond: 0 },

  request: ({ sendId, from, to, replyTo, subject, text, html, headers = {}, category }, credential) => ({
    method: 'POST',
    path: '/email',
    body: {
      From: mailbox(from),
      To: to,
      ...(replyTo ? { ReplyTo: replyTo } : {}),
      Subject: subject,
      TextBody: text,
      ...(html === undefined ? {} : { HtmlBody: html }),
      ...(Object.keys(headers).length > 0
        ? { Headers: Object.entries(headers).map(([Name, Value]) => ({ Name, Value })) }
        : {}),
      // Postmark wants marketing in a broadcast stream.
      MessageStream:
        category === 'marketing'
          ? fieldText(credential.marketingStream) || 'broadcast'
          : fieldText(credential.transactionalStream) || 'outbound',
      Metadata: { [SEND_ID]: sendId },
      TrackOpens: false,
      TrackLinks: 'None',
    },
  }),

  outcome(answer) {
    const code = codeMember(answer.json, 'ErrorCode');
    const id = textMember(answer.json, 'MessageID');
    const said = textMember(answer.json, 'Message');
    if (code === null) return answer.status < 300 ? unreadable(answer, postmark) : commonOutcome(answer, postmark);
    // 200 alone says nothing: the code decides.
    if (code === 0) return id ? { kind: 'sent', providerMessageId: id } : unreadable(answer, postmark);
    if (answer.status >= 500 || answer.status === 401) return commonOutcome(answer, postmark, said);
    return errorOutcome(code, `Postmark answers ${code}: ${withoutAddresses(said)}`, said);
  },

  repeat: {
    kind: 'lookup',
    request: ({ sendId }) => ({
      method: 'GET',
      path: '/messages/outbound',
      query: { count: '1', offset: '0', [`metadata_${SEND_ID}`]: sendId },
    }),
    found({ status, json }) {
      if (status !== 200 || !Array.isArray(member(json, 'Messages'))) return undefined;
      const [message] = listMember(json, 'Messages');
      if (message === undefined) return null;
      const id = textMember(message, 'MessageID');
      return id ? { providerMessageId: id } : undefined;
    },
  },
};

function errorOutcome(code: number, error: string, said: string): DeliveryOutcome {
  if (code === MAINTENANCE || code === RATE_LIMIT) return { kind: 'temporary', serverWide: true, error };
  if (OF_THE_ACCOUNT.has(code)) return { kind: 'misconfigured', error };
  // Bounced for good, complained or suppressed before, in this stream.
  if (code === INACTIVE_RECIPIENT) return { kind: 'refused', error, recipient: 'invalid' };
  if (code === INVALID_REQUEST && /'From'/i.test(said)) return { kind: 'misconfigured', error };
  if (code === INVALID_REQUEST && /'To'/i.test(said)) return { kind: 'refused', error, recipient: 'invalid' };
  return { kind: 'refused', error };
}
