/**
 * OneSignal's "Create message" for push, https://documentation.onesignal.com/reference/push-notification, and what its answers
 * look like: https://documentation.onesignal.com/reference/idempotent-notification-requests for a key that was seen before.
 */
import { randomUUID } from 'node:crypto';
import type { ProviderAnswer, ProviderHandler } from './faultyServer.ts';
import { Type } from 'typebox';
import { faultsOf, strict } from './strictBody.ts';

const text = Type.String({ minLength: 1 });
const byLanguage = strict({ en: text, de: Type.Optional(text) });
const content = {
  app_id: text,
  contents: byLanguage,
  headings: Type.Optional(byLanguage),
  url: Type.Optional(text),
  big_picture: Type.Optional(text),
  chrome_web_image: Type.Optional(text),
  ios_attachments: Type.Optional(Type.Record(Type.String(), text)),
  data: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]))),
  ttl: Type.Optional(Type.Integer({ minimum: 0 })),
  idempotency_key: Type.Optional(
    Type.String({ pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$' }),
  ),
};
/** One way of targeting in a request, and aliases only with the channel. */
const notification = Type.Union([
  strict({
    ...content,
    include_aliases: strict({ external_id: Type.Array(text, { minItems: 1 }) }),
    target_channel: Type.Literal('push'),
  }),
  strict({
    ...content,
    include_subscription_ids: Type.Array(text, { minItems: 1 }),
    target_channel: Type.Optional(Type.Literal('push')),
  }),
]);

export class OneSignalApi {
  readonly appId = '5eb5a37e-b458-11e3-ac11-000c2940e62c';
  readonly apiKey = 'os_v2_app_test';
  /** External IDs and subscriptions that get push messages. */
  readonly recipients = new Set<string>();
  /** External IDs that are known, with no device that gets push messages. */
  readonly unsubscribed = new Set<string>();
  /** What goes out: twice the same key is once. */
  readonly sent: string[] = [];
  readonly #answers = new Map<string, ProviderAnswer>();

  readonly handler: ProviderHandler = ({ method, path, query, headers, json }) => {
    if (headers.authorization !== `Key ${this.apiKey}`) {
      return {
        status: 403,
        body: { errors: ["Access denied.  Please include an 'Authorization: ...' header with a valid API key"] },
      };
    }
    // https://documentation.onesignal.com/reference/view-messages
    if (method === 'GET' && path === '/notifications' && query.app_id === this.appId) {
      return { body: { total_count: 0, offset: 0, limit: 1, notifications: [] } };
    }
    if (method !== 'POST' || path !== '/notifications') return { status: 404, body: { errors: ['Not found'] } };
    const mistake = faultsOf(notification, json);
    if (mistake) return { status: 400, body: { errors: [mistake] } };
    const { app_id: appId, idempotency_key: key = randomUUID(), ...rest } = json as Body;
    if (appId !== this.appId)
      return { status: 400, body: { errors: ['app_id not found. You may be missing a Content-Type'] } };
    const before = this.#answers.get(key);
    if (before) return before;
    const answer = this.#create(rest);
    this.#answers.set(key, answer);
    return answer;
  };

  #create({
    include_aliases: aliases,
    include_subscription_ids: ids,
  }: Omit<Body, 'app_id' | 'idempotency_key'>): ProviderAnswer {
    const [to = ''] = aliases?.external_id ?? ids ?? [];
    if (this.recipients.has(to)) {
      this.sent.push(to);
      return { body: { id: randomUUID(), external_id: null } };
    }
    if (this.unsubscribed.has(to)) return { body: { id: '', errors: ['All included players are not subscribed'] } };
    return aliases
      ? { body: { id: '', errors: { invalid_aliases: { external_id: [to] } } } }
      : { body: { id: '', errors: { invalid_player_ids: [to] } } };
  }
}

interface Body {
  app_id: string;
  idempotency_key?: string;
  include_aliases?: { external_id: string[] };
  include_subscription_ids?: string[];
}
