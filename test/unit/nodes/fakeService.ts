/** The journeys service as the nodes see it, in memory: keeps what it is told, and its send gate takes claims. */
import Fastify, { type FastifyInstance } from 'fastify';
import { Liquid } from 'liquidjs';
import type { AuthorizeAnswer, AuthorizeItem, SendReport } from '../../../nodes/transport/contract/sends.ts';
import type { CustomerRecord } from '../../../nodes/transport/contract/customers.ts';
import type { WaitRegistration } from '../../../nodes/transport/contract/waits.ts';
import { FakeJourneys } from './fakeJourneys.ts';
import { FakeScores } from './fakeScores.ts';

export const API_KEY = 'test-key-of-the-journeys-service';

/** As long as real ones, which must not be folded. */
export const UNSUBSCRIBE = {
  'List-Unsubscribe': `<https://journeys.example.com/u/${'x'.repeat(120)}.${'y'.repeat(22)}>`,
  'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
};

export const LINKS = {
  unsubscribe: 'https://journeys.example.com/u/x.y',
  preferences: 'https://journeys.example.com/p/x.y',
};

interface Claim {
  sendId: string;
  status: 'claimed' | 'started' | 'sent' | 'failed' | 'unknown';
  permanent: boolean;
  by: string | null;
}

export interface Call {
  method: string;
  url: string;
  body: Record<string, unknown>;
}

export class FakeService {
  readonly calls: Call[] = [];
  readonly waits: WaitRegistration[] = [];
  readonly reports: SendReport[] = [];
  readonly claims = new Map<string, Claim>();
  readonly customers = new Map<string, CustomerRecord>();
  readonly journeys = new FakeJourneys(this.customers);
  readonly scores = new FakeScores();
  /** By customer id: reasons not to send, or an address that is not the default one. */
  readonly suppressed = new Map<string, string[]>();
  readonly deferred = new Set<string>();
  /** Of these the gate knows nothing: their items are refused. */
  readonly strangers = new Set<string>();
  readonly phones = new Map<string, string>();
  /** By customer id: until when WhatsApp takes free text. */
  readonly freeFormUntil = new Map<string, string>();
  /** By name; a Commerce Trigger puts them. */
  readonly connections = new Map<string, Record<string, unknown>>();
  /** Published Commerce Triggers. */
  readonly listeners = new Map<string, { workflowId: string; nodeId: string; connection: string; topics: string[] }>();
  /** Nothing can be started: the status that is given as the reason. */
  refuseStart: string | null = null;
  /** So many sends can be started before `refuseStart` is the answer. */
  startable = 0;
  /** As the policy of the contract, in short. */
  policy: Record<string, unknown> = {};
  /** The next answers with these status codes, instead of the real ones. */
  readonly failNext: number[] = [];
  url = '';
  readonly #app: FastifyInstance = Fastify({ bodyLimit: 16_000_000 });
  readonly #liquid = new Liquid();
  #nextSend = 1;

