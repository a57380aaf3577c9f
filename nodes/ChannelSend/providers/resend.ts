/**
 * E-mail by Resend: POST /emails (resend.com/docs/api-reference/emails/send-email). The idempotency key is the send's id: within
 * 24 hours a repeated request sends nothing (resend.com/docs/dashboard/emails/idempotency-keys).
 */
import { textMember } from './answerJson.ts';
import { commonOutcome, unreadable } from './httpAnswer.ts';
import { mailbox } from './mailbox.ts';
import type { EmailMessage } from './outgoing.ts';
import { SEND_ID, type HttpProvider } from './httpProvider.ts';
import { withoutAddresses } from './withoutAddresses.ts';

const HOUR_MS = 3_600_000;

export const resend: HttpProvider<EmailMessage> = {
  name: 'resend',
  displayName: 'Resend',
  channel: 'email',
  credential: 'commerceResendApi',
  // resend.com/docs/api-reference/rate-limit: 2 requests in a second for each team.
  pace: { concurrency: 2, perSecond: 2 },
  // An hour less than they keep it, for clocks that differ.
  repeat: { kind: 'key', rememberedMs: 23 * HOUR_MS },

  request: ({ sendId, from, to, replyTo, subject, text, html, headers, category }) => ({
    method: 'POST',
    path: '/emails',
    // Without a User-Agent Resend answers 403.
    headers: { 'Idempotency-Key': sendId, 'User-Agent': 'commerce-journeys' },
    body: {
      from: mailbox(from),
      to: [to],
      ...(replyTo ? { reply_to: [replyTo] } : {}),
      subject,
      text,
      ...(html === undefined ? {} : { html }),
      ...(headers ? { headers } : {}),
      // ASCII letters, digits, _ and - only; both have no others.
      tags: Object.entries({ [SEND_ID]: sendId, category }).map(([name, value]) => ({ name, value })),
    },
  }),

  // resend.com/docs/api-reference/errors
  outcome(answer) {
    const id = textMember(answer.json, 'id');
    const name = textMember(answer.json, 'name');
    const said = textMember(answer.json, 'message');
    if (answer.status >= 200 && answer.status < 300) {
      return id !== '' ? { kind: 'sent', providerMessageId: id } : unreadable(answer, resend);
    }
    const error = `Resend answers ${answer.status} ${name}`.trim();
    switch (name) {
      case 'invalid_idempotent_request':
        // A mail with this key has gone out within 24 hours; this one only was rendered anew, with other words or links.
        return { kind: 'sent', providerMessageId: null };
      case 'concurrent_idempotent_requests':
        return { kind: 'temporary', serverWide: false, maybeSent: true, error };
      case 'daily_quota_exceeded':
      case 'monthly_quota_exceeded':
        // No matter of seconds, whatever Retry-After says.
        return { kind: 'temporary', serverWide: true, error, retryAfterMs: HOUR_MS };
      case 'invalid_from_address':
      case 'invalid_access':
      case 'invalid_region':
        return { kind: 'misconfigured', error: `${error}: ${withoutAddresses(said)}` };
      case 'validation_error':
        if (/api key is invalid/i.test(said))
          return { kind: 'misconfigured', error: 'Resend does not know the API key' };
    }
    const outcome = commonOutcome(answer, resend, said);
    const isRecipient = outcome.kind === 'refused' && /invalid `?to`?\b/i.test(said);
    return isRecipient ? { ...outcome, recipient: 'invalid' } : outcome;
  },
};
