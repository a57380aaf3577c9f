/** A run that waits until something runs out, on a real Temporal server: it plans its wait anew when the customer buys again. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Dispatcher } from '../../temporal/dispatcher/dispatcher.ts';
import { readProduct } from '../../temporal/domain/catalogue/readProduct.ts';
import { handStatement } from '../../temporal/domain/catalogue/saidByHand.ts';
import { parseEvent, type ParsedEvent } from '../../temporal/domain/eventParsing.ts';
import type { WaitSpec } from '../../temporal/domain/waitSpec.ts';
import { EventIntake } from '../../temporal/intake/eventIntake.ts';
import { changeProducts } from '../../temporal/intake/productChanges.ts';
import { listRuns } from '../../temporal/store/lists.ts';
import { registerWaits } from '../../temporal/store/waits.ts';
import { until } from '../e2e/until.ts';
import { startDevServer, type DevServer } from './devServer.ts';
import { takeHistory } from './histories.ts';
import { JourneyWorld } from './journeyWorld.ts';

const DAY = 86_400_000;
/** One piece lasts a day, here 4 seconds. */
const TIME_SCALE = DAY / 4000;
const SPEC: WaitSpec = {
  ...{ kind: 'replenishment', point: 'start', daysBeforeLearned: 0, daysBeforeByHand: 0 },
  ...{ otherwiseMs: null, restartable: false },
};

let server: DevServer;
let world: JourneyWorld;
let dispatcher: Dispatcher;
let intake: EventIntake;

beforeAll(async () => {
  server = await startDevServer();
  world = await JourneyWorld.start(server.address);
  await world.worker.started;
  dispatcher = new Dispatcher({ store: world.store, temporal: world.port });
  dispatcher.start();
  const outboxWritten = () => dispatcher.wake();
  intake = new EventIntake({ store: world.store, now: Date.now, timeScale: TIME_SCALE, outboxWritten });
  await setWindow('doses', { lowDays: 1, highDays: 1 });
});
afterAll(async () => {
  await dispatcher?.stop();
  await world?.stop();
  await server?.stop();
});

async function setWindow(productId: string, replenishment: object): Promise<void> {
  const at = Date.now();
  const { said } = readProduct({ replenishment }, '');
  const { statement } = handStatement(productId, said, null, { source: 'test', at, path: '' });
  await world.store.transaction((db) =>
    changeProducts(
      { db, dialect: 'sqlite' },
      { statements: [statement], levels: [], actor: 'test', isAudited: false },
      at,
    ),
  );
}

async function buy(orderId: string, quantity: number, at = Date.now()): Promise<string> {
  const event = {
    ...{ id: orderId, type: 'completed_purchase', source: 'shop', identity: { externalId: 'person-1' } },
    occurredAt: new Date(at).toISOString(),
    properties: { orderId, currency: 'EUR', value: '20.00', items: [{ productId: 'doses', quantity, price: '20.00' }] },
  };
  const [outcome] = await intake.submit([parseEvent(event, Date.now()) as ParsedEvent]);
  if (outcome?.problem !== undefined || !outcome) throw new Error('the purchase was not taken');
  return outcome.customerId;
}

test('a run re-plans its wait when the customer buys again', async () => {
  const journey = await world.journey('refill');
  const entries = [{ type: 'completed_purchase', filters: [] }];
  const definition = { key: 'refill', name: 'Refill', entries, exits: [], priority: 0, reentry: 'ignore' };
  await world.store.db
    .updateTable('journeys')
    .set({ definition_json: JSON.stringify({ ...definition, enterAgain: 'never', maxEventAgeMs: 2 * DAY }) })
    .where('key', '=', 'refill')
    .execute();
  world.n8n.on(journey.trigger, async (items) => {
    const registrations = items.map((item) => ({
      ...{ runId: item.run.id, segment: item.run.segment, workflowId: 'wf-refill' },
      ...{ nodeId: 'wait', nodeName: 'Until it runs out', spec: SPEC, item: { ...item } },
    }));
    await world.store.transaction((trx) =>
      registerWaits(trx, registrations, { now: Date.now(), timeScale: TIME_SCALE }),
    );
  });
  let releasedAt = 0;
  world.n8n.on(journey.wait, () => {
    releasedAt = Date.now();
  });

  // Yesterday, for purchases of one day are one; so many that they last for hours here.
  const customerId = await buy('order-1', 30_000, Date.now() - DAY);
  const runOf = async () => (await listRuns(world.store.db, { customerId }, { limit: 1, after: null })).items[0]!;
  const handle = () => world.port.client.workflow.getHandle(`journey/refill/${customerId}`);
  const timers = async () => {
    const { events } = await handle().fetchHistory();
    return (events ?? []).filter((event) => event.timerStartedEventAttributes);
  };
  await until('the run to wait', async () => (await timers().catch(() => [])).length === 1);
  const before = await runOf();
  expect(before).toMatchObject({ status: 'running', step: 'Until it runs out' });

  const boughtAgainAt = Date.now();
  await buy('order-2', 1);
  const after = await runOf();
  expect(after.steps.map(({ outcome }) => outcome)).toEqual(['entered', 'waiting', 'replanned']);
  const planned = Date.parse(after.waitingUntil!);
  expect(planned).toBeLessThan(Date.parse(before.waitingUntil!));
  expect(planned - boughtAgainAt).toBeGreaterThanOrEqual(4000 - 1);

  expect(await handle().result()).toEqual({ outcome: 'completed', reason: null, steps: 2 });
  expect(releasedAt).toBeGreaterThanOrEqual(planned - 300);
  const [first, second, ...others] = await timers();
  expect(others).toEqual([]);
  for (const timer of [first, second]) {
    expect(Buffer.from(timer?.userMetadata?.summary?.data ?? []).toString()).toBe('"Until it runs out"');
  }
  const history = await takeHistory('replanned', handle());
  expect(history.events?.filter((event) => event.timerCanceledEventAttributes)).toHaveLength(1);
  expect(history.events?.filter((event) => event.workflowExecutionSignaledEventAttributes)).toHaveLength(1);
});
