/**
 * E-mail by Twilio SendGrid: POST /v3/mail/send (twilio.com/docs/sendgrid/api-reference/mail-send/mail-send).
 * No idempotency key, and what was sent can only be asked with a paid add-on: what gets no answer stays unknown.
 */
import { listMember, textMember } from './answerJson.ts';
import { commonOutcome } from './httpAnswer.ts';
import type { EmailMessage } from './outgoing.ts';
import { SEND_ID, type HttpProvider } from './httpProvider.ts';
import { withoutAddresses } from './withoutAddresses.ts';

export const sendGrid: HttpProvider<EmailMessage> = {
  name: 'sendgrid',
  displayName: 'SendGrid',
  channel: 'email',
  credential: 'commerceSendGridApi',
  // No limit is published for this route; a 429 says when it is reached.
  pace: { concurrency: 10, perSecond: 0 },
  repeat: { kind: 'never' },

  request: ({ sendId, from, to, replyTo, subject, text, html, headers }) => ({
    method: 'POST',
    path: '/v3/mail/send',
    body: {
      // Values of custom_args have to be text; they come back with each event.
      personalizations: [{ to: [{ email: to }], custom_args: { [SEND_ID]: sendId } }],
      from: { email: from.address, ...(from.name ? { name: from.name } : {}) },
      ...(replyTo ? { reply_to: { email: replyTo } } : {}),
      subject,
      // text/plain has to stand before text/html, and none may be empty, or it is a 400.
      content: [
        { type: 'text/plain', value: text },
        { type: 'text/html', value: html },
      ].filter(({ value }) => value),
      ...(headers ? { headers } : {}),
      // The journeys service has its own links, picture and way to unsubscribe, or none at all.
      tracking_settings: {
        click_tracking: { enable: false, enable_text: false },
        open_tracking: { enable: false },
        subscription_tracking: { enable: false },
      },
    },
  }),

  outcome(answer) {
    const { status, headers, json } = answer;
    if (status === 202) {
      // Taken, body empty. The id is in this header only; events carry it with a suffix.
      return { kind: 'sent', providerMessageId: headers['x-message-id'] || null };
    }
    const errors = listMember(json, 'errors').map((error) => ({
      field: textMember(error, 'field'),
      message: textMember(error, 'message'),
    }));
    const said = errors.map(({ message, field }) => (field ? `${field}: ${message}` : message)).join(' ');
    const outcome = commonOutcome(answer, sendGrid, said);
    if (status !== 400) return outcome;
    if (errors.some(({ field }) => field.startsWith('from'))) {
      return { kind: 'misconfigured', error: `SendGrid does not take the sender: ${withoutAddresses(said)}` };
    }
    const isRecipient = errors.some(({ field }) => /^personalizations\.0\.to\b/.test(field));
    return outcome.kind === 'refused' && isRecipient ? { ...outcome, recipient: 'invalid' } : outcome;
  },
};
