/** `GET /metrics`: what the service counts, as Prometheus text. No customer, address or event id appears in a label. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { Type } from 'typebox';
import { ALARM_LEVELS } from '../domain/complaints.ts';
import type { Channel } from '../domain/event.ts';
import type { SendOutcome } from '../domain/sendStatus.ts';
import { listOpenAlarms } from '../store/alarmRows.ts';
import { listWaitingDeliveries } from '../store/deliveries.ts';
import { outboxDepth } from '../store/outbox.ts';
import { countRuns } from '../store/runs.ts';
import type { Store } from '../store/store.ts';
import { requireApiKey } from './authentication.ts';
import type { ServiceContext } from './context.ts';

export type EventFate = 'accepted' | 'duplicate' | 'rejected';

export type DeliveryFate = 'accepted' | 'duplicate' | 'empty' | 'invalid' | 'unproven' | 'limited';

/** Topics come in a header that no signature covers: more different ones than any shop has are not told apart. */
const MOST_TOPICS = 200;

export class ServiceMetrics {
  readonly registry = new Registry();
  readonly #events: Counter<'type' | 'outcome'>;
  readonly #underTracked: Counter<'type' | 'missing'>;
  readonly #deliveries: Counter<'connection' | 'topic' | 'outcome'>;
  readonly #topics = new Set<string>();
  readonly #decisions: Counter<'channel' | 'decision'>;
  readonly #reasons: Counter<'channel' | 'reason'>;
  readonly #outcomes: Counter<'outcome'>;
  readonly #http: Histogram<'method' | 'route' | 'status'>;

  constructor({ store, now, deleted }: Pick<ServiceContext, 'store' | 'now' | 'deleted'>) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.#events = new Counter({
      name: 'journeys_events_total',
      help: 'Events received, by type and by what became of them.',
      labelNames: ['type', 'outcome'],
      registers,
    });
    this.#underTracked = new Counter({
      name: 'journeys_events_under_tracked_total',
      help: 'Accepted events that lack a wanted property: price, category, discount or campaign.',
      labelNames: ['type', 'missing'],
      registers,
    });
    this.#deliveries = new Counter({
      name: 'journeys_webhooks_total',
      help: 'Deliveries to the gateway, by connection, topic and by what became of them; empty: nothing in it is an event.',
      labelNames: ['connection', 'topic', 'outcome'],
      registers,
    });
    this.#decisions = new Counter({
      name: 'journeys_send_decisions_total',
      help: 'Messages that the gate has decided on; replays and dry runs are not counted.',
      labelNames: ['channel', 'decision'],
      registers,
    });
    this.#reasons = new Counter({
      name: 'journeys_send_reasons_total',
      help: 'Reasons against messages; one message can have several.',
      labelNames: ['channel', 'reason'],
      registers,
    });
    this.#outcomes = new Counter({
      name: 'journeys_send_reports_total',
      help: 'Outcomes of messages as those who sent them have reported: sent, failed, unknown.',
      labelNames: ['outcome'],
      registers,
    });
    this.#http = new Histogram({
      name: 'journeys_http_request_duration_seconds',
      help: 'Time from request to answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    });
    outboxGauges(store, now, registers);
    deliveryGauges(store, now, registers);
    runGauge(store, registers);
    alarmGauge(store, registers);
    retentionCounter(deleted, registers);
  }

  /** @param type the event's type as sent, of any kind */
  event(type: unknown, outcome: EventFate): void {
    this.#events.inc({ type: typeLabel(type, outcome), outcome });
  }

  underTracked(type: string, missing: readonly string[]): void {
    for (const name of missing) this.#underTracked.inc({ type: typeLabel(type, 'accepted'), missing: name });
  }

  /** @param connection one that exists @param topic null where the body has it, or nobody has proved to be the sender */
  delivery(connection: string, topic: string | null, outcome: DeliveryFate): void {
    this.#deliveries.inc({ connection, topic: this.#topicLabel(topic), outcome });
  }

  sendDecided(channel: Channel, decision: string, reasons: readonly string[]): void {
    this.#decisions.inc({ channel, decision });
    for (const reason of reasons) this.#reasons.inc({ channel, reason });
  }

  sendReported(outcome: SendOutcome): void {
    this.#outcomes.inc({ outcome });
  }

  #topicLabel(topic: string | null): string {
    if (topic === null) return '';
    if (this.#topics.size < MOST_TOPICS) this.#topics.add(topic);
    return this.#topics.has(topic) ? topic : 'other';
  }

  request(method: string, route: string, status: number, seconds: number): void {
    this.#http.observe({ method, route, status: String(status) }, seconds);
  }
}

