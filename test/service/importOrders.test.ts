/** Orders out of files: the same totals however often, in whatever order and in whatever pieces they are imported. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JOB_NAMES } from '../../temporal/scoring/job.ts';
import { csv, expectedTotals, fileOf, HEADER, run, snapshot, totalsOf, type Line } from './importing.ts';
import { event, minutes, NOW, TestService } from './service.ts';
import { DIALECTS, freshStore } from './stores.ts';

describe.each(DIALECTS)('importing orders on %s', (dialect) => {
  let service: TestService;
  beforeEach(async () => {
    service = await TestService.create(dialect);
  });
  afterEach(() => service.close());

  const LINES: Line[] = [
    { customer: 'c1', order: 'o1', day: '2026-01-02', product: 'p1', quantity: 2, cents: 998 },
    { customer: 'c1', order: 'o1', day: '2026-01-02', product: 'p2', quantity: 1, cents: 500 },
    { customer: 'c2', order: 'o2', day: '2026-01-03', product: 'p1', quantity: 1, cents: 499 },
    // Twice the same, and a return.
    { customer: 'c2', order: 'o2', day: '2026-01-03', product: 'p1', quantity: 1, cents: 499 },
    { customer: 'c1', order: 'o1', day: '2026-01-09', product: 'p2', quantity: -1, cents: -500 },
  ];

  it('makes customers, orders with their lines, refunds, events and totals', async () => {
    const summary = await run(service.store, 'orders', fileOf(csv(LINES)));
    expect(summary).toMatchObject({
      rows: 5,
      imported: 5,
      rejected: 0,
      counts: { customersCreated: 2, ordersCreated: 2, returns: 1 },
    });
    const { body } = await service.call('GET', '/v1/customers?externalId=c1');
    expect(body.totals).toMatchObject({
      orders: 1,
      refunds: 1,
      revenueMinor: 998,
      currency: 'EUR',
      firstOrderAt: '2026-01-02T00:00:00.000Z',
      lastOrderAt: '2026-01-02T00:00:00.000Z',
    });
    const events = await service.call('GET', `/v1/customers/${body.id}/events`);
    expect(
      events.body.items.map(({ type, properties }: { type: string; properties: { valueMinor: number } }) => [
        type,
        properties.valueMinor,
      ]),
    ).toEqual(
      expect.arrayContaining([
        ['completed_purchase', 1498],
        ['refunded', 500],
      ]),
    );
    expect(await totalsOf(service.store)).toEqual(expectedTotals(LINES));
    expect(await service.outbox()).toEqual([]);
  });

  it('has all scores calculated anew, once the whole file is there', async () => {
    const due = async () =>
      (await service.store.db.selectFrom('score_jobs').selectAll().execute()).map((row) => row.due_at);
    await run(service.store, 'orders', fileOf(`${HEADER}\nc1,o1,yesterday,p1,1,1.00\n`));
    expect(await due()).toEqual([]);
    await run(service.store, 'orders', fileOf(csv(LINES)), { chunkRows: 1 });
    expect(await due()).toEqual(JOB_NAMES.map(() => NOW));
  });

  it('changes nothing when it is run again, in other chunks or over overlapping files', async () => {
    await run(service.store, 'orders', fileOf(csv(LINES)));
    const once = await snapshot(service.store);
    const file = fileOf(csv(LINES));
    for (const chunkRows of [1, 2, 1000]) await run(service.store, 'orders', file, { chunkRows });
    await run(service.store, 'orders', fileOf(csv(LINES.slice(1, 3))));
    await run(service.store, 'orders', fileOf(csv([...LINES].reverse())), { chunkRows: 1 });
    expect(await snapshot(service.store)).toEqual(once);
  });

  it('gives the same totals for shuffled and split files', async () => {
    const customer = fc.constantFrom('c1', 'c2', 'c3');
    const lines = fc.array(
      fc.record({
        customer,
        order: fc.nat(3),
        product: fc.constantFrom('p1', 'p2'),
        quantity: fc.constantFrom(1, 2, -1),
        cents: fc.nat(3),
      }),
      { minLength: 1, maxLength: 14 },
    );
    await fc.assert(
      fc.asyncProperty(
        lines,
        fc.nat(14),
        fc.integer({ min: 1, max: 5 }),
        fc.infiniteStream(fc.nat()),
        async (drawn, cut, chunkRows, order) => {
          const test = await freshStore('sqlite');
          const all = drawn.map((line): Line => ({
            ...line,
            order: `${line.customer}-${line.order}`,
            day: '2026-01-02',
            cents: Math.sign(line.quantity) * (line.cents + 1),
          }));
          const shuffled = all
            .map((line) => ({ line, key: order.next().value as number }))
            .sort((a, b) => a.key - b.key)
            .map(({ line }) => line);
          // Lines that are alike cannot be told apart over two files: they stay in one (as the README says).
          const first = shuffled.slice(0, cut);
          const same = (a: Line, b: Line) => JSON.stringify(a) === JSON.stringify(b);
          const second = shuffled.slice(cut).filter((line) => !first.some((other) => same(line, other)));
          const whole = [...first, ...second];
          await run(test.store, 'orders', fileOf(csv(first)), { chunkRows });
          await run(test.store, 'orders', fileOf(csv(second)), { chunkRows });
          expect(await totalsOf(test.store)).toEqual(expectedTotals(whole));
          await run(test.store, 'orders', fileOf(csv([...whole].reverse())), { chunkRows: chunkRows + 1 });
          expect(await totalsOf(test.store)).toEqual(expectedTotals(whole));
          await test.remove();
        },
      ),
      { numRuns: dialect === 'sqlite' ? 25 : 1 },
    );
  });

  it('does not count again what the shop has told already, nor later', async () => {
    const told = event('completed_purchase', { externalId: 'c1' }, minutes(-60), {
      source: 'import',
      properties: { orderId: 'o1', value: '20.00' },
    });
    await service.send(told);
    const summary = await run(service.store, 'orders', fileOf(csv(LINES)));
    expect(summary.counts['rowsOfKnownOrders']).toBe(3);
    await service.send(
      event('completed_purchase', { externalId: 'c2' }, minutes(-1), {
        source: 'import',
        properties: { orderId: 'o2', value: '9.98' },
      }),
    );
    expect(await totalsOf(service.store)).toEqual({
      c1: { orders: 1, revenueMinor: 2000 },
      c2: { orders: 1, revenueMinor: 998 },
    });
  });

  it('starts no journey, and ends only those that were entered before', async () => {
    await service.publish({ key: 'thanks', entries: [{ type: 'completed_purchase', filters: [] }], exits: [] });
    await service.publish({ key: 'cart' });
    const customerId = await service.send(event('added_to_cart', { externalId: 'c1' }, minutes(-30)));
    const lines = (day: string, order: string) =>
      csv([{ customer: 'c1', order, day, product: 'p1', quantity: 1, cents: 100 }]);
    await run(service.store, 'orders', fileOf(lines('2026-11-22T11:00:00Z', 'o1')));
    expect(await service.runs(customerId)).toMatchObject([{ journey: 'cart', status: 'running' }]);
    await run(service.store, 'orders', fileOf(lines('2026-11-22T11:45:00Z', 'o2')));
    expect(await service.runs(customerId)).toMatchObject([
      { journey: 'cart', status: 'exited', exitReason: 'completed_purchase' },
    ]);
    expect((await service.outbox()).map(({ kind }) => kind)).toEqual(['start', 'exit']);
  });

  it('brings nobody back who has been erased', async () => {
    const returned = { customer: 'c3', order: 'o3', day: '2026-01-09', product: 'p2', quantity: -1, cents: -500 };
    const file = fileOf(csv([...LINES, returned]));
    await run(service.store, 'orders', file);
    for (const id of ['c1', 'c3']) {
      const { body } = await service.call('GET', `/v1/customers?externalId=${id}`);
      expect((await service.call('DELETE', `/v1/customers/${body.id}`)).status).toBe(204);
    }
    const again = await run(service.store, 'orders', file, { chunkRows: 1 });
    expect(again.counts).toMatchObject({ rowsOfErasedCustomers: 4, customersCreated: 0, ordersCreated: 0 });
    expect(Object.keys(await totalsOf(service.store))).toEqual(['c2']);
    expect((await service.call('GET', '/v1/customers?externalId=c1')).status).toBe(404);
  });

  it('puts bad rows aside with line and reason, and takes them when they are mended', async () => {
    const file = fileOf(
      `${HEADER},note\nc1,o1,2026-01-02,p1,1,5.00,"a ""note"""\nc1,o2,02/03/2026,p1,1,5.00,x\n,o3,2026-01-02,p1,1,5.00,\nc9,o1,2026-01-02,p1,1,5.00,\n"c1,o4,2026-01-02,p1,1,5.00,\n`,
    );
    const summary = await run(service.store, 'orders', file);
    expect(summary).toMatchObject({ rows: 5, imported: 1, rejected: 4 });
    const rejected = readFileSync(`${file}.rejected`, 'utf8');
    expect(rejected).toContain(`rejected_line,rejected_reason,${HEADER},note\n3,`);
    expect(rejected).toMatch(/^5,order_id belongs to another customer already.*,c9,o1,2026-01-02,p1,1,5.00,$/m);
    expect(rejected).toMatch(/^6,has a quote that is not closed,"c1,o4/m);
    const mended = fileOf(
      rejected
        .replace('02/03/2026', '2026-03-02')
        .replace(/^[45],.*\n/gm, '')
        .replace('"c1,o4', 'c1,o4'),
    );
    expect(await run(service.store, 'orders', mended)).toMatchObject({ rows: 2, imported: 2, rejected: 0 });
    expect(await totalsOf(service.store)).toEqual({ c1: { orders: 3, revenueMinor: 1500 } });
  });

  it('goes on where it was stopped, unless the file has changed', async () => {
    const lines = Array.from({ length: 50 }, (_, index): Line => ({
      customer: `c${index % 7}`,
      order: `o${index}`,
      day: index % 9 === 4 ? 'never' : '2026-01-02',
      product: 'p1',
      quantity: 1,
      cents: index + 1,
    }));
    const good = lines.filter(({ day }) => day !== 'never');
    const file = fileOf(csv(lines));
    let chunks = 0;
    const stopped = run(service.store, 'orders', file, {
      chunkRows: 10,
      onProgress: () => {
        if (++chunks === 3) throw new Error('stopped');
      },
    });
    await expect(stopped).rejects.toThrow('stopped');
    const rejectedSoFar = readFileSync(`${file}.rejected`, 'utf8');
    // Written, but not committed: it is read again, and must not stand there twice.
    writeFileSync(`${file}.rejected`, `${rejectedSoFar}99,half a li`);
    const summary = await run(service.store, 'orders', file, { chunkRows: 10 });
    expect(summary).toMatchObject({ rows: 50, imported: good.length, rejected: 50 - good.length, resumedAfter: 30 });
    expect(readFileSync(`${file}.rejected`, 'utf8').trim().split('\n')).toHaveLength(1 + 50 - good.length);
    expect(await totalsOf(service.store)).toEqual(expectedTotals(good));

    const other = fileOf(csv(good));
    chunks = 0;
    await expect(
      run(service.store, 'orders', other, {
        chunkRows: 10,
        onProgress: () => {
          if (++chunks === 2) throw new Error('stopped');
        },
      }),
    ).rejects.toThrow('stopped');
    const changed = fileOf(csv(good).replace('c1,o1,', 'c1,oX,'));
    rmSync(other);
    writeFileSync(other, readFileSync(changed));
    expect(await run(service.store, 'orders', other, { chunkRows: 10 })).toMatchObject({
      resumedAfter: 0,
      imported: good.length,
    });
  });

  it('takes what a shop states for an order, also over its lines and refunds', async () => {
    const header =
      'Name,Email,Financial Status,Currency,Total,Created at,Lineitem quantity,Lineitem name,Lineitem price,Refunded Amount,Id';
    const file = fileOf(
      `${header}\n#1,a@example.com,partially_refunded,EUR,25.50,2026-01-02 12:00:00 +0100,2,Shoe,10.00,5.50,1\n#1,a@example.com,,,,2026-01-02 12:00:00 +0100,1,Sock,3.00,,\n`,
    );
    for (const chunkRows of [1, 10]) await run(service.store, 'orders', file, { chunkRows });
    const { body } = await service.call('GET', '/v1/customers?email=a@example.com');
    expect(body.totals).toMatchObject({ orders: 1, refunds: 1, revenueMinor: 2000 });
    const { rows } = await sql<{ n: number }>`select count(*) as n from order_lines`.execute(service.store.db);
    expect(Number(rows[0]?.n)).toBe(2);
  });
});
