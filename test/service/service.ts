/** The service's HTTP API on a fresh store, without network, n8n or Temporal: what tests of routes and intake use. */
import type { FastifyBaseLogger, FastifyInstance, InjectOptions } from 'fastify';
import { pino } from 'pino';
import { buildApp } from '../../temporal/api/app.ts';
import type { PartsReport, ServiceContext } from '../../temporal/api/context.ts';
import { Links } from '../../temporal/links.ts';
import { EventIntake } from '../../temporal/intake/eventIntake.ts';
import type { JourneyDefinition } from '../../temporal/domain/journey.ts';
import { ConnectionReader } from '../../temporal/store/connectionReader.ts';
import type { DialectName, Store } from '../../temporal/store/store.ts';
import { freshStore, type TestStore } from './stores.ts';

export const API_KEY = 'test-key';

/** The tests' present: an arbitrary Sunday. */
export const NOW = Date.parse('2026-11-22T12:00:00Z');
/** RFC 3339 of so many minutes after (negative: before) the present. */
export const minutes = (offset: number): string => new Date(NOW + offset * 60_000).toISOString();

export interface Answer {
  status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into answers of every shape
  body: any;
  headers: Record<string, unknown>;
}

export class TestService {
  readonly store: Store;
  readonly app: FastifyInstance;
  /** Epoch ms; tests move it. */
  now = NOW;
  wakes = 0;
  /** What AWS answers; tests put their own there. */
  aws: (url: string) => Promise<string> = () => Promise.reject(new Error('AWS is out of reach'));
  /** How the other parts are; tests put their own there. */
  parts: PartsReport = { temporal: 'up', n8n: 'up', worker: 'up', notes: [] };
  readonly #testStore: TestStore;

  private constructor(testStore: TestStore, makeApp: (service: TestService) => FastifyInstance) {
    this.#testStore = testStore;
    this.store = testStore.store;
    this.app = makeApp(this);
  }

  static async create(
    dialect: DialectName,
    settings: Partial<ServiceContext['settings']> = {},
    log: FastifyBaseLogger = pino({ level: 'silent' }),
  ): Promise<TestService> {
    return await TestService.on(await freshStore(dialect), settings, log);
  }

  static async on(
    testStore: TestStore,
    settings: Partial<ServiceContext['settings']> = {},
    log: FastifyBaseLogger = pino({ level: 'silent' }),
  ): Promise<TestService> {
    const holder: { service?: TestService } = {};
    const { store } = testStore;
    const all = { ...testSettings, ...settings };
    const links = await Links.load(store, all.publicUrl);
    const now = () => holder.service?.now ?? NOW;
    const outboxWritten = () => {
      if (holder.service) holder.service.wakes++;
    };
    const app = await buildApp(
      {
        store,
        settings: all,
        intake: new EventIntake({
          ...{ store, now, timeScale: all.timeScale, outboxWritten },
          keepsFingerprints: all.fingerprints,
        }),
        connections: new ConnectionReader(store),
        links,
        now,
        outboxWritten,
        deleted: () => ({ events: 0, customers: 0, carts: 0 }),
        getFromAws: (url) => holder.service?.aws(url) ?? Promise.reject(new Error('not made yet')),
        parts: () =>
          holder.service ? Promise.resolve(holder.service.parts) : Promise.reject(new Error('not made yet')),
      },
      log,
    );
    holder.service = new TestService(testStore, () => app);
    return holder.service;
  }

  openAgain(): Store {
    return this.#testStore.openAgain();
  }

  async call(
    method: InjectOptions['method'],
    url: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await this.app.inject({
      method,
      url,
      headers: { authorization: `Bearer ${API_KEY}`, ...headers },
      ...(body === undefined ? {} : { payload: body as object }),
    });
    const isJson = String(response.headers['content-type']).includes('json');
    return {
      status: response.statusCode,
      body: isJson ? response.json<unknown>() : response.body,
      headers: response.headers,
    };
  }

  async post(...events: object[]): Promise<Answer> {
    return await this.call('POST', '/v1/events', events.length === 1 ? events[0] : { events });
  }

