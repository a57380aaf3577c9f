/**
 * E-mail by Amazon SES: SendEmail of API v2 (docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html); the credential
 * signs. No idempotency key, and no way to ask: what gets no answer stays unknown. SES puts its own Message-ID in place of ours.
 */
import { fieldText } from '../../fields/fieldText.ts';
import { textMember } from './answerJson.ts';
import { commonOutcome, unreadable } from './httpAnswer.ts';
import { asciiMailbox } from './mailbox.ts';
import type { EmailMessage } from './outgoing.ts';
import { SEND_ID, type HttpProvider } from './httpProvider.ts';
import { withoutAddresses } from './withoutAddresses.ts';

const HOUR_MS = 3_600_000;
/** Of the account, its region or its sender, and so of every message. */
const OF_THE_ACCOUNT = new Set([
  'AccountSuspendedException',
  'SendingPausedException',
  'MailFromDomainNotVerifiedException',
  'NotFoundException',
]);
const TOO_FAST = new Set(['TooManyRequestsException', 'ThrottlingException', 'Throttling', 'LimitExceededException']);

const utf8 = (Data: string) => ({ Data, Charset: 'UTF-8' });

export const ses: HttpProvider<EmailMessage> = {
  name: 'ses',
  displayName: 'Amazon SES',
  channel: 'email',
  credential: 'commerceSesApi',
  // What an account out of the sandbox begins with (docs.aws.amazon.com/ses/latest/dg/quotas.html).
  pace: { concurrency: 10, perSecond: 14 },
  repeat: { kind: 'never' },

  baseUrl: ({ region }) => `https://email.${fieldText(region).trim()}.amazonaws.com`,

  request: ({ sendId, from, to, replyTo, subject, text, html, headers = {}, category }, { configurationSet }) => ({
    method: 'POST',
    path: '/v2/email/outbound-emails',
    body: {
      FromEmailAddress: asciiMailbox(from),
      Destination: { ToAddresses: [to] },
      ...(replyTo ? { ReplyToAddresses: [replyTo] } : {}),
      Content: {
        Simple: {
          Subject: utf8(subject),
          Body: { Text: utf8(text), ...(html === undefined ? {} : { Html: utf8(html) }) },
          ...(Object.keys(headers).length > 0
            ? { Headers: Object.entries(headers).map(([Name, Value]) => ({ Name, Value })) }
            : {}),
        },
      },
      EmailTags: [
        { Name: SEND_ID, Value: sendId },
        { Name: 'category', Value: category },
      ],
      ...(fieldText(configurationSet) ? { ConfigurationSetName: fieldText(configurationSet) } : {}),
    },
  }),

  outcome(answer) {
    const id = textMember(answer.json, 'MessageId');
    if (answer.status >= 200 && answer.status < 300) {
      return id !== '' ? { kind: 'sent', providerMessageId: id } : unreadable(answer, ses);
    }
    const said = textMember(answer.json, 'message') || textMember(answer.json, 'Message');
    // The name stands before an address: `MessageRejected:http://…`.
    const [name = ''] = (answer.headers['x-amzn-errortype'] ?? '').split(':');
    const error = `Amazon SES answers ${name || answer.status}: ${withoutAddresses(said)}`;
    if (TOO_FAST.has(name)) {
      // docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html
      const isDay = /daily message quota/i.test(said);
      return { kind: 'temporary', serverWide: true, error, ...(isDay ? { retryAfterMs: HOUR_MS } : {}) };
    }
    if (OF_THE_ACCOUNT.has(name)) return { kind: 'misconfigured', error };
    // docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html: the sender; in the sandbox the recipient too.
    if (name === 'MessageRejected' && /not verified/i.test(said)) return { kind: 'misconfigured', error };
    return commonOutcome(answer, ses, said);
  },
};
