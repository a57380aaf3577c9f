/** Any order and any repetition of deliveries gives the same customers, totals, consent and counted orders. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseEvent, type ParsedEvent } from '../../temporal/domain/eventParsing.ts';
import { takeIn } from '../../temporal/intake/takeIn.ts';
import { readCustomers } from '../../temporal/store/customers.ts';
import { CommerceTriggerReader } from '../../temporal/store/commerceTriggers.ts';
import { JourneyReader } from '../../temporal/store/journeys.ts';
import type { Store } from '../../temporal/store/store.ts';
import { minutes, NOW } from './service.ts';
import { DIALECTS, freshStore } from './stores.ts';

const readers = { journeys: new JourneyReader(), triggers: new CommerceTriggerReader() };

const oneEvent = fc.record({
  person: fc.integer({ min: 0, max: 3 }),
  with: fc.subarray(['externalId', 'phone', 'deviceId']),
  at: fc.integer({ min: -200, max: -1 }),
  what: fc.oneof(
    fc.record({
      type: fc.constant('completed_purchase'),
      order: fc.integer({ min: 0, max: 3 }),
      currency: fc.constantFrom('EUR', 'USD'),
    }),
    fc.record({
      type: fc.constant('refunded'),
      order: fc.integer({ min: 0, max: 3 }),
      currency: fc.constantFrom('EUR', 'USD'),
    }),
    fc.record({ type: fc.constantFrom('subscribed', 'unsubscribed', 'viewed_page') }),
  ),
  test: fc.integer({ min: 0, max: 9 }).map((value) => value === 0),
});

type OneEvent = typeof oneEvent extends fc.Arbitrary<infer T> ? T : never;

function toParsed({ person, with: others, at, what, test }: OneEvent, index: number): ParsedEvent {
  const all = { externalId: `x${person}`, phone: `+43660123456${person}`, deviceId: `d${person}` };
  const isOrder = 'order' in what;
  const parsed = parseEvent(
    {
      id: `e${index}`,
      type: what.type,
      occurredAt: minutes(at),
      source: 'shop',
      identity: {
        email: `p${person}@example.com`,
        ...Object.fromEntries(Object.entries(all).filter(([kind]) => others.includes(kind))),
      },
      properties: isOrder
        ? {
            orderId: `o${person}-${what.order}`,
            currency: what.order % 2 ? 'EUR' : 'USD',
            value: String(10 + what.order),
            items: [{}],
          }
        : {},
      test,
    },
    NOW,
  );
  if ('event' in parsed) return parsed;
  throw new Error(parsed.message);
}

async function outcome(store: Store, batches: readonly (readonly ParsedEvent[])[]): Promise<unknown> {
  const session = { db: store.db, dialect: store.dialect };
  for (const table of [
    'events',
    'identifiers',
    'customers',
    'totals',
    'orders',
    'refunds',
    'consents',
    'consent_history',
  ] as const) {
    await store.db.deleteFrom(table).execute();
  }
  for (const batch of batches) {
    await store.transaction((db) => takeIn({ db, dialect: store.dialect }, batch, readers, { now: NOW, timeScale: 1 }));
  }
  const customers = await store.db.selectFrom('customers').select('id').execute();
  const views = await readCustomers(
    session,
    customers.map(({ id }) => id),
  );
  return [...views.values()]
    .map(({ identifiers, totals, consent }) => ({
      // A refund that comes before its order waits for it under the order's id: that alone tells how they arrived.
      identifiers: identifiers
        .filter(({ kind }) => kind !== 'orderId')
        .map(({ kind, value }) => `${kind} ${value}`)
        .sort(),
      totals,
      email: [consent.email.state, consent.email.at],
    }))
    .sort((a, b) => a.identifiers.join().localeCompare(b.identifiers.join()));
}

it.each(DIALECTS)('on %s', { timeout: 120_000 }, async (dialect) => {
  const testStore = await freshStore(dialect);
  const { store } = testStore;
  const plan = fc
    .array(oneEvent, { minLength: 1, maxLength: 15 })
    .map((list) => list.map(toParsed))
    .chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray([...list, ...list], { minLength: list.length * 2 }),
        fc.integer({ min: 1, max: 5 }),
      ),
    );
  await fc.assert(
    fc.asyncProperty(plan, async ([list, shuffled, size]) => {
      const batches = Array.from({ length: Math.ceil(shuffled.length / size) }, (_, index) =>
        shuffled.slice(index * size, (index + 1) * size),
      );
      expect(await outcome(store, batches)).toEqual(await outcome(store, [list]));
    }),
    { numRuns: dialect === 'sqlite' ? 60 : 25 },
  );
  await testStore.remove();
});
