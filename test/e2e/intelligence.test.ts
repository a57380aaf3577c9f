/**
 * Scores and replenishment on the real canvas: a customer comes in by a change of segment, on a schedule, or when a purchase runs
 * out; nodes put scores and dates on the item; a wait ends when the product is expected to run out.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeCredentials, publishJourney, type Credentials } from './journeys.ts';
import { Stack } from './stack.ts';
import { until } from './until.ts';

const DAY = 86_400_000;
/** A day is two seconds. */
const TIME_SCALE = 43_200;
/** Of beans, by hand; a journey hears of it five days before. */
const LOW_DAYS = 40;
const DAYS_BEFORE = 5;

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- items hold whatever the nodes put on them
type Json = Record<string, any>;

let stack: Stack;
let credentials: Credentials;
/** Of five customers the n-th has ordered n times, the last time n × 10 days ago. */
const ids: string[] = [];
let orderedAt: number;

async function shopSays(...events: object[]): Promise<string> {
  const { accepted } = await stack.api<{ accepted: { customerId: string }[] }>('POST', '/v1/events', { events });
  expect(accepted).toHaveLength(events.length);
  return accepted[0]!.customerId;
}

const bought = (person: string, at: number, orderId: string) => ({
  ...{ id: orderId, type: 'completed_purchase', occurredAt: new Date(at).toISOString(), source: 'custom' },
  identity: { email: `${person}@example.com` },
  properties: {
    ...{ orderId, currency: 'EUR', value: '10.00' },
    items: [{ productId: 'beans', quantity: 1, price: '10.00' }],
  },
});

const runsOf = async (journey: string, customerId: string) =>
  (await stack.api<{ items: Json[] }>('GET', `/v1/runs?journey=${journey}&customerId=${customerId}`)).items;

/** The run, once it is over. */
const finished = async (journey: string, customerId: string): Promise<Json> =>
  await until(
    `the end of a run in ${journey}`,
    async () => (await runsOf(journey, customerId)).find(({ status }) => status !== 'running'),
    180_000,
  );

/** What a node has put out for the customer, in whichever execution. */
async function outputOf(workflowId: string, node: string, customerId: string): Promise<Json> {
  return await until(`the output of ${node}`, async () => {
    const query = `workflowId=${workflowId}&includeData=true&status=success`;
    const { data } = await stack.n8n<{ data: Json[] }>('GET', `/executions?${query}`);
    const items = data.flatMap((execution) => {
      const runs = (execution['data'].resultData.runData[node] ?? []) as { data: { main: { json: Json }[][] } }[];
      return runs.flatMap(({ data: { main } }) => main[0] ?? []);
    });
    return items.find(({ json }) => json['customer'].id === customerId)?.json;
  });
}

/** Has the scores calculated, and waits until they say so. */
async function scored(customerId: string, segment: string): Promise<void> {
  await stack.api('POST', '/v1/scores/refresh');
  await until(`${segment} of the scores`, async () => {
    const { scores } = await stack.api<Json>('GET', `/v1/customers/${customerId}`);
    return scores.rfm?.segment === segment;
  });
}

beforeAll(async () => {
  stack = await Stack.start({ JOURNEYS_TIME_SCALE: String(TIME_SCALE) });
  credentials = await makeCredentials(stack, {});
  await stack.api('PUT', '/v1/products/beans', { replenishment: { lowDays: LOW_DAYS, highDays: 50 } });
  for (const n of [1, 2, 3, 4, 5]) {
    const orders = Array.from({ length: n }, (_, index) =>
      bought(`p${n}`, Date.now() - (n * 10 + index) * DAY, `p${n}-${index}`),
    );
    ids.push(await shopSays(...orders));
  }
  await scored(ids[4]!, 'cant_lose');
});
afterAll(async () => {
  await stack?.remove();
});

