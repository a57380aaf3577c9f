/**
 * A service of the operator's own, or any other, on any channel: one POST per message, signed as Standard Webhooks say
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md; the credential signs).
 * The receiver has to take a message with a `webhook-id` that it has seen as the same message.
 */
import { fieldText } from '../../fields/fieldText.ts';
import { codeMember, textMember } from './answerJson.ts';
import { commonOutcome, unreadable } from './httpAnswer.ts';
import type { WebhookMessage } from './outgoing.ts';
import type { HttpAnswer, HttpProvider } from './httpProvider.ts';
import type { DeliveryOutcome } from './provider.ts';

/** What we ask receivers to remember for: longer than any segment is retried. */
const REMEMBERED_MS = 7 * 86_400_000;

export const signedWebhook: HttpProvider<WebhookMessage> = {
  name: 'webhook',
  displayName: 'Signed Webhook',
  channel: 'any',
  credential: 'commerceWebhookApi',
  pace: { concurrency: 5, perSecond: 20 },
  request({ sendId, ...message }, { baseUrl }) {
    return {
      method: 'POST',
      // The credential's address is the whole one, and its last slash matters to some receivers.
      path: fieldText(baseUrl).trim().endsWith('/') ? '/' : '',
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': sendId, 'webhook-id': sendId },
      body: JSON.stringify({ type: 'message.send', data: { sendId, ...message } }),
    };
  },
  outcome,
  repeat: { kind: 'key', rememberedMs: REMEMBERED_MS },
};

function outcome(answer: HttpAnswer, { sendId }: WebhookMessage): DeliveryOutcome {
  const { status, json } = answer;
  const given = textMember(json, 'id') || String(codeMember(json, 'id') ?? '');
  // A page is what a proxy or a wrong address answers, not a receiver of messages.
  if (status < 300 && answer.text.trimStart().startsWith('<')) return unreadable(answer, signedWebhook);
  // 409: it has had this message before.
  if ((status >= 200 && status < 300) || status === 409) return { kind: 'sent', providerMessageId: given || sendId };
  const said = textMember(json, 'detail') || textMember(json, 'message') || textMember(json, 'error');
  const common = commonOutcome(answer, signedWebhook, said);
  return status === 410 && common.kind === 'refused' ? { ...common, recipient: 'invalid' } : common;
}
