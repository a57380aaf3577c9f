/**
 * A receiver as https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md describes it: checks the
 * signature over id, timestamp and the raw body, and takes an id that it has seen as the same message.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ProviderAnswer, ProviderHandler } from './faultyServer.ts';

const TOLERANCE_SECONDS = 300;

export class WebhookReceiver {
  readonly secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  /** What it delivers, by id. */
  readonly messages = new Map<string, Record<string, unknown>>();
  /** Answers by recipient. */
  refusals: Record<string, ProviderAnswer> = {};
  /** What it says when it has taken one. */
  answer: ProviderAnswer = { status: 202 };

  readonly handler: ProviderHandler = ({ method, headers, text, json }) => {
    const { 'webhook-id': id = '', 'webhook-timestamp': timestamp = '', 'webhook-signature': given = '' } = headers;
    const key = Buffer.from(this.secret.replace('whsec_', ''), 'base64');
    const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${text}`).digest();
    const isSigned = given.split(' ').some((one) => {
      const [version, signature = ''] = one.split(',');
      const bytes = Buffer.from(signature, 'base64');
      return version === 'v1' && bytes.length === expected.length && timingSafeEqual(bytes, expected);
    });
    const isFresh = Math.abs(Date.now() / 1000 - Number(timestamp)) < TOLERANCE_SECONDS;
    if (!id || !isSigned || !isFresh) return { status: 401, body: { message: 'The signature is wrong' } };
    if (method !== 'POST') return { status: 405 };
    const { type, data } = json as { type: string; data: Record<string, unknown> };
    if (type === 'test') return { status: 204 };
    if (this.messages.has(id)) return { status: 409, body: { id: `m-${id}` } };
    const refusal = this.refusals[String(data.to)];
    if (refusal) return refusal;
    this.messages.set(id, data);
    return this.answer;
  };
}
