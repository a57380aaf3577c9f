/** A store, a fake n8n, a worker and a client around one Temporal dev server. Every test makes journeys of its own in it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { createActivities } from '../../temporal/activities/journeyActivities.ts';
import type { WaitSpec } from '../../temporal/domain/waitSpec.ts';
import { segmentPoster } from '../../temporal/n8n/postSegment.ts';
import { SegmentCaller } from '../../temporal/n8n/segmentCaller.ts';
import { segmentStore } from '../../temporal/n8n/segmentStore.ts';
import { endRuns } from '../../temporal/store/runs.ts';
import { openStore, type Store } from '../../temporal/store/store.ts';
import { TemporalClientPort } from '../../temporal/temporalPort.ts';
import { startJourneyWorker, type JourneyWorker } from '../../temporal/worker.ts';
import type { CustomerJourneyInput, CustomerJourneyResult } from '../../temporal/workflows/messages.ts';
import { FakeN8n } from './fakeN8n.ts';

export const PLANTED_EMAIL = 'planted.person@example.com';
const API_KEY = 'test-key';

export interface TestJourney {
  key: string;
  /** Webhook paths. */
  trigger: string;
  wait: string;
}

export interface TestRun {
  id: string;
  customerId: string;
  workflowId: string;
  input: CustomerJourneyInput;
}

export class JourneyWorld {
  readonly store: Store;
  readonly n8n: FakeN8n;
  readonly port: TemporalClientPort;
  readonly worker: JourneyWorker;
  readonly #folder: string;
  #count = 0;