/** Callers choose the names of custom events and of mistakes: as labels they would grow without end. */
function typeLabel(type: unknown, outcome: EventFate): string {
  if (typeof type !== 'string' || outcome === 'rejected') return 'any';
  return type.startsWith('custom:') ? 'custom' : type;
}

function outboxGauges(store: Store, now: () => number, registers: Registry[]): void {
  const age = new Gauge({
    name: 'journeys_outbox_oldest_seconds',
    help: 'Age of the oldest thing that Temporal has not been told.',
    registers,
  });
  new Gauge({
    name: 'journeys_outbox_rows',
    help: 'Things that Temporal has still to be told.',
    registers,
    async collect() {
      const { rows, oldestAt } = await outboxDepth({ db: store.db, dialect: store.dialect });
      this.set(rows);
      age.set(oldestAt === null ? 0 : Math.max(0, now() - oldestAt) / 1000);
    },
  });
}

function deliveryGauges(store: Store, now: () => number, registers: Registry[]): void {
  const age = new Gauge({
    name: 'journeys_deliveries_oldest_seconds',
    help: 'Age of the oldest event that a Commerce Trigger has not got.',
    registers,
  });
  new Gauge({
    name: 'journeys_deliveries_rows',
    help: 'Events that Commerce Triggers have still to get: fresh ones, ones whose execution failed, ones for unpublished nodes.',
    labelNames: ['state'],
    registers,
    async collect() {
      const rows = { fresh: 0, failing: 0, unpublished: 0 };
      let oldestAt = Infinity;
      for (const waiting of await listWaitingDeliveries(store)) {
        oldestAt = Math.min(oldestAt, waiting.oldestAt);
        if (waiting.published) {
          rows.failing += waiting.failing;
          rows.fresh += waiting.rows - waiting.failing;
        } else rows.unpublished += waiting.rows;
      }
      for (const [state, count] of Object.entries(rows)) this.set({ state }, count);
      age.set(Number.isFinite(oldestAt) ? Math.max(0, now() - oldestAt) / 1000 : 0);
    },
  });
}

function runGauge(store: Store, registers: Registry[]): void {
  new Gauge({
    name: 'journeys_runs',
    help: 'Runs, by journey and status.',
    labelNames: ['journey', 'status'],
    registers,
    async collect() {
      const counts = await countRuns(store.db);
      this.reset();
      for (const { journeyKey, status, runs } of counts) this.set({ journey: journeyKey, status }, runs);
    },
  });
}

function alarmGauge(store: Store, registers: Registry[]): void {
  new Gauge({
    name: 'journeys_alarms',
    help: 'Alarms that stand, by kind, channel and level: 1, else 0.',
    labelNames: ['kind', 'channel', 'level'],
    registers,
    async collect() {
      for (const level of ALARM_LEVELS) this.set({ kind: 'complaint_rate', channel: 'email', level }, 0);
      for (const { kind, channel, level } of await listOpenAlarms(store.db)) this.set({ kind, channel, level }, 1);
    },
  });
}

function retentionCounter(deleted: ServiceContext['deleted'], registers: Registry[]): void {
  new Counter({
    name: 'journeys_retention_deleted_total',
    help: 'Deleted past their retention: raw events, customers that name nobody, carts.',
    labelNames: ['kind'],
    registers,
    collect() {
      this.reset();
      const { events, customers, carts } = deleted();
      this.inc({ kind: 'events' }, events);
      this.inc({ kind: 'customers' }, customers);
      this.inc({ kind: 'carts' }, carts);
    },
  });
}

export function metricsRoutes(context: ServiceContext, metrics: ServiceMetrics): FastifyPluginCallbackTypebox {
  return (app, _options, done) => {
    app.addHook('onRequest', requireApiKey(context.settings.apiKey));
    app.get(
      '/metrics',
      {
        schema: {
          tags: ['health'],
          summary: 'Prometheus text',
          security: [{ apiKey: [] }],
          response: { 200: Type.String() },
        },
      },
      async (_request, reply) => {
        reply.type(metrics.registry.contentType);
        return await metrics.registry.metrics();
      },
    );
    done();
  };
}