test('a change of segment begins a journey that knows the scores and waits until the purchase runs out', async () => {
  const customerId = ids[4]!;
  const toSegments = { type: 'segment_changed', fromSegments: ['cant_lose'], toSegments: ['champions'] };
  const workflowId = await publishJourney(stack, {
    ...{ key: 'won-back', entry: 'segment_changed', credentials },
    enters: { entryEvents: { event: [toSegments] } },
    nodes: [
      { name: 'Scores', type: 'rfmScore', parameters: {} },
      { name: 'Runs Out', type: 'replenishment', parameters: { of: 'all' } },
      {
        name: 'Until It Runs Out',
        type: 'journeyWait',
        parameters: {
          ...{ resume: 'replenishment', daysBeforeByHand: DAYS_BEFORE },
          replenishmentProduct: '={{ $json.replenishment.next.productId }}',
        },
      },
      { name: 'Next', type: 'customer', parameters: { resource: 'activity', operation: 'getNextProducts' } },
    ],
  });
  await publishJourney(stack, {
    ...{ key: 'refill', entry: 'viewed_page', credentials },
    enters: { entersOn: 'replenishmentDue', dueDaysBeforeByHand: DAYS_BEFORE, dueProducts: 'beans' },
    nodes: [{ name: 'Runs Out', type: 'replenishment', parameters: {} }],
  });
  orderedAt = Date.now();
  expect(await shopSays(bought('p5', orderedAt, 'again'))).toBe(customerId);
  const dueAt = orderedAt + ((LOW_DAYS - DAYS_BEFORE) * DAY) / TIME_SCALE;
  const waiting = await until('the customer to wait', async () =>
    (await runsOf('won-back', customerId)).find(({ waitingUntil }) => waitingUntil !== null),
  );
  expect(Date.parse(waiting['waitingUntil'] as string)).toBeCloseTo(dueAt, -1);

  const run = await finished('won-back', customerId);
  expect(run).toMatchObject({ status: 'completed', exitReason: null });
  const steps = (run['steps'] as Json[]).map(({ node }) => node as string);
  expect([...new Set(steps)]).toEqual(['Enter', 'Until It Runs Out']);
  const item = await outputOf(workflowId, 'Next', customerId);
  expect(item).toMatchObject({
    run: { entry: { type: 'segment_changed', properties: { from: 'cant_lose', to: 'champions', r: 5, f: 5 } } },
    scores: { rfm: { segment: 'champions', orders: 6 } },
    replenishment: { next: { productId: 'beans', basis: 'byHand', subscribed: false } },
    nextProducts: [],
  });
  const temporal = await stack.temporal();
  const result = (await temporal.workflow.getHandle(run['workflowId'] as string).result()) as Json;
  expect(result).toMatchObject({ outcome: 'completed' });
});

test('a journey begins when a purchase is about to run out, with what it is about', async () => {
  const run = await finished('refill', ids[4]!);
  expect(run['status']).toBe('completed');
  const { data } = await stack.n8n<{ data: { id: string; name: string }[] }>('GET', '/workflows?active=true');
  const workflow = data.find(({ name }) => name === 'refill');
  const item = await outputOf(workflow!.id, 'Runs Out', ids[4]!);
  expect(item).toMatchObject({
    run: {
      entry: {
        type: 'custom:replenishment_due',
        properties: { productId: 'beans', orderId: 'again', quantity: 1, basis: 'byHand' },
      },
    },
    replenishment: { next: { productId: 'beans' } },
  });
  expect(Date.parse(item['run'].entry.properties.orderedAt as string)).toBe(orderedAt);
});

test('an audience comes in on a schedule, right after publishing and once', async () => {
  // Now that the fifth has ordered again, the third and the fourth are those who have not for the longest time: R2.
  await scored(ids[2]!, 'at_risk');
  const workflowId = await publishJourney(stack, {
    ...{ key: 'at-risk', entry: 'viewed_page', credentials },
    enters: {
      ...{ entersOn: 'schedule', audienceSegments: ['at_risk', 'cant_lose'], audienceMinimumOrders: 2 },
      ...{ enterAgain: 'never', customers: 'everybody' },
    },
    nodes: [{ name: 'Segments', type: 'rfmScore', parameters: { operation: 'getSegments', output: 'list' } }],
  });
  for (const id of [ids[2]!, ids[3]!]) {
    expect(await finished('at-risk', id)).toMatchObject({ status: 'completed' });
    const item = await outputOf(workflowId, 'Segments', id);
    expect(item['run'].entry).toMatchObject({
      type: 'schedule',
      properties: { segment: 'at_risk', r: expect.any(Number) },
    });
    expect(item['segments']).toHaveLength(10);
    expect(await runsOf('at-risk', id)).toHaveLength(1);
  }
  for (const id of [ids[0]!, ids[1]!, ids[4]!]) expect(await runsOf('at-risk', id)).toEqual([]);
});
