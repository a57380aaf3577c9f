/**
 * A Shopify shop as its documentation describes it: webhook subscriptions by GraphQL, tokens by client credentials, faults on demand.
 * https://shopify.dev/docs/api/admin-graphql/latest · https://shopify.dev/docs/api/usage/limits
 */
import { createHmac } from 'node:crypto';
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';

export const TOKEN = 'shpat_test';
export const API_SECRET = 'shpss_test_secret';

export interface Subscription {
  id: string;
  topic: string;
  uri: string;
  format: string;
}

/** What the next request gets instead of its answer. */
export type Fault =
  | { status: number; body?: unknown; headers?: Record<string, string> }
  | 'html'
  | 'hang'
  | 'throttled'
  /** It is done, but the answer is lost. */
  | 'cut';

interface GraphqlBody {
  query: string;
  variables: {
    topic?: string;
    webhookSubscription?: { uri: string; format: string };
    id?: string;
    after?: string | null;
  };
}

export class FakeShopify {
  readonly subscriptions: Subscription[] = [];
  readonly faults: Fault[] = [];
  /** Topics that the app may not subscribe to, with Shopify's reason. */
  readonly refusals = new Map<string, string>();
  readonly requests: { operation: string; version: string; topic?: string }[] = [];
  /** Tokens that are valid now. */
  readonly tokens = new Set([TOKEN]);
  pageSize = 100;
  url = '';
  readonly #app: FastifyInstance = Fastify({ forceCloseConnections: true });
  #nextId = 1;

  async start(): Promise<this> {
    this.#app.post<{ Params: { version: string }; Body: GraphqlBody }>(
      '/admin/api/:version/graphql.json',
      async (request, reply) => {
        const { query, variables } = request.body;
        const operation = /webhookSubscription(?:Create|Delete|s)|shop/.exec(query.replace(/^\w+ \w+/, ''))?.[0] ?? '';
        const topic = variables?.topic;
        this.requests.push({ operation, version: request.params.version, ...(topic ? { topic } : {}) });
        const fault = this.faults.shift();
        if (fault && fault !== 'cut') return await this.#fail(fault, reply);
        if (!this.tokens.has(String(request.headers['x-shopify-access-token']))) {
          const errors = '[API] Invalid API key or access token (unrecognized login or wrong password)';
          return await reply.code(401).send({ errors });
        }
        const answer = { data: this.#run(operation, variables) };
        if (fault === 'cut') {
          request.raw.socket.destroy();
          return await reply.hijack();
        }
        return await reply.send(answer);
      },
    );
    this.#app.post<{ Body: Record<string, string> }>('/admin/oauth/access_token', async (request, reply) => {
      const { client_id, client_secret, grant_type } = request.body;
      this.requests.push({ operation: 'token', version: '' });
      if (client_id !== 'client-1' || client_secret !== API_SECRET || grant_type !== 'client_credentials') {
        return await reply.code(400).send({ error: 'application_cannot_be_found' });
      }
      const token = `session-${this.requests.length}`;
      this.tokens.add(token);
      return await reply.send({ access_token: token, scope: 'read_orders', expires_in: 86399 });
    });
    this.url = await this.#app.listen({ host: '127.0.0.1', port: 0 });
    return this;
  }

  async stop(): Promise<void> {
    await this.#app.close();
  }

  topics(): string[] {
    return this.subscriptions.map(({ topic }) => topic).sort();
  }

  add(topic: string, uri: string): Subscription {
    const subscription = { id: `gid://shopify/WebhookSubscription/${this.#nextId++}`, topic, uri, format: 'JSON' };
    this.subscriptions.push(subscription);
    return subscription;
  }

  /** Posts a body as Shopify does, to whoever has subscribed. @returns the status codes */
  async deliver(topic: string, header: string, body: string, deliveryId: string): Promise<number[]> {
    const receivers = this.subscriptions.filter((one) => one.topic === topic);
    return await Promise.all(
      receivers.map(async ({ uri }) => {
        const response = await fetch(uri, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'X-Shopify-Topic': header,
            'X-Shopify-Hmac-Sha256': createHmac('sha256', API_SECRET).update(body).digest('base64'),
            'X-Shopify-Shop-Domain': 'acme.myshopify.com',
            'X-Shopify-API-Version': '2026-10',
            'X-Shopify-Webhook-Id': deliveryId,
          },
          body,
        });
        return response.status;
      }),
    );
  }

  #run(operation: string, variables: GraphqlBody['variables']) {
    switch (operation) {
      case 'webhookSubscriptions': {
        const from = Number(variables.after ?? 0);
        const nodes = this.subscriptions.slice(from, from + this.pageSize);
        const end = from + nodes.length;
        return {
          webhookSubscriptions: {
            nodes,
            pageInfo: { hasNextPage: end < this.subscriptions.length, endCursor: String(end) },
          },
        };
      }
      case 'webhookSubscriptionCreate':
        return {
          webhookSubscriptionCreate: this.#create(variables.topic ?? '', variables.webhookSubscription?.uri ?? ''),
        };
      case 'webhookSubscriptionDelete': {
        const index = this.subscriptions.findIndex(({ id }) => id === variables.id);
        if (index < 0) {
          const userErrors = [{ field: ['id'], message: 'Webhook subscription does not exist' }];
          return { webhookSubscriptionDelete: { deletedWebhookSubscriptionId: null, userErrors } };
        }
        this.subscriptions.splice(index, 1);
        return { webhookSubscriptionDelete: { deletedWebhookSubscriptionId: variables.id, userErrors: [] } };
      }
      default:
        return { shop: { name: 'Acme' } };
    }
  }

  #create(topic: string, uri: string) {
    const refusal = this.refusals.get(topic);
    const isTaken = this.subscriptions.some((one) => one.topic === topic && one.uri === uri);
    const message = refusal ?? (isTaken ? 'Address for this topic has already been taken' : null);
    if (message) return { webhookSubscription: null, userErrors: [{ field: ['webhookSubscription', 'uri'], message }] };
    return { webhookSubscription: this.add(topic, uri), userErrors: [] };
  }

  async #fail(fault: Exclude<Fault, 'cut'>, reply: FastifyReply) {
    if (fault === 'hang') return await reply.hijack();
    if (fault === 'html') return await reply.type('text/html').send('<!doctype html><title>Opening soon</title>');
    if (fault === 'throttled') {
      const throttleStatus = { maximumAvailable: 1000, currentlyAvailable: 5, restoreRate: 50 };
      return await reply.send({
        errors: [{ message: 'Throttled', extensions: { code: 'THROTTLED' } }],
        extensions: { cost: { requestedQueryCost: 10, actualQueryCost: null, throttleStatus } },
      });
    }
    return await reply
      .code(fault.status)
      .headers(fault.headers ?? {})
      .send(fault.body ?? {});
  }
}
