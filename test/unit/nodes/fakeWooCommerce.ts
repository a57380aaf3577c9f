/** A WooCommerce shop's webhooks by its REST API, version 3, as documented, with faults on demand. */
import Fastify, { type FastifyInstance } from 'fastify';

export const KEY = 'ck_test';
export const SECRET = 'cs_test';

export interface Hook {
  id: number;
  name: string;
  status: 'active' | 'paused' | 'disabled';
  topic: string;
  delivery_url: string;
}

export type WooFault = { status: number; body?: unknown; headers?: Record<string, string> } | 'html';

interface Batch {
  create?: (Omit<Hook, 'id'> & { secret: string })[];
  update?: (Partial<Hook> & { id: number; secret?: string })[];
  delete?: number[];
}

export class FakeWooCommerce {
  readonly hooks: Hook[] = [];
  /** By webhook id; the API never gives them out. */
  readonly secrets = new Map<number, string>();
  readonly faults: WooFault[] = [];
  readonly refusals = new Map<string, string>();
  readonly requests: string[] = [];
  /** As of a web server that drops the Authorization header. */
  dropsAuthorization = false;
  url = '';
  readonly #app: FastifyInstance = Fastify({ forceCloseConnections: true });
  #nextId = 1;

  async start(): Promise<this> {
    this.#app.addHook('preHandler', async (request, reply) => {
      this.requests.push(`${request.method} ${request.url.split('?')[0]}`);
      const fault = this.faults.shift();
      if (fault === 'html') return await reply.type('text/html').send('<!DOCTYPE html><p>Maintenance</p>');
      if (fault) {
        return await reply
          .code(fault.status)
          .headers(fault.headers ?? {})
          .send(fault.body ?? {});
      }
      const { consumer_key, consumer_secret } = request.query as Record<string, string | undefined>;
      const basic = `Basic ${Buffer.from(`${KEY}:${SECRET}`).toString('base64')}`;
      const header = this.dropsAuthorization ? undefined : request.headers.authorization;
      if (header === basic || (consumer_key === KEY && consumer_secret === SECRET)) return;
      return await reply.code(401).send({
        code: 'woocommerce_rest_cannot_view',
        message: 'Sorry, you cannot list resources.',
        data: { status: 401 },
      });
    });
    this.#app.get<{ Querystring: { per_page: string; page: string } }>(
      '/wp-json/wc/v3/webhooks',
      async (request, reply) => {
        const perPage = Number(request.query.per_page);
        const page = Number(request.query.page);
        return await reply
          .header('X-WP-Total', this.hooks.length)
          .header('X-WP-TotalPages', Math.max(1, Math.ceil(this.hooks.length / perPage)))
          .send(this.hooks.slice((page - 1) * perPage, page * perPage));
      },
    );
    this.#app.post<{ Body: Batch }>('/wp-json/wc/v3/webhooks/batch', (request) => {
      const { create = [], update = [], delete: ids = [] } = request.body;
      return {
        ...(create.length > 0 ? { create: create.map((hook) => this.#create(hook)) } : {}),
        ...(update.length > 0 ? { update: update.map((hook) => this.#update(hook)) } : {}),
        ...(ids.length > 0 ? { delete: ids.map((id) => this.#delete(id)) } : {}),
      };
    });
    this.url = await this.#app.listen({ host: '127.0.0.1', port: 0 });
    return this;
  }

  async stop(): Promise<void> {
    await this.#app.close();
  }

  topics(): string[] {
    return this.hooks.map(({ topic }) => topic).sort();
  }

  add(hook: Partial<Hook> & { topic: string; delivery_url: string }): Hook {
    const whole: Hook = { id: this.#nextId++, name: 'By hand', status: 'active', ...hook };
    this.hooks.push(whole);
    return whole;
  }

  #create({ secret, ...hook }: Omit<Hook, 'id'> & { secret: string }) {
    const refusal = this.refusals.get(hook.topic);
    if (refusal)
      return { id: 0, error: { code: 'woocommerce_rest_invalid_topic', message: refusal, data: { status: 400 } } };
    const made = this.add(hook);
    this.secrets.set(made.id, secret);
    return made;
  }

  #update({ secret, ...change }: Partial<Hook> & { id: number; secret?: string }) {
    const hook = this.hooks.find(({ id }) => id === change.id);
    if (!hook)
      return { id: change.id, error: { code: 'woocommerce_rest_shop_webhook_invalid_id', message: 'Invalid ID.' } };
    Object.assign(hook, change);
    if (secret !== undefined) this.secrets.set(hook.id, secret);
    return hook;
  }

  #delete(id: number) {
    const index = this.hooks.findIndex((hook) => hook.id === id);
    if (index < 0) return { id, error: { code: 'woocommerce_rest_shop_webhook_invalid_id', message: 'Invalid ID.' } };
    return this.hooks.splice(index, 1)[0];
  }
}
