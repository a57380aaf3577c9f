/** What a body of a shop says, brought into the store: people, consent, carts and products, all of it or nothing. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  nothingMapped,
  type MappedBody,
  type MappedCart,
  type MappedCustomer,
} from '../../temporal/domain/mapping/mappedBody.ts';
import { readyBody } from '../../temporal/intake/applyMapped.ts';
import { EventIntake, type WorkBefore } from '../../temporal/intake/eventIntake.ts';
import { DIALECTS } from './stores.ts';
import { event, minutes, NOW, TestService } from './service.ts';

const SOURCE = 'main-shop';

describe.each(DIALECTS)('mapped bodies on %s', (dialect) => {
  let service: TestService;
  let intake: EventIntake;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    const { store } = service;
    intake = new EventIntake({ store, now: () => service.now, timeScale: 1, outboxWritten: () => {} });
  });
  afterAll(() => service.close());

  const take = async (body: Partial<MappedBody>, isTest = false) => {
    const ready = readyBody({ ...nothingMapped(), ...body }, { source: SOURCE, isTest }, NOW);
    if (ready.problem !== undefined) throw new Error(JSON.stringify(ready.problem));
    return await intake.submit(ready.events, ready.before);
  };
  const customerBy = async (query: string) => (await service.call('GET', `/v1/customers?${query}`)).body;
  const person = (name: string, more: Partial<MappedCustomer> = {}): MappedCustomer => ({
    identity: { email: `${name}@example.com` },
    properties: {},
    consent: {},
    changedAt: minutes(-10),
    ...more,
  });

  describe('people', () => {
    it('are described by the newest; what is older only fills gaps, in whatever order', async () => {
      const told = [
        person('ann', { properties: { firstName: 'Anna', city: 'Graz' }, changedAt: minutes(-20) }),
        person('ann', { properties: { firstName: 'Ann', language: 'de' }, changedAt: minutes(-10) }),
        person('ann', { properties: { firstName: 'A.', language: 'en', country: 'AT' }, changedAt: minutes(-30) }),
      ];
      for (const customer of told) await take({ customers: [customer] });
      for (const customer of [...told].reverse()) await take({ customers: [customer, customer] });
      const expected = { firstName: 'Ann', language: 'de', city: 'Graz', country: 'AT' };
      expect((await customerBy('email=ann@example.com')).properties).toEqual(expected);
      await Promise.all(
        [2, 1, 0].map((index) =>
          take({ customers: [{ ...(told[index] as MappedCustomer), identity: { email: 'ben@example.com' } }] }),
        ),
      );
      expect((await customerBy('email=ben@example.com')).properties).toEqual(expected);
    });

    it('keep what they said later than the shop says, and what is unclear changes nothing', async () => {
      const say = (state: 'subscribed' | 'unsubscribed' | 'never' | 'pending', at: string | null) =>
        take({
          customers: [person('cleo', { consent: { email: { state, source: 'shop', at } }, changedAt: minutes(-1) })],
        });
      const consent = async () => (await customerBy('email=cleo@example.com')).consent.email;
      await say('never', null);
      expect(await consent()).toMatchObject({ state: 'never', source: null });
      await say('subscribed', minutes(-60));
      expect(await consent()).toEqual({ state: 'subscribed', source: 'shop', at: minutes(-60) });
      await say('never', minutes(-5));
      await say('pending', minutes(-5));
      expect((await consent()).state).toBe('subscribed');
      const { id } = await customerBy('email=cleo@example.com');
      await service.call('PUT', `/v1/customers/${id}/consent`, {
        channel: 'email',
        state: 'unsubscribed',
        source: 'link',
        at: minutes(-30),
      });
      // The shop does not know of it and repeats itself, without saying when.
      await say('subscribed', null);
      await say('subscribed', minutes(-60));
      expect(await consent()).toEqual({ state: 'unsubscribed', source: 'link', at: minutes(-30) });
      await say('subscribed', minutes(-2));
      expect((await consent()).state).toBe('subscribed');
    });

    it('are nobody when the shop knows nothing of them', async () => {
      await take({ customers: [person('x', { identity: {}, properties: { firstName: 'Guest' } })] });
      const rows = await service.store.db
        .selectFrom('customers')
        .select('id')
        .where('properties_json', 'like', '%Guest%')
        .execute();
      expect(rows).toMatchObject([]);
    });
  });

  describe('carts', () => {
    let counter = 0;
    const lines = (quantities: Record<string, number>): MappedCart['lines'] =>
      Object.entries(quantities).map(([key, quantity]) => ({
        key,
        quantity,
        item: { productId: key, price: '10.00', quantity, name: `Product ${key}` },
      }));
    const newToken = () => `token-${++counter}`;
    const tell = (token: string, at: number, quantities: Record<string, number>) =>
      take({ cart: { token, currency: 'EUR', changedAt: minutes(at), lines: lines(quantities) } });
    const eventsOf = async (token: string) =>
      (
        await service.store.db
          .selectFrom('events')
          .select(['type', 'properties_json', 'customer_id', 'occurred_at'])
          .where('properties_json', 'like', `%"${token}"%`)
          .orderBy('seq')
          .execute()
      ).map(({ type, properties_json, customer_id, occurred_at }) => ({
        type,
        customerId: customer_id,
        occurredAt: occurred_at,
        properties: JSON.parse(properties_json) as {
          items: { productId: string; quantity: number }[];
          valueMinor?: number;
          cartEmpty?: boolean;
        },
      }));
    const changes = async (token: string) =>
      (await eventsOf(token)).map(({ type, properties: { items, cartEmpty } }) => [
        type === 'added_to_cart' ? '+' : '-',
        Object.fromEntries(items.map(({ productId, quantity }) => [productId, quantity])),
        ...(cartEmpty === undefined ? [] : [cartEmpty]),
      ]);

    it('become what was added and removed since they were last told', async () => {
      const token = newToken();
      await tell(token, -10, { a: 1 });
      await tell(token, -9, { a: 3, b: 1 });
      await tell(token, -8, { b: 1 });
      await tell(token, -7, {});
      expect(await changes(token)).toEqual([
        ['+', { a: 1 }],
        ['+', { a: 2, b: 1 }],
        ['-', { a: 3 }],
        ['-', { b: 1 }, true],
      ]);
      const [, second] = await eventsOf(token);
      expect(second).toMatchObject({
        occurredAt: NOW - 9 * 60_000,
        properties: { cartId: token, currency: 'EUR', valueMinor: 3000 },
      });
    });

    it('told again, late or out of order add nothing', async () => {
      const token = newToken();
      await tell(token, -10, { a: 1 });
      await tell(token, -5, { a: 2 });
      const before = await changes(token);
      await tell(token, -10, { a: 1 });
      await tell(token, -7, { a: 9 });
      await tell(token, -5, { a: 2 });
      expect(await changes(token)).toEqual(before);
      await tell(token, -4, { a: 2 });
      expect(await changes(token)).toEqual(before);
      // Two changes within one second: each is taken once, and a repetition of the first does not undo the second.
      await tell(token, -3, { a: 3 });
      await tell(token, -3, { a: 3, b: 1 });
      await tell(token, -3, { a: 3 });
      expect((await changes(token)).slice(before.length)).toEqual([
        ['+', { a: 1 }],
        ['+', { b: 1 }],
      ]);
    });

    it('told at once by several connections count once', async () => {
      const token = newToken();
      const other = new EventIntake({
        store: service.openAgain(),
        now: () => NOW,
        timeScale: 1,
        outboxWritten: () => {},
      });
      const tellings = Array.from({ length: 40 }, (_, index) => {
        const cart = {
          token,
          currency: 'EUR',
          changedAt: minutes(-10 + (index % 4)),
          lines: lines({ a: 1 + (index % 4) }),
        };
        const ready = readyBody({ ...nothingMapped(), cart }, { source: SOURCE, isTest: false }, NOW);
        if (ready.problem !== undefined) throw new Error(ready.problem.message);
        return (index % 2 ? intake : other).submit(ready.events, ready.before);
      });
      await Promise.all(tellings);
      const added = (await eventsOf(token)).flatMap(({ properties }) =>
        properties.items.map(({ quantity }) => quantity),
      );
      // In whatever order they came, the last one holds, and what was added up to it is what is in it.
      expect(added.reduce((sum, quantity) => sum + quantity, 0)).toBe(4);
    });

    it('belong to the person who goes to the checkout with them', async () => {
      const token = newToken();
      await tell(token, -30, { a: 1 });
      const [anonymous] = await eventsOf(token);
      const checkout = event(
        'started_checkout',
        { email: 'shopper@example.com', deviceId: `cart:${SOURCE}/${token}` },
        minutes(-20),
        {
          source: SOURCE,
        },
      );
      const customerId = await service.send(checkout);
      expect((await service.call('GET', `/v1/customers/${anonymous?.customerId}`)).body.id).toBe(customerId);
      await tell(token, -10, { a: 2 });
      const { items } = (await service.call('GET', `/v1/customers/${customerId}/events`)).body;
      expect(items.map(({ type }: { type: string }) => type).sort()).toEqual([
        'added_to_cart',
        'added_to_cart',
        'started_checkout',
      ]);
    });

    it('leave out lines that are no product', async () => {
      const token = newToken();
      await take({
        cart: {
          token,
          currency: 'EUR',
          changedAt: minutes(-3),
          lines: [{ key: 'tip', quantity: 1, item: { name: 'Tip', price: '1.00' } }],
        },
      });
      expect(await changes(token)).toEqual([]);
    });

    it.each<[string, Partial<MappedCart>, string]>([
      ['a quantity below 0', { lines: lines({ a: -1 }) }, '/cart/properties/items/0/quantity'],
      ['a currency that is none', { currency: 'EURO' }, '/cart/properties/currency'],
      ['a time that is none', { changedAt: 'yesterday' }, '/cart/occurredAt'],
      ['no token', { token: '' }, '/cart/properties/cartId'],
    ])('are refused with %s', (_name, more, path) => {
      const cart = { token: 'bad', currency: 'EUR', changedAt: minutes(-1), lines: lines({ a: 1 }), ...more };
      const ready = readyBody({ ...nothingMapped(), cart }, { source: SOURCE, isTest: false }, NOW);
      expect(ready.problem?.path).toBe(path);
    });
  });

  it('describe products', async () => {
    await take({
      products: [
        {
          productId: 'p-told',
          title: 'Trail shoe',
          priceMinor: 4200,
          currency: 'EUR',
          variants: [],
          changedAt: minutes(-1),
        },
      ],
    });
    expect((await service.call('GET', '/v1/products/p-told')).body).toMatchObject({
      title: 'Trail shoe',
      priceMinor: 4200,
    });
  });

  it('of a test notification keep the event alone, and count nowhere', async () => {
    await take(
      {
        events: [event('completed_purchase', 'test-person', minutes(-1), { source: SOURCE }) as never],
        customers: [person('test-person', { properties: { firstName: 'Jon' } })],
        products: [{ productId: 'p-made-up', variants: [], changedAt: null }],
      },
      true,
    );
    const found = await customerBy('email=test-person@example.com');
    expect(found).toMatchObject({ properties: {}, totals: { orders: 0 } });
    expect((await service.call('GET', '/v1/products/p-made-up')).status).toBe(404);
  });

  it('are taken in whole or not at all', async () => {
    const good = event('completed_purchase', 'half', minutes(-1), { source: SOURCE }) as never;
    const bad = event('completed_purchase', 'half', minutes(-1), {
      source: SOURCE,
      properties: { currency: 'XXQ' },
    }) as never;
    const ready = readyBody(
      { ...nothingMapped(), events: [good, bad], customers: [person('half')] },
      { source: SOURCE, isTest: false },
      NOW,
    );
    expect(ready.problem).toMatchObject({ path: '/events/1/properties/currency' });
    // What fails in the store takes everything with it, and nothing else of the group.
    const broken: WorkBefore = async (session) => {
      await session.db
        .insertInto('customers')
        .values({ id: 'cus_half', properties_json: '{}', created_at: 1, updated_at: 1, merged_into: null })
        .execute();
      throw new Error('broken');
    };
    const whole = readyBody(
      { ...nothingMapped(), customers: [person('whole')] },
      { source: SOURCE, isTest: false },
      NOW,
    );
    if (whole.problem !== undefined) throw new Error(whole.problem.message);
    const [failed, fine] = await Promise.allSettled([
      intake.submit([], broken),
      intake.submit(whole.events, whole.before),
    ]);
    expect([failed.status, fine.status]).toEqual(['rejected', 'fulfilled']);
    expect((await customerBy('email=whole@example.com')).id).toMatch(/^cus_/);
    expect(await service.store.db.selectFrom('customers').select('id').where('id', '=', 'cus_half').execute()).toEqual(
      [],
    );
  });

  it('leave the lines of an order once, as first told', async () => {
    const order = (more: object) =>
      event('completed_purchase', 'lines', minutes(-1), {
        source: SOURCE,
        properties: { orderId: 'with-lines', currency: 'EUR', value: '50.00', ...more },
      });
    const items = [
      { productId: 'p1', variantId: 'v1', sku: 'S1', category: 'shoes', quantity: 2, price: '20.00' },
      { name: 'Wrapping', price: '10.00', category: { odd: true } },
    ];
    await service.send(order({ items }));
    await service.send(order({ items: [{ productId: 'p9', quantity: 9 }] }));
    const rows = await service.store.db
      .selectFrom('order_lines')
      .selectAll()
      .where('order_id', '=', 'with-lines')
      .orderBy('line')
      .execute();
    expect(rows).toMatchObject([
      {
        source: SOURCE,
        order_id: 'with-lines',
        line: 0,
        product_id: 'p1',
        variant_id: 'v1',
        sku: 'S1',
        category: 'shoes',
        quantity: 2,
        price_minor: 2000,
      },
      {
        source: SOURCE,
        order_id: 'with-lines',
        line: 1,
        product_id: null,
        variant_id: null,
        sku: null,
        category: null,
        quantity: 1,
        price_minor: 1000,
      },
    ]);
  });
});
