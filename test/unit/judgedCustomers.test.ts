/** Forecasts of a large shop are judged by some of its customers, each with all that they bought. */
import { expect, it } from 'vitest';
import { PurchaseLog } from '../../temporal/domain/replenishment/purchases.ts';
import { everyNthCustomer } from '../../temporal/scoring/replenishmentJob.ts';

it('keeps every n-th customer whole', () => {
  const log = new PurchaseLog();
  for (let customer = 0; customer < 9; customer++) {
    for (let day = 0; day <= customer; day++) log.add(`c${customer}`, 'p1', day, 1 + day);
  }
  const all = log.purchases();
  expect(everyNthCustomer(all, 1)).toBe(all);
  const some = everyNthCustomer(all, 4);
  expect(Array.from(some.customer, (place) => all.customerIds[place])).toEqual([
    'c0',
    ...Array<string>(5).fill('c4'),
    ...Array<string>(9).fill('c8'),
  ]);
  expect([...some.day.slice(1, 6)]).toEqual([0, 1, 2, 3, 4]);
  expect([...some.quantity.slice(1, 6)]).toEqual([1, 2, 3, 4, 5]);
  expect(some.length).toBe(15);
});