  async start(): Promise<this> {
    this.#app.addHook('preHandler', async (request, reply) => {
      const { method, url } = request;
      if (request.headers.authorization !== `Bearer ${API_KEY}`) {
        return await reply
          .code(401)
          .send({ title: 'Unauthorized', status: 401, detail: 'The API key is wrong.', errors: [] });
      }
      this.calls.push({ method, url, body: (request.body ?? {}) as Record<string, unknown> });
      const status = this.failNext.shift();
      if (status !== undefined) {
        const errors = [{ path: '/items/0/spec', message: 'must be an object' }];
        return await reply.code(status).send({ title: 'Problem', status, detail: 'The request is not valid.', errors });
      }
    });
    this.#routes();
    this.url = await this.#app.listen({ host: '127.0.0.1', port: 0 });
    return this;
  }

  async stop(): Promise<void> {
    await this.#app.close();
  }

  callsTo(path: string): Call[] {
    return this.calls.filter(({ url }) => url === path);
  }

  #routes(): void {
    const app = this.#app;
    this.journeys.routes(app);
    this.scores.routes(app);
    app.put('/v1/endpoints', (request) => {
      const told = request.body as { workflowId: string; nodeId: string; connection?: string; topics?: string[] };
      const { workflowId, nodeId, connection, topics = [] } = told;
      if (connection) this.listeners.set(`${workflowId}/${nodeId}`, { workflowId, nodeId, connection, topics });
      return { id: 'ep_1', journeyKey: 'cart-recovery' };
    });
    app.delete<{ Params: { workflowId: string; nodeId: string } }>(
      '/v1/endpoints/:workflowId/:nodeId',
      async (request, reply) => {
        this.listeners.delete(`${request.params.workflowId}/${request.params.nodeId}`);
        return await reply.code(204).send();
      },
    );
    app.get<{ Querystring: { connection: string } }>('/v1/endpoints', (request) => ({
      items: [...this.listeners.values()].filter(({ connection }) => connection === request.query.connection),
      nextCursor: null,
    }));
    const view = (name: string) => {
      const { kind } = this.connections.get(name) as { kind: string };
      return { name, kind, webhookUrl: `https://journeys.example.com/in/${kind}/${name}` };
    };
    app.get('/v1/connections', () => ({ items: [...this.connections.keys()].map(view), nextCursor: null }));
    app.put<{ Params: { name: string } }>('/v1/connections/:name', (request) => {
      const { name } = request.params;
      this.connections.set(name, { ...this.connections.get(name), ...(request.body as object) });
      return view(name);
    });
    app.post('/v1/endpoints/test', async (_, reply) => await reply.code(202).send({}));
    app.post('/v1/waits', (request) => {
      const { items } = request.body as { items: WaitRegistration[] };
      this.waits.push(...items);
      return { items: items.map(({ ref, runId }) => waitAnswer(ref, runId)) };
    });
    app.post('/v1/customers/lookup', (request) => {
      const { items } = request.body as { items: Array<Record<string, string>> };
      return { items: items.map(({ ref, ...by }) => ({ ref, customer: this.#find(by) })) };
    });
    app.post('/v1/customers/upsert', (request) => {
      const { items } = request.body as {
        items: Array<{ ref: string; identity: Record<string, string>; properties?: object }>;
      };
      return { items: items.map(({ ref, identity, properties }) => this.#upsert(ref, identity, properties)) };
    });
    app.post('/v1/customers/consent', (request) => {
      const { items } = request.body as { items: Array<{ ref: string; customerId: string }> };
      return { items: items.map(({ ref, customerId }) => ({ ref, customer: this.#find({ customerId }) })) };
    });
    app.post('/v1/customers/suppression', (request) => {
      const { items } = request.body as { items: Array<{ ref: string; customerId: string }> };
      return {
        items: items.map(({ ref, customerId }) => {
          const customer = this.#find({ customerId });
          const error = { path: `/items/${ref}/customerId`, message: 'names a customer that does not exist' };
          return customer ? { ref, customer } : { ref, customer, error };
        }),
      };
    });
    app.post('/v1/customers/consent/requests', (request) => {
      const { items } = request.body as { items: Array<{ ref: string; customerId: string; key: string }> };
      return {
        items: items.map(({ ref, customerId, key }) => {
          if (!this.customers.has(customerId)) {
            const error = { path: `/items/${ref}/customerId`, message: 'names a customer that does not exist' };
            return { ref, request: null, error };
          }
          return { ref, request: { id: key, confirmUrl: `https://x.example.com/d/${key}`, expiresAt: '2026-11-29' } };
        }),
      };
    });
    app.post('/v1/sends/authorize', (request) => {
      const { items } = request.body as { items: AuthorizeItem[] };
      return { items: items.map((item) => this.#authorize(item)) };
    });
    app.get('/v1/policy', () => this.policy);
    app.put('/v1/policy', async (request, reply) => {
      const policy = request.body as Record<string, unknown>;
      if (Number(policy.holdoutPercent) > 100) {
        const errors = [{ path: '/holdoutPercent', message: 'has to be a number from 0 to 100' }];
        const detail = 'The policy cannot be written: nothing has changed.';
        return await reply.code(400).send({ title: 'Bad Request', status: 400, detail, errors });
      }
      this.policy = policy;
      return policy;
    });
    app.post('/v1/sends/started', (request) => this.#start(request.body as { sendIds: string[]; by: string }));
    app.post('/v1/sends/report', (request) => {
      const { items } = request.body as { items: SendReport[] };
      this.reports.push(...items);
      for (const { sendId, outcome, permanent = false } of items) {
        const claim = this.#claim(sendId);
        if (claim) Object.assign(claim, { status: outcome, permanent });
      }
      return { updated: items.length };
    });
  }

  #authorize(item: AuthorizeItem): AuthorizeAnswer {
    const { ref, customerId } = item;
    const address = item.address ?? this.#ownAddress(item);
    if (this.strangers.has(customerId)) {
      const error = { path: '/items/0/customerId', message: 'names a customer that does not exist' };
      return { ref, sendId: null, decision: 'suppress', reasons: [], error };
    }
    const reasons = this.suppressed.get(customerId);
    if (reasons) return { ref, sendId: this.#newId(), decision: 'suppress', reasons, status: null, address };
    if (this.deferred.has(customerId)) {
      return { ref, sendId: null, decision: 'defer', reasons: ['quiet_hours'], until: '2026-11-23T08:00:00Z' };
    }
    const freeFormUntil = item.channel === 'whatsapp' ? (this.freeFormUntil.get(customerId) ?? null) : undefined;
    if (item.freeForm && freeFormUntil === null) {
      const error = { path: '/items/0/freeForm', message: 'is true, but the customer has not written: use a template' };
      return { ref, sendId: null, decision: 'suppress', reasons: [], error };
    }
    if (address === '')
      return { ref, sendId: this.#newId(), decision: 'suppress', reasons: ['no_address'], status: null };
    const window = freeFormUntil === undefined ? {} : { freeFormUntil };
    const key = item.key ?? `${item.runId}/${item.segment}/${item.node}`;
    const before = this.claims.get(key);
    const resumes = before?.status === 'started' && item.repeatable === true && !item.key;
    const isOver =
      before && !resumes && before.status !== 'claimed' && !(before.status === 'failed' && !before.permanent);
    if (isOver) {
      const { sendId, status } = before;
      if (item.key) return { ref, sendId, decision: 'suppress', reasons: ['already_sent'], status };
      return { ref, sendId, decision: 'send', reasons: [], replayed: true, status, address };
    }
    let message;
    try {
      message = this.#render(item);
    } catch (error) {
      return {
        ref,
        sendId: null,
        decision: 'suppress',
        reasons: [],
        error: { path: '/message/subject', message: (error as Error).message },
      };
    }
    if (item.dryRun) {
      return { ref, sendId: null, decision: 'send', reasons: [], address, message, status: null, ...window };
    }
    const sendId = before?.sendId ?? this.#newId();
    this.claims.set(key, { sendId, status: 'claimed', permanent: false, by: null });
    const resumed = resumes ? { resumed: true, startedAt: new Date(Date.now() - 1_000).toISOString() } : {};
    const more = { ...window, ...resumed };
    return { ref, sendId, decision: 'send', reasons: [], address, message, status: 'claimed', ...more };
  }

  /** Push messages have none of their own. */
  #ownAddress({ channel, customerId }: AuthorizeItem): string {
    if (channel === 'push') return '';
    return channel === 'email' ? `${customerId}@example.com` : (this.phones.get(customerId) ?? '+436605550000');
  }

  #render({ category, message }: AuthorizeItem) {
    const { subject = '', html = '', text = '', fields, data = {} } = message ?? {};
    const render = (source: string) => String(this.#liquid.parseAndRenderSync(source, { ...data, links: LINKS }));
    const named = Object.entries(fields ?? {}).map(([name, source]) => [name, render(source)]);
    const rendered = {
      ...{ subject: render(subject), html: render(html), text: render(text) || textOf(render(html)) },
      ...(fields && { fields: Object.fromEntries(named) as Record<string, string> }),
    };
    return category === 'marketing' ? { ...rendered, headers: UNSUBSCRIBE } : rendered;
  }

  #start({ sendIds, by }: { sendIds: string[]; by: string }) {
    const started: string[] = [];
    const refused: Array<{ sendId: string; status: string | null; reasons?: string[] }> = [];
    for (const sendId of sendIds) {
      if (this.refuseStart && this.startable-- <= 0) {
        const reasons = this.refuseStart === 'suppressed' ? { reasons: ['unsubscribed'] } : {};
        refused.push({ sendId, status: this.refuseStart, ...reasons });
        continue;
      }
      const claim = this.#claim(sendId);
      if (claim && (claim.status === 'claimed' || claim.by === by)) {
        Object.assign(claim, { status: 'started', by });
        started.push(sendId);
      } else refused.push({ sendId, status: claim?.status ?? null });
    }
    return { started, refused };
  }

  #claim(sendId: string): Claim | undefined {
    for (const claim of this.claims.values()) if (claim.sendId === sendId) return claim;
    return undefined;
  }

  #find(by: Record<string, string>): CustomerRecord | null {
    const [[kind, value] = ['', '']] = Object.entries(by);
    const found = [...this.customers.values()].find((customer) =>
      kind === 'customerId'
        ? customer.id === value
        : customer.identifiers.some((one) => one.kind === kind && one.value === value),
    );
    return found ?? null;
  }

  #upsert(ref: string, identity: Record<string, string>, properties: object = {}) {
    if (identity.email?.includes(' ')) {
      return { ref, customer: null, error: { path: '/identity/email', message: 'This is not an e-mail address.' } };
    }
    const id = identity.customerId ?? `cus_${this.customers.size + 1}`;
    const identifiers = Object.entries(identity).map(([kind, value]) => ({ kind, value }));
    const customer: CustomerRecord = { id, identifiers, properties: { ...properties } };
    this.customers.set(id, customer);
    return { ref, customer };
  }

  #newId(): string {
    return `snd_${this.#nextSend++}`;
  }
}

function waitAnswer(ref: string, runId: string) {
  if (runId !== 'run_joined') return { ref, until: '2026-11-22T12:00:00Z' };
  return {
    ref,
    until: null,
    error: { path: '/items/0', message: 'This run already waits at “Wait A”: join the branches first.' },
  };
}

/** The service makes the text part of an e-mail that has only HTML. */
const textOf = (html: string): string => html.replace(/<[^>]+>/g, ' ').trim();
