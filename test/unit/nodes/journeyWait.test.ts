/** Journey Wait through n8n's own engine: registering, releasing, skipping in tests, and what it says about wrong input. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { IDataObject } from 'n8n-workflow';
import { besideService } from './besideService.ts';
import { API_KEY } from './fakeService.ts';
import { N8nRunner } from './n8nRunner.ts';

const { service, n8n } = besideService();

beforeEach(() => {
  service.calls.length = 0;
  service.waits.length = 0;
});

const item = (number: number, more: IDataObject = {}) => ({
  customer: { id: `cus_${number}`, email: `ada${number}@example.com` },
  run: { id: `run_${number}`, journey: 'cart-recovery', segment: 1, outcome: 'entered' },
  settings: { brandName: 'Example' },
  ...more,
});
const wait = (parameters: IDataObject) => ({ name: 'Wait', type: 'journeyWait', id: 'wait-node', parameters });

describe('reached from the canvas', () => {
  it('registers all customers in one call and lets nobody out', async () => {
    const items = Array.from({ length: 200 }, (_, index) => item(index));
    const { outputs, error } = await n8n.run({ node: wait({ amount: 90, unit: 'minutes', restart: true }), items });
    expect(error).toBeUndefined();
    expect(outputs).toEqual([[]]);
    expect(service.callsTo('/v1/waits')).toHaveLength(1);
    expect(service.waits).toHaveLength(200);
    expect(service.waits[7]).toEqual({
      ref: '7',
      runId: 'run_7',
      segment: 1,
      workflowId: 'wf1',
      nodeId: 'wait-node',
      nodeName: 'Wait',
      spec: { kind: 'duration', ms: 5_400_000, restartable: true },
      item: { settings: { brandName: 'Example' } },
    });
  });

  it('needs no more than 500 items a call', async () => {
    const items = Array.from({ length: 501 }, (_, index) => item(index));
    await n8n.run({ node: wait({}), items });
    expect(service.callsTo('/v1/waits')).toHaveLength(2);
  });

  it('evaluates the date for each item, and takes the zone of the workflow where there is none', async () => {
    const items = [item(1, { due: '2026-12-24T09:00:00' }), item(2, { due: '2026-12-24T09:00:00-05:00' })];
    const { error } = await n8n.run({ node: wait({ resume: 'date', date: '={{ $json.due }}' }), items });
    expect(error).toBeUndefined();
    expect(service.waits.map(({ spec }) => spec)).toEqual([
      { kind: 'date', at: '2026-12-24T08:00:00.000Z', restartable: false },
      { kind: 'date', at: '2026-12-24T14:00:00.000Z', restartable: false },
    ]);
  });

  it('turns the chosen events into rules', async () => {
    const events = {
      event: [
        { type: 'cart_emptied' },
        { type: 'custom', customType: 'booked_fitting' },
        {
          type: 'completed_purchase',
          filters: { filter: [{ path: 'properties.valueMinor', operator: 'greaterThan', value: '5000' }] },
        },
      ],
    };
    await n8n.run({ node: wait({ resume: 'event', events, maxAmount: 2, maxUnit: 'days' }), items: [item(1)] });
    expect(service.waits[0]?.spec).toEqual({
      kind: 'event',
      maxMs: 172_800_000,
      restartable: false,
      events: [
        { type: 'removed_from_cart', filters: [{ path: 'properties.cartEmpty', operator: 'isTrue' }] },
        { type: 'custom:booked_fitting', filters: [] },
        {
          type: 'completed_purchase',
          filters: [{ path: 'properties.valueMinor', operator: 'greaterThan', value: '5000' }],
        },
      ],
    });
  });

  it('takes weekdays and a zone for a time of day', async () => {
    await n8n.run({
      node: wait({ resume: 'localTime', time: '9:30', weekdays: [1, 3], timeZone: 'Europe/Vienna' }),
      items: [item(1)],
    });
    expect(service.waits[0]?.spec).toEqual({
      kind: 'localTime',
      time: '09:30',
      weekdays: [1, 3],
      zone: 'Europe/Vienna',
      restartable: false,
    });
  });
});

it('counts a duration from the entry event or from a date in the item', async () => {
  const days = { amount: 7, unit: 'days' };
  const fromDate = { countFrom: 'date', countFromDate: '={{ $json.sentAt }}' };
  await n8n.run({ node: wait({ ...days, countFrom: 'entry' }), items: [item(1)] });
  await n8n.run({ node: wait({ ...days, ...fromDate }), items: [item(2, { sentAt: '2026-12-24T09:00:00' })] });
  const spec = { kind: 'duration', ms: 7 * 86_400_000, restartable: false };
  expect(service.waits.map((one) => one.spec)).toEqual([
    { ...spec, from: 'entry' },
    { ...spec, from: '2026-12-24T08:00:00.000Z' },
  ]);
});

it('waits until it runs out, of the product of the run or of a given one', async () => {
  const kind = { kind: 'replenishment', restartable: false };
  const later = { point: 'middle', daysBeforeLearned: 2, daysBeforeByHand: 0 };
  const parameters = {
    ...{ replenishmentPoint: 'middle', daysBeforeLearned: 2, daysBeforeByHand: 0, withoutWindow: 'wait' },
    ...{ replenishmentProduct: '={{ $json.productId }}', replenishmentQuantity: '={{ $json.quantity }}' },
  };
  await n8n.run({ node: wait({ resume: 'replenishment' }), items: [item(1)] });
  const items = [item(2, { productId: 'p1', quantity: 3 }), item(3, { productId: '', quantity: 0 })];
  await n8n.run({ node: wait({ resume: 'replenishment', ...parameters }), items });
  expect(service.waits.map(({ spec }) => spec)).toEqual([
    { ...kind, point: 'start', daysBeforeLearned: 0, daysBeforeByHand: 5, otherwiseMs: null },
    { ...kind, ...later, productId: 'p1', quantity: 3, otherwiseMs: 45 * 86_400_000 },
    { ...kind, ...later, otherwiseMs: 45 * 86_400_000 },
  ]);
});

it('waits until the preferred hour, else a time of day', async () => {
  await n8n.run({ node: wait({ resume: 'preferredHour' }), items: [item(1)] });
  const chosen = { fallbackTime: '8:15', weekdays: [6], timeZone: 'Europe/Vienna' };
  await n8n.run({ node: wait({ resume: 'preferredHour', ...chosen }), items: [item(1)] });
  expect(service.waits.map(({ spec }) => spec)).toEqual([
    { kind: 'preferredHour', fallback: '10:00', weekdays: [], restartable: false },
    { kind: 'preferredHour', fallback: '08:15', weekdays: [6], zone: 'Europe/Vienna', restartable: false },
  ]);
});

describe('what is wrong is said for the item it concerns', () => {
  it.each([
    ['an empty date', { resume: 'date', date: '={{ $json.nothing }}' }, 'The date to wait for is empty'],
    [
      'nothing to count from',
      { countFrom: 'date', countFromDate: '={{ $json.nothing }}' },
      'The date to wait for is empty',
    ],
    ['no date', { resume: 'date', date: 'soon' }, '"soon" is not a date'],
    ['no time', { resume: 'localTime', time: '25:00' }, '"25:00" is not a time of day'],
    ['no zone', { resume: 'localTime', timeZone: 'Mars/Olympus' }, '"Mars/Olympus" is not a time zone'],
    ['no amount', { amount: '={{ "many" }}' }, '"Amount" is not a duration: many hours'],
    ['no event', { resume: 'event', events: {} }, 'No event is chosen that ends this wait'],
    ['no hour', { resume: 'preferredHour', fallbackTime: 'noon' }, '"noon" is not a time of day'],
    [
      'no quantity',
      { resume: 'replenishment', replenishmentQuantity: '={{ $json.nothing }}' },
      '"Quantity" is not a number from 0 up',
    ],
    ['no point', { resume: 'replenishment', replenishmentPoint: '={{ "soon" }}' }, '"soon" is no point of the window'],
    [
      'no duration',
      { resume: 'replenishment', withoutWindow: 'wait', otherwiseAmount: -1 },
      '"Else Wait" is not a duration: -1 days',
    ],
  ])('%s', async (_, parameters, message) => {
    const { error } = await n8n.run({ node: wait(parameters), items: [item(1)] });
    expect(error?.message).toContain(message);
    expect(service.waits).toHaveLength(0);
  });

  it('an item without a run, while the others are registered', async () => {
    const { error } = await n8n.run({ node: wait({}), items: [item(1), { name: 'Ada' }, item(3)] });
    expect(error?.message).toBe('This item has no customer run');
    expect(error?.description).toContain('keep the "run" field');
    expect((error as { context?: IDataObject }).context?.itemIndex).toBe(1);
    expect(service.waits.map(({ ref }) => ref)).toEqual(['0', '2']);
  });

  it('the same run twice', async () => {
    const { error } = await n8n.run({ node: wait({}), items: [item(1), item(1)] });
    expect(error?.message).toBe('The same customer run reaches this wait twice');
  });

  it("the service's own objection to one item", async () => {
    const joined = { ...item(2), run: { id: 'run_joined', segment: 1 } };
    const { error } = await n8n.run({ node: wait({}), items: [item(1), joined] });
    expect(error?.message).toContain('join the branches first');
  });

  it('a service that is down, and one with another key', async () => {
    const down = await new N8nRunner({
      commerceJourneysApi: { baseUrl: 'http://127.0.0.1:9', apiKey: API_KEY },
    }).load();
    const { error } = await down.run({ node: wait({}), items: [item(1)] });
    expect(error?.message).toBe('The journeys service does not answer at http://127.0.0.1:9');
    const wrong = await new N8nRunner({ commerceJourneysApi: { baseUrl: service.url, apiKey: 'other' } }).load();
    const answer = await wrong.run({ node: wait({}), items: [item(1)] });
    expect(answer.error?.message).toBe('The journeys service does not accept the API key');
    expect(JSON.stringify(answer.run)).not.toContain(API_KEY);
  });

  it('a refused request, with the fields', async () => {
    service.failNext.push(400);
    const { error } = await n8n.run({ node: wait({}), items: [item(1)] });
    expect(error?.message).toBe('The request is not valid.');
    expect(error?.description).toBe('/items/0/spec: must be an object');
  });

  it('a service that restarts is asked again', async () => {
    service.failNext.push(503);
    const { error } = await n8n.run({ node: wait({}), items: [item(1)] });
    expect(error).toBeUndefined();
    expect(service.waits).toHaveLength(1);
  });

  it('continues on fail with the error on the item', async () => {
    const node = { ...wait({}), onError: 'continueRegularOutput' as const };
    const { outputs, error } = await n8n.run({ node, items: [{ name: 'Ada' }, item(2)] });
    expect(error).toBeUndefined();
    expect(outputs[0]).toMatchObject([
      { json: { name: 'Ada', error: 'This item has no customer run' }, pairedItem: { item: 0 } },
    ]);
    expect(service.waits).toHaveLength(1);
  });
});

describe('started by the service', () => {
  const released = (number: number, outcome: string) => ({
    ...item(number),
    run: { id: `run_${number}`, segment: 2, outcome },
  });

  it('lets customers out where their wait ended', async () => {
    const items = [released(1, 'elapsed'), released(2, 'event'), released(3, 'elapsed')];
    const node = wait({ resume: 'event' });
    const { outputs } = await n8n.run({ node, items, startedByWebhook: true });
    const runs = outputs.map((output) => output.map(({ json }) => (json.run as IDataObject).id));
    expect(runs).toEqual([['run_2'], ['run_1', 'run_3']]);
    expect(service.calls).toHaveLength(0);
  });

  it('has one output for a time, whatever ended the wait', async () => {
    const { outputs } = await n8n.run({
      node: wait({}),
      items: [released(1, 'elapsed'), released(2, 'event')],
      startedByWebhook: true,
    });
    expect(outputs.map((output) => output.length)).toEqual([2]);
  });
});

describe('a manual test', () => {
  it('skips the wait at once and says so', async () => {
    const { outputs, hints } = await n8n.run({
      node: wait({ amount: 90, unit: 'minutes' }),
      items: [item(1)],
      mode: 'manual',
    });
    expect(outputs[0]).toHaveLength(1);
    expect(outputs[0]?.[0]?.json.run).toMatchObject({ id: 'run_1', outcome: 'elapsed' });
    expect(hints).toEqual([
      'Test run: the wait of 90 min was skipped. In a published journey the customer waits here.',
    ]);
    expect(service.calls).toHaveLength(0);
  });

  it('takes the arm of the time where there is one', async () => {
    const limited = await n8n.run({ node: wait({ resume: 'event' }), items: [item(1)], mode: 'manual' });
    expect(limited.outputs.map((output) => output.length)).toEqual([0, 1]);
    const unlimited = await n8n.run({
      node: wait({ resume: 'event', limitWait: false }),
      items: [item(1)],
      mode: 'manual',
    });
    expect(unlimited.outputs.map((output) => output.length)).toEqual([1]);
  });

  it('shows a wrong field in the test already', async () => {
    const { error } = await n8n.run({ node: wait({ resume: 'date', date: 'x' }), items: [item(1)], mode: 'manual' });
    expect(error?.message).toContain('is not a date');
  });
});