  /** @returns the customer that the first event belongs to; fails when any is not accepted */
  async send(...events: object[]): Promise<string> {
    const { status, body } = await this.post(...events);
    const answer: { accepted: { customerId: string }[]; rejected?: unknown[] } = body;
    if (status !== 202 || answer.rejected?.length !== 0) throw new Error(JSON.stringify(body));
    return answer.accepted[0]?.customerId ?? '';
  }

  /** Publishes a journey as a Journey Trigger would. */
  async publish(
    definition: Partial<JourneyDefinition> & { key: string },
    state: { published?: number; paused?: number } = {},
  ): Promise<void> {
    const full: JourneyDefinition = { ...journeyDefaults, name: definition.key, ...definition };
    const row = {
      name: full.name,
      n8n_workflow_id: 'wf1',
      definition_json: JSON.stringify(full),
      published: 1,
      paused: 0,
      created_at: this.now,
      updated_at: this.now,
      schedule_since: full.schedule ? this.now : null,
      ...state,
    };
    await this.store.db
      .insertInto('journeys')
      .values({ key: full.key, ...row })
      .onConflict((conflict) => conflict.column('key').doUpdateSet(row))
      .execute();
  }

  async runs(
    customerId: string,
  ): Promise<{ id: string; status: string; exitReason: string | null; workflowId: string; journey: string }[]> {
    const { body } = await this.call('GET', `/v1/customers/${customerId}/runs`);
    return (body as { items: [] }).items;
  }

  async outbox(): Promise<{ kind: string; runId: string; workflowId: string; payload: unknown }[]> {
    const rows = await this.store.db.selectFrom('outbox').selectAll().orderBy('id').execute();
    return rows.map((row) => ({
      kind: row.kind,
      runId: row.run_id,
      workflowId: row.workflow_id,
      payload: JSON.parse(row.payload_json) as unknown,
    }));
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.#testStore.remove();
  }
}

const testSettings = {
  dataDir: '/nowhere',
  host: '127.0.0.1',
  port: 0,
  publicUrl: 'http://127.0.0.1',
  apiKey: API_KEY,
  databaseUrl: '',
  operatorUrl: 'http://127.0.0.1',
  n8nBaseUrl: 'http://127.0.0.1:1',
  n8nEditorUrl: 'https://n8n.example.com',
  temporalUiUrl: 'https://temporal.example.com',
  temporalNamespace: 'default',
  n8nApiKey: null,
  timeScale: 1,
  shopName: 'Example Shop',
  doubleOptIn: true,
  optInExpiresInMs: 7 * 86_400_000,
  eventRetentionMs: null,
  anonymousRetentionMs: null,
  fingerprints: false,
  trackOpens: true,
  trackClicks: true,
  logLevel: 'silent',
  trustProxy: ['loopback'],
} satisfies ServiceContext['settings'];

export const journeyDefaults: Omit<JourneyDefinition, 'key' | 'name'> = {
  entries: [{ type: 'added_to_cart', filters: [] }],
  reentry: 'ignore',
  enterAgain: 'always',
  cooldownMs: 0,
  exits: [{ type: 'completed_purchase', filters: [] }],
  priority: 0,
  maxEventAgeMs: 24 * 3600_000,
};

let counter = 0;
const identityOf = (person: string | object) =>
  typeof person === 'string' ? { email: `${person}@example.com` } : person;

/** An event with all required properties; `more` goes over it. @param at RFC 3339 */
export function event(
  type: string,
  person: string | object,
  at: string = minutes(-1),
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  const { properties, ...envelope } = more;
  return {
    id: `e${++counter}`,
    type,
    occurredAt: at,
    source: 'shop',
    identity: identityOf(person),
    properties: { ...requiredProperties(type), ...(properties as object | undefined) },
    ...envelope,
  };
}

function requiredProperties(type: string): Record<string, unknown> {
  const items = [{ productId: 'p1', quantity: 2, price: '42.00' }];
  switch (type) {
    case 'viewed_product':
    case 'added_to_cart':
    case 'removed_from_cart':
      return { currency: 'EUR', items };
    case 'started_checkout':
      return { currency: 'EUR', value: '84.00', items, checkoutId: 'c1' };
    case 'completed_purchase':
      return { currency: 'EUR', value: '84.00', items, orderId: `o${counter}` };
    case 'refunded':
      return { currency: 'EUR', value: '10.00', orderId: 'o1' };
    case 'searched':
      return { query: 'shoes' };
    default:
      return {};
  }
}
