/** The fake service's journeys, runs, history and catalogue, as the Journey and Customer nodes ask for them. */
import type { FastifyInstance } from 'fastify';
import type { CustomerRecord, HistoryItem } from '../../../nodes/transport/contract/customers.ts';
import type { EnrolItem, ExitItem, RunsItem } from '../../../nodes/transport/contract/journeys.ts';

interface Run {
  id: string;
  journey: string;
  customerId: string;
  status: string;
}

export class FakeJourneys {
  readonly journeys = [
    { key: 'win-back', name: 'Win-Back', state: 'active' },
    { key: 'welcome', name: 'Welcome', state: 'paused' },
  ];
  readonly runs: Run[] = [];
  /** Customer id → why they may not enter. */
  readonly refused = new Map<string, { reason: string; message: string }>();
  readonly events = new Map<string, { type: string }[]>();
  readonly orders = new Map<string, { orderId: string }[]>();
  readonly products = new Map<string, object>();
  readonly #customers: Map<string, CustomerRecord>;
  readonly #keys = new Map<string, string>();

  constructor(customers: Map<string, CustomerRecord>) {
    this.#customers = customers;
  }

  reset(): void {
    this.runs.length = 0;
    for (const journey of this.journeys) journey.state = journey.key === 'welcome' ? 'paused' : 'active';
    for (const map of [this.refused, this.events, this.orders, this.products, this.#keys]) map.clear();
  }

  routes(app: FastifyInstance): void {
    app.get('/v1/journeys', () => this.journeys);
    app.post<{ Params: { key: string; to: string } }>('/v1/journeys/:key/:to', async (request, reply) => {
      const { key, to } = request.params;
      const journey = this.journeys.find((one) => one.key === key);
      if (!journey) {
        const detail = `There is no journey with the key "${key}".`;
        return await reply.code(404).send({ title: 'Not Found', status: 404, detail, errors: [] });
      }
      journey.state = to === 'pause' ? 'paused' : 'active';
      return journey;
    });
    app.post<{ Params: { key: string } }>('/v1/journeys/:key/runs/batch', async (request, reply) => {
      const { key: journey } = request.params;
      if (!this.journeys.some(({ key }) => key === journey)) {
        const detail = `There is no journey "${journey}".`;
        return await reply.code(404).send({ title: 'Not Found', status: 404, detail, errors: [] });
      }
      return { items: (request.body as { items: EnrolItem[] }).items.map((item) => this.#enrol(journey, item)) };
    });
    app.post('/v1/runs/exit', (request) => ({
      items: (request.body as { items: ExitItem[] }).items.map((item) => this.#exit(item)),
    }));
    app.post('/v1/runs/lookup', (request) => ({
      items: (request.body as { items: RunsItem[] }).items.map(({ ref, customerId, journey, status, limit }) => ({
        ref,
        runs: this.runs
          .filter((run) => run.customerId === customerId)
          .filter((run) => journey === undefined || run.journey === journey)
          .filter((run) => status === undefined || run.status === status)
          .slice(0, limit),
      })),
    }));
    app.get<{ Querystring: { limit: string; cursor?: string; journey?: string } }>('/v1/runs', ({ query }) => {
      const from = Number(query.cursor ?? 0);
      const all = this.runs.filter(({ journey }) => query.journey === undefined || journey === query.journey);
      const to = from + Number(query.limit);
      return { items: all.slice(from, to), nextCursor: to < all.length ? String(to) : null };
    });
    app.get<{ Querystring: { q: string; limit: string; cursor?: string } }>('/v1/customers/search', ({ query }) => {
      const found = [...this.#customers.values()].filter(({ identifiers }) =>
        identifiers.some(({ value }) => value.startsWith(query.q)),
      );
      const from = Number(query.cursor ?? 0);
      const to = from + Number(query.limit);
      const items = found.slice(from, to).map(({ id, identifiers }) => ({ id, email: identifiers[0]?.value ?? null }));
      return { items, nextCursor: to < found.length ? String(to) : null };
    });
    app.post('/v1/products/lookup', (request) => ({
      items: (request.body as { items: { ref: string; productId: string }[] }).items.map(({ ref, productId }) => ({
        ref,
        product: this.products.get(productId) ?? null,
      })),
    }));
    app.post('/v1/customers/events/lookup', (request) => ({
      items: (request.body as { items: HistoryItem[] }).items.map(({ ref, customerId, limit, types }) => ({
        ref,
        events: (this.events.get(customerId) ?? []).filter(({ type }) => types?.includes(type) ?? true).slice(0, limit),
      })),
    }));
    app.post('/v1/customers/orders/lookup', (request) => ({
      items: (request.body as { items: HistoryItem[] }).items.map(({ ref, customerId, limit }) => ({
        ref,
        orders: (this.orders.get(customerId) ?? []).slice(0, limit),
      })),
    }));
    app.post<{ Params: { id: string } }>('/v1/customers/:id/merge', async (request, reply) => {
      const customer = this.#customers.get(request.params.id);
      const { mergedId } = request.body as { mergedId: string };
      if (customer && mergedId === customer.id) {
        const detail = 'Both ids name the same customer already.';
        return await reply.code(409).send({ title: 'Conflict', status: 409, detail, errors: [] });
      }
      const other = this.#customers.get(mergedId);
      customer?.identifiers.push(...(other?.identifiers ?? []));
      this.#customers.delete(mergedId);
      return customer;
    });
  }

  #enrol(journey: string, { ref, identity, key }: EnrolItem) {
    const customerId = identity.customerId ?? `cus_${identity.email}`;
    const refusal = this.refused.get(customerId);
    if (refusal) return { ref, runId: null, customerId, ...refusal };
    const runId = this.#keys.get(key) ?? `run_${this.runs.length + 1}`;
    if (!this.#keys.has(key)) this.runs.push({ id: runId, journey, customerId, status: 'running' });
    this.#keys.set(key, runId);
    return { ref, runId, customerId, reason: null, message: null };
  }

  #exit({ ref, customerId, journey, exceptRunId }: ExitItem) {
    const leaving = this.runs.filter(
      (run) =>
        run.customerId === customerId &&
        run.status === 'running' &&
        run.id !== exceptRunId &&
        (journey === undefined || run.journey === journey),
    );
    for (const run of leaving) run.status = 'exited';
    return { ref, exited: leaving.map(({ id: runId, journey: of }) => ({ runId, journey: of })) };
  }
}
