/** Filters that look at the customer and the catalogue, on both stores: at entry, exit and wait, and read only where asked for. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventFilter } from '../../temporal/domain/eventRule.ts';
import { DIALECTS } from './stores.ts';
import { event, minutes, TestService } from './service.ts';
import { authorize, publishWait, sendItem, wait, waitItem } from './travellers.ts';

describe.each(DIALECTS)('filters on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    await publishWait(service, 'w1');
    for (const [productId, body] of Object.entries({
      rich: { marginPercent: 60, category: 'shoes', stock: 4 },
      poor: { marginPercent: 10, category: 'books', stock: 0, variants: [] },
    })) {
      await service.call('PUT', `/v1/products/${productId}`, body);
    }
  });
  afterAll(() => service.close());

  const filter = (path: string, operator: EventFilter['operator'], value?: string): EventFilter => ({
    path,
    operator,
    ...(value !== undefined && { value }),
  });
  const publish = (key: string, type: 'added_to_cart' | 'completed_purchase', ...filters: EventFilter[]) =>
    service.publish({ key, entries: [{ type, filters }], exits: [] });
  const cart = (person: string, productId: string, at = minutes(-1)) =>
    event('added_to_cart', person, at, { properties: { items: [{ productId, quantity: 1 }] } });
  const journeysOf = async (customerId: string) => (await service.runs(customerId)).map(({ journey }) => journey);

  it('let in by what the catalogue says of the products', async () => {
    await publish('margin', 'added_to_cart', filter('product.marginPercent', 'greaterThan', '30'));
    await publish('sold-out', 'added_to_cart', filter('product.stock', 'equals', '0'));
    await publish('unknown', 'added_to_cart', filter('product.productId', 'notExists'));
    expect(await journeysOf(await service.send(cart('ann', 'rich')))).toEqual(['margin']);
    expect(await journeysOf(await service.send(cart('ben', 'poor')))).toEqual(['sold-out']);
    expect(await journeysOf(await service.send(cart('cyd', 'nowhere')))).toEqual(['unknown']);
  });

  it('let in by the customer as the event leaves them', async () => {
    await publish(
      'first-order',
      'completed_purchase',
      filter('customer.totals.orders', 'equals', '1'),
      filter('customer.consent.email', 'equals', 'subscribed'),
      filter('customer.city', 'equals', 'Linz'),
    );
    const dora = { identity: { email: 'dora@example.com' }, properties: { city: 'Linz' } };
    await service.call('PUT', '/v1/customers', dora);
    const agrees = { consent: { email: { state: 'subscribed', source: 'checkout' } } };
    const id = await service.send(event('completed_purchase', 'dora', minutes(-3), agrees));
    expect(await journeysOf(id)).toEqual(['first-order']);
    await service.send(event('completed_purchase', 'dora', minutes(-2)));
    expect(await journeysOf(id)).toHaveLength(1);
    const other = await service.send(event('completed_purchase', 'ed', minutes(-2), agrees));
    expect(await journeysOf(other)).toEqual([]);
  });

  it('end runs and answer waits, also when the event came before the wait', async () => {
    await service.publish({
      key: 'exits',
      entries: [{ type: 'wishlisted', filters: [] }],
      exits: [{ type: 'viewed_product', filters: [filter('product.stock', 'equals', '0')] }],
    });
    const spec = {
      kind: 'event',
      events: [{ type: 'viewed_product', filters: [filter('product.category', 'equals', 'shoes')] }],
      maxMs: 3_600_000,
      restartable: false,
    };
    const view = (person: string, productId: string) =>
      event('viewed_product', person, minutes(0), { properties: { items: [{ productId }] } });
    const start = async (person: string) => {
      const customerId = await service.send(event('wishlisted', person, minutes(-1)));
      return { customerId, runId: (await service.runs(customerId))[0]?.id ?? '' };
    };
    const state = async (runId: string) =>
      (await service.store.db.selectFrom('waits').select('state').where('run_id', '=', runId).executeTakeFirst())
        ?.state;

    const fay = await start('fay');
    await wait(service, waitItem(fay, { spec }));
    await service.send(view('fay', 'nowhere'));
    expect(await state(fay.runId)).toBe('waiting');
    await service.send(view('fay', 'rich'));
    expect(await state(fay.runId)).toBe('event');
    await service.send(view('fay', 'poor'));
    expect(await service.runs(fay.customerId)).toMatchObject([{ status: 'exited', exitReason: 'viewed_product' }]);

    const gus = await start('gus');
    await service.send(view('gus', 'rich'));
    await wait(service, waitItem(gus, { spec }));
    expect(await state(gus.runId)).toBe('event');
  });

  it('are decided when the event comes: the send gate does not judge it once more by what is known later', async () => {
    await service.publish({
      key: 'gate',
      entries: [{ type: 'wishlisted', filters: [] }],
      exits: [{ type: 'searched', filters: [filter('customer.vip', 'notExists')] }],
    });
    const identity = { email: 'ivy@example.com' };
    await service.call('PUT', '/v1/customers', { identity, properties: { vip: true } });
    const agrees = { consent: { email: { state: 'subscribed', source: 'form' } } };
    const customerId = await service.send(event('wishlisted', 'ivy', minutes(-1), agrees));
    const run = (await service.runs(customerId)).find(({ journey }) => journey === 'gate');
    await service.send(event('searched', 'ivy', minutes(0)));
    const [answer] = await authorize(service, sendItem({ customerId, runId: run?.id ?? '' }, { node: 'gate' }));
    expect(answer).toMatchObject({ decision: 'send', reasons: [] });
  });

  it('let in who has looked at the same product twice, in whatever order and batch it is told', async () => {
    const repetition = { times: 2, withinMs: 60 * 60_000, sameProduct: true };
    await service.publish({
      ...{ key: 'twice', exits: [] },
      entries: [{ type: 'viewed_product', filters: [], repetition }],
    });
    const view = (person: string, productId: string, at: string) =>
      event('viewed_product', person, at, { properties: { items: [{ productId }] } });
    const once = await service.send(view('hal', 'p1', minutes(-30)));
    await service.send(view('hal', 'p2', minutes(-20)));
    // Told again, it is still the same one.
    const repeated = view('hal', 'p3', minutes(-15));
    await service.send(repeated, repeated);
    await service.send({ ...view('hal', 'p3', minutes(-14)), test: true });
    expect(await journeysOf(once)).toEqual([]);
    await service.send(view('hal', 'p1', minutes(-10)));
    expect(await journeysOf(once)).toEqual(['twice']);

    const far = await service.send(view('ian', 'p1', minutes(-80)), view('ian', 'p1', minutes(-10)));
    expect(await journeysOf(far)).toEqual([]);
    const together = await service.send(view('joe', 'p1', minutes(-20)), view('joe', 'p1', minutes(-10)));
    expect(await journeysOf(together)).toEqual(['twice']);
    const late = await service.send(view('kim', 'p1', minutes(-10)));
    await service.send(view('kim', 'p1', minutes(-20)));
    expect(await journeysOf(late)).toEqual(['twice']);
  });

  it('name what a product does not have when the journey is published', async () => {
    const { status, body } = await service.call('PUT', '/v1/endpoints', {
      kind: 'trigger',
      workflowId: 'wf1',
      workflowName: 'W',
      nodeId: 't1',
      nodeName: 'T',
      path: 'webhook/t1/journey',
      parameters: {
        journeyKey: 'bad',
        entryEvents: {
          event: [{ type: 'added_to_cart', filters: { filter: [{ path: 'product.weight', operator: 'exists' }] } }],
        },
      },
    });
    expect(status).toBe(400);
    expect(body.errors).toMatchObject([{ path: '/parameters/entryEvents/event/0/filters/filter/0/path' }]);
  });
});