  static async start(address: string, options: { callTimeoutMs?: number } = {}): Promise<JourneyWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'journeys-temporal-'));
    const store = openStore(join(folder, 'journeys.sqlite'));
    await store.migrate();
    const n8n = new FakeN8n(API_KEY);
    await n8n.up();
    return new JourneyWorld(folder, store, n8n, address, options.callTimeoutMs ?? 20_000);
  }

  private constructor(folder: string, store: Store, n8n: FakeN8n, address: string, timeoutMs: number) {
    this.#folder = folder;
    this.store = store;
    this.n8n = n8n;
    const temporal = { connectionOptions: { address }, namespace: 'default' };
    const onError = (error: unknown) => console.error(error);
    const caller = new SegmentCaller({
      store: segmentStore(store, Date.now),
      post: segmentPoster({ n8nBaseUrl: n8n.baseUrl, apiKey: API_KEY, timeoutMs }),
      onError,
    });
    this.port = new TemporalClientPort(temporal, (runId) => `https://journeys.example.com/runs/${runId}`);
    const log = { info: () => {}, warn: (facts: object, message: string) => console.warn(message, facts) };
    const activities = createActivities({ caller, store, now: Date.now, onError });
    this.worker = startJourneyWorker({ address: temporal, activities, log });
  }

  async stop(): Promise<void> {
    await this.worker.stop();
    await this.port.close();
    await this.n8n.down();
    await this.store.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** A journey of one trigger and one wait node, published in the store. */
  async journey(name: string): Promise<TestJourney> {
    const now = Date.now();
    const definition = { key: name, name, entries: [], exits: [], priority: 0 };
    await this.store.db
      .insertInto('journeys')
      .values({
        key: name,
        name: 'Cart recovery',
        n8n_workflow_id: `wf-${name}`,
        definition_json: JSON.stringify(definition),
        published: 1,
        paused: 0,
        created_at: now,
        updated_at: now,
      })
      .execute();
    const nodes = { trigger: 'Cart abandoned', wait: 'Wait 1 hour' } as const;
    for (const kind of ['trigger', 'wait'] as const) {
      await this.store.db
        .insertInto('endpoints')
        .values({
          id: `wf-${name}/${kind}`,
          kind,
          n8n_workflow_id: `wf-${name}`,
          n8n_workflow_name: 'Cart recovery',
          node_id: kind,
          node_name: nodes[kind],
          path: `webhook/${name}-${kind}/journey`,
          journey_key: kind === 'trigger' ? name : null,
          parameters_json: '{}',
          published: 1,
          updated_at: now,
        })
        .execute();
    }
    return { key: name, trigger: `webhook/${name}-trigger/journey`, wait: `webhook/${name}-wait/journey` };
  }

  /** What the intake does: customer and run in the store. */
  async enter(journey: TestJourney): Promise<TestRun> {
    const number = ++this.#count;
    const now = Date.now();
    const run = {
      id: `run_${number}`,
      customerId: `cus_${number}`,
      workflowId: `journey/${journey.key}/cus_${number}`,
    };
    await this.store.db
      .insertInto('customers')
      .values({
        id: run.customerId,
        properties_json: JSON.stringify({ firstName: 'Planted' }),
        created_at: now,
        updated_at: now,
        merged_into: null,
      })
      .execute();
    const value = number === 1 ? PLANTED_EMAIL : `${number}.${PLANTED_EMAIL}`;
    await this.store.db
      .insertInto('identifiers')
      .values({ kind: 'email', value, customer_id: run.customerId, created_at: now })
      .execute();
    await this.store.db
      .insertInto('runs')
      .values({
        id: run.id,
        journey_key: journey.key,
        customer_id: run.customerId,
        entry_key: '',
        workflow_id: run.workflowId,
        status: 'running',
        exit_reason: null,
        step: null,
        waiting_until: null,
        held: 0,
        entered_at: now,
        entry_occurred_at: now,
        entry_json: JSON.stringify({ type: 'added_to_cart', properties: {} }),
        segment: 1,
        ended_at: null,
      })
      .execute();
    const input: CustomerJourneyInput = {
      runId: run.id,
      journeyKey: journey.key,
      journeyName: 'Cart recovery',
      customerId: run.customerId,
      entry: 'added_to_cart',
      endsOn: ['completed_purchase'],
    };
    return { ...run, input };
  }

  /** Enters and starts in one. */
  async start(journey: TestJourney): Promise<TestRun> {
    const run = await this.enter(journey);
    await this.port.start(run.input, run.workflowId);
    return run;
  }

  handle(run: TestRun): WorkflowHandle<(input: CustomerJourneyInput) => Promise<CustomerJourneyResult>> {
    return this.port.client.workflow.getHandle(run.workflowId);
  }

  /** What `POST /v1/waits` does for one item. */
  async registerWait(
    journey: TestJourney,
    item: { run: { id: string; segment: number } },
    until: number | null,
    spec: WaitSpec = { kind: 'duration', ms: 3_600_000, restartable: true },
  ): Promise<void> {
    await this.store.db
      .insertInto('waits')
      .values({
        run_id: item.run.id,
        segment: item.run.segment,
        endpoint_id: `wf-${journey.key}/wait`,
        node: 'Wait 1 hour',
        spec_json: JSON.stringify(spec),
        until,
        state: 'waiting',
        ended_by: null,
        event_json: null,
        item_json: JSON.stringify(item),
        created_at: Date.now(),
      })
      .onConflict((conflict) => conflict.columns(['run_id', 'segment']).doUpdateSet({ until }))
      .execute();
  }

  /** A journey whose first segment asks for a wait of so long; null: without end by time. */
  waits(journey: TestJourney, ms: number | null, spec?: WaitSpec): void {
    this.n8n.on(journey.trigger, async (items) => {
      for (const item of items) await this.registerWait(journey, item, ms === null ? null : Date.now() + ms, spec);
    });
    this.n8n.on(journey.wait, () => {});
  }

  /** What the intake does on an exit event: the store first, then the signal. */
  async exit(run: TestRun, type = 'completed_purchase'): Promise<void> {
    await this.store.transaction((db) =>
      endRuns({ db, dialect: 'sqlite' }, [{ id: run.id, status: 'exited', reason: type }], Date.now()),
    );
    await this.port.event(run.workflowId, run.id, { arm: 'exit', type });
  }

  async row(run: TestRun) {
    return await this.store.db.selectFrom('runs').selectAll().where('id', '=', run.id).executeTakeFirstOrThrow();
  }
}
