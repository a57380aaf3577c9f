/** Two processes on one PostgreSQL: one person stays one customer, one order one order, one journey one run. */
import { expect, it } from 'vitest';
import { EventIntake } from '../../temporal/intake/eventIntake.ts';
import { parseEvent, type ParsedEvent } from '../../temporal/domain/eventParsing.ts';
import { event, minutes, NOW, TestService } from './service.ts';

function parsed(type: string, identity: object, more: Record<string, unknown> = {}): ParsedEvent {
  const result = parseEvent(event(type, identity, minutes(-1), more), NOW);
  if ('event' in result) return result;
  throw new Error(result.message);
}

it('decide for a customer one after the other', async () => {
  const service = await TestService.create('postgres');
  await service.publish({ key: 'cart' });
  const intakes = [service.store, service.openAgain(), service.openAgain()].map(
    (store) => new EventIntake({ store, now: () => NOW, timeScale: 1, outboxWritten: () => {} }),
  );
  const sent = Array.from({ length: 240 }, (_, index) => {
    const person = index % 8;
    const identity = { email: `p${person}@example.com`, deviceId: `d${index % 24}`, externalId: `x${person}` };
    return index % 3 === 0
      ? // The same order under another event id, and the same event by another process.
        parsed('completed_purchase', identity, {
          id: `order-${index % 48}`,
          properties: { orderId: `o-${index % 24}` },
        })
      : parsed('added_to_cart', identity);
  });
  const [first] = intakes as [EventIntake];
  await Promise.all(sent.map((one, index) => (intakes[index % intakes.length] ?? first).submit([one])));
  const count = async (table: 'customers' | 'orders' | 'events') =>
    (
      await service.store.db
        .selectFrom(table)
        .select((row) => row.fn.countAll<number>().as('n'))
        .executeTakeFirstOrThrow()
    ).n;
  expect(await count('customers')).toBe(8);
  expect(await count('orders')).toBe(8);
  expect(await count('events')).toBe(160 + 16);
  const totals = await service.store.db.selectFrom('totals').select(['orders', 'revenue_minor']).execute();
  expect(totals.map(({ orders, revenue_minor }) => revenue_minor / orders)).toEqual(totals.map(() => 8400));
  const open = await service.store.db
    .selectFrom('runs')
    .select('customer_id')
    .where('status', '=', 'running')
    .execute();
  expect(new Set(open.map(({ customer_id }) => customer_id)).size).toBe(open.length);
  await service.close();
});
