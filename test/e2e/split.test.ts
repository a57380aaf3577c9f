/** A split on the real canvas: each customer goes one way, and still has the arm after a wait. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { customersDo, makeCredentials, publishJourney, type JourneyNode } from './journeys.ts';
import { Stack } from './stack.ts';
import { until } from './until.ts';

/** A day becomes about 2 s. */
const TIME_SCALE = '43200';
const SHOPPERS = Array.from({ length: 24 }, (_, index) => `shopper-${index}@example.com`);

let stack: Stack;

beforeAll(async () => {
  stack = await Stack.start({ JOURNEYS_TIME_SCALE: TIME_SCALE });
});
afterAll(async () => {
  await stack?.remove();
});

const note = (name: string, value: string, after: JourneyNode['after']): JourneyNode => ({
  ...{ name, type: 'customer', ...(after && { after }) },
  parameters: { resource: 'customer', operation: 'upsert', properties: { property: [{ name: 'way', value }] } },
});

test('shoppers are split, wait, and go on in their arm', async () => {
  const split: JourneyNode = {
    name: 'Which Offer',
    type: 'journey',
    parameters: {
      ...{ resource: 'experiment', operation: 'split', experimentKey: 'first-offer' },
      arms: { arm: ['Plain', 'Gift', 'Voucher'].map((name) => ({ name, weight: 1 })) },
    },
  };
  const wait: JourneyNode = {
    name: 'A Day',
    type: 'journeyWait',
    parameters: { amount: 1, unit: 'days' },
    after: [
      ['Note Plain', 0],
      ['Note Gift', 0],
      ['Note Voucher', 0],
    ],
  };
  const after: JourneyNode = {
    name: 'Note the Arm',
    type: 'customer',
    parameters: {
      ...{ resource: 'customer', operation: 'upsert' },
      properties: { property: [{ name: 'armAfterWait', value: '={{ $json.experiment.arm }}' }] },
    },
  };
  await publishJourney(stack, {
    ...{ key: 'offers', entry: 'answered_quiz', credentials: await makeCredentials(stack, {}) },
    nodes: [
      split,
      note('Note Plain', 'Plain', [['Which Offer', 0]]),
      note('Note Gift', 'Gift', [['Which Offer', 1]]),
      note('Note Voucher', 'Voucher', [['Which Offer', 2]]),
      wait,
      after,
    ],
  });
  const ids = await customersDo(stack, 'answered_quiz', SHOPPERS);

  const ways = await until('everybody to have come through', async () => {
    const customers = await Promise.all(
      ids.map((id) => stack.api<{ properties: { way?: string; armAfterWait?: string } }>('GET', `/v1/customers/${id}`)),
    );
    return (
      customers.every(({ properties }) => properties.armAfterWait) && customers.map(({ properties }) => properties)
    );
  });
  expect(new Set(ways.map(({ way }) => way))).toEqual(new Set(['Plain', 'Gift', 'Voucher']));
  for (const { way, armAfterWait } of ways) expect(armAfterWait).toBe(way);

  const body = {
    arms: ['Plain', 'Gift', 'Voucher'].map((name) => ({ name, weight: 1 })),
    items: ids.map((customerId, ref) => ({ ref, customerId })),
  };
  const { items } = await stack.api<{ items: { arm: string }[] }>(
    'POST',
    '/v1/experiments/first-offer/exposures',
    body,
  );
  expect(items.map(({ arm }) => arm)).toEqual(ways.map(({ way }) => way));
});
