/** Who is told when a product changes, on both stores: each once, by the figures of now, and nobody whom it does not concern. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventIntake } from '../../temporal/intake/eventIntake.ts';
import { productNews, type ProductNews } from '../../temporal/intake/productNews.ts';
import type { Store } from '../../temporal/store/store.ts';
import { DIALECTS } from './stores.ts';
import { event, minutes, NOW, TestService } from './service.ts';
import { publishTrigger, publishWait, wait, waitItem } from './travellers.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe.each(DIALECTS)('news of products on %s', (dialect) => {
  let service: TestService;
  const failures: unknown[] = [];
  const newsOn = (store: Store): ProductNews =>
    productNews({
      store,
      intake: new EventIntake({
        store,
        now: () => service.now,
        timeScale: 1,
        outboxWritten: () => {},
        deliveriesWritten: () => {},
      }),
      now: () => service.now,
      timeScale: 1,
      log: { warn: (facts) => failures.push(facts) },
    });
  let news: ProductNews;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    news = newsOn(service.store);
    await publishTrigger(service, 'cart');
    await publishWait(service, 'w1');
  });
  afterAll(async () => {
    expect(failures).toEqual([]);
    await service.close();
  });

  const put = async (id: string, body: object) => {
    const { status, body: answer } = await service.call('PUT', `/v1/products/${id}`, body);
    if (status !== 200) throw new Error(JSON.stringify(answer));
    // Every change is at a time of its own, and due.
    service.now += 5000;
  };
  const told = async (customerId: string) => {
    const { body } = await service.call('GET', `/v1/customers/${customerId}/events`);
    const events: { id: string; type: string; source: string; properties: Record<string, unknown> }[] = body.items;
    return events
      .filter(({ source }) => source === 'catalogue')
      .map(({ type, properties }) => ({ type, ...properties }));
  };
  const asks = async (type: string, person: string, item: object, at = service.now) =>
    await service.send(
      event(type, person, new Date(at).toISOString(), { properties: { currency: 'EUR', items: [item] } }),
    );

  it('back in stock reaches who asked, once, and by their variant', async () => {
    const variants = (m: number, l: number) => ({
      title: 'Shoe',
      currency: 'EUR',
      variants: [
        { variantId: 'm', stock: m },
        { variantId: 'l', stock: l },
      ],
    });
    await put('shoe', variants(0, 0));
    const forM = await asks('back_in_stock_requested', 'amy', { productId: 'shoe', variantId: 'm' });
    const forAny = await asks('joined_waitlist', 'ben', { productId: 'shoe' });
    const wishes = await asks('wishlisted', 'cat', { productId: 'shoe' });
    const looked = await asks('viewed_product', 'dan', { productId: 'shoe' });

    await put('shoe', variants(0, 4));
    await news.tell();
    expect(await told(forM)).toEqual([]);
    expect(await told(looked)).toEqual([]);
    expect(await told(forAny)).toMatchObject([
      {
        type: 'stock_changed',
        productId: 'shoe',
        stock: 4,
        previousStock: 0,
        backInStock: true,
        interest: 'back_in_stock',
        variants: 2,
        items: [{ productId: 'shoe', name: 'Shoe' }],
      },
    ]);
    expect(await told(wishes)).toMatchObject([{ interest: 'wishlisted' }]);

    await put('shoe', variants(2, 4));
    await news.tell();
    expect(await told(forM)).toMatchObject([{ variantId: 'm', stock: 2, backInStock: true }]);
    const { body } = await service.call('GET', '/v1/products/shoe/changes?limit=2');
    expect(body.items).toMatchObject([
      { kind: 'stock', variantId: 'm', previousStock: 0, stock: 2, state: 'told', told: 1 },
      { kind: 'stock', variantId: null, previousStock: 4, stock: 6, state: 'told', told: 0 },
    ]);
    const rest = await service.call('GET', `/v1/products/shoe/changes?cursor=${body.nextCursor}`);
    expect(rest.body.items).toMatchObject([
      { variantId: 'l', told: 0 },
      { variantId: null, told: 2 },
    ]);
    expect((await service.call('GET', '/v1/products/nothing/changes')).status).toBe(404);
    // Answered: out and back once more is no news to those who were told, until they ask again.
    await put('shoe', variants(0, 0));
    await news.tell();
    await asks('back_in_stock_requested', 'amy', { productId: 'shoe', variantId: 'm' });
    await put('shoe', variants(3, 3));
    await news.tell();
    expect(await told(forAny)).toHaveLength(1);
    expect(await told(forM)).toHaveLength(2);
  });

  it('says nothing of stock that is gone again, and the figure of now of what has changed since', async () => {
    await put('lamp', { stock: 0 });
    const eve = await asks('back_in_stock_requested', 'eve', { productId: 'lamp' });
    await put('lamp', { stock: 5 });
    await put('lamp', { stock: 0 });
    expect(await news.tell()).toBe(0);
    expect(await told(eve)).toEqual([]);
    await put('lamp', { stock: 5 });
    await put('lamp', { stock: 4 });
    await news.tell();
    expect(await told(eve)).toMatchObject([{ stock: 4, previousStock: 0, backInStock: true }]);
  });

  it('waits a moment before it tells', async () => {
    await put('mug', { stock: 0 });
    const fin = await asks('back_in_stock_requested', 'fin', { productId: 'mug' });
    await put('mug', { stock: 1 });
    service.now -= 4900;
    expect(await news.tell()).toBe(0);
    service.now += 4900;
    expect(await news.tell()).toBe(1);
    expect(await told(fin)).toHaveLength(1);
  });

  it('is not for who has bought it meanwhile, nor for who no longer exists', async () => {
    await put('vase', { stock: 0 });
    const gil = await asks('wishlisted', 'gil', { productId: 'vase' });
    const hal = await asks('wishlisted', 'hal', { productId: 'vase' });
    await service.store.db
      .insertInto('orders')
      .values({
        source: 's',
        order_id: 'vase1',
        customer_id: gil,
        value_minor: 1,
        currency: 'EUR',
        occurred_at: service.now,
      })
      .execute();
    await service.store.db
      .insertInto('order_lines')
      .values({
        ...{ source: 's', order_id: 'vase1', line: 0, product_id: 'vase', variant_id: null, sku: null },
        ...{ category: null, quantity: 1, price_minor: null },
      })
      .execute();
    expect((await service.call('DELETE', `/v1/customers/${hal}`)).status).toBe(204);
    await put('vase', { stock: 3 });
    expect(await news.tell()).toBe(0);
    expect(await told(gil)).toEqual([]);
  });

  it('a price that drops below what was seen, within 90 days, and each time only for less', async () => {
    await put('coat', { priceMinor: 10_000, currency: 'EUR' });
    const ida = await asks('viewed_product', 'ida', { productId: 'coat', price: '100.00' });
    const jon = await asks('wishlisted', 'jon', { productId: 'coat', price: '80.00' });
    const kim = await asks('viewed_product', 'kim', { productId: 'coat' }, service.now - 91 * DAY);
    const lea = await asks('back_in_stock_requested', 'lea', { productId: 'coat' });
    await put('coat', { priceMinor: 9000 });
    await news.tell();
    expect(await told(ida)).toMatchObject([
      {
        type: 'price_changed',
        productId: 'coat',
        priceMinor: 9000,
        previousPriceMinor: 10_000,
        currency: 'EUR',
        changePercent: -10,
        interest: 'viewed',
        seenPriceMinor: 10_000,
        sinceSeenPercent: -10,
      },
    ]);
    for (const other of [jon, kim, lea]) expect(await told(other)).toEqual([]);
    // Up, and down to where it was told already.
    await put('coat', { priceMinor: 9500 });
    await news.tell();
    await put('coat', { priceMinor: 9000 });
    await news.tell();
    expect(await told(ida)).toHaveLength(1);
    await put('coat', { priceMinor: 7000 });
    await news.tell();
    expect(await told(ida)).toMatchObject([{ seenPriceMinor: 9000, priceMinor: 7000 }, { priceMinor: 9000 }]);
    expect(await told(jon)).toMatchObject([{ seenPriceMinor: 8000, sinceSeenPercent: -12.5 }]);
  });

  it('the first price and the first stock of a product are no news', async () => {
    const mia = await asks('wishlisted', 'mia', { productId: 'new', price: '50.00' });
    await put('new', { priceMinor: 4000, currency: 'EUR', stock: 3 });
    expect(await news.tell()).toBe(0);
    expect(await told(mia)).toEqual([]);
  });

  it('answers runs that wait for it and name the product in their entry, and no others', async () => {
    await put('p1', { stock: 0, variants: [] });
    await put('p2', { stock: 0 });
    const spec = {
      kind: 'event',
      events: [{ type: 'stock_changed', filters: [{ path: 'properties.backInStock', operator: 'isTrue' }] }],
      maxMs: 30 * DAY,
      restartable: false,
    };
    service.now = Math.max(service.now, NOW) + HOUR;
    const enterNow = async (person: string, productId: string) => {
      const customerId = await service.send(
        event('added_to_cart', person, new Date(service.now).toISOString(), {
          properties: { items: [{ productId, quantity: 1 }] },
        }),
      );
      const run = (await service.runs(customerId))[0]?.id ?? '';
      await wait(service, waitItem({ runId: run }, { spec }));
      return { customerId, run };
    };
    const nia = await enterNow('nia', 'p1');
    const oli = await enterNow('oli', 'p2');
    const state = async (run: string) =>
      (await service.store.db.selectFrom('waits').select('state').where('run_id', '=', run).executeTakeFirst())?.state;

    service.now += 1000;
    await put('p1', { stock: 7 });
    expect(await news.tell()).toBe(1);
    expect(await state(nia.run)).toBe('event');
    expect(await state(oli.run)).toBe('waiting');
    // Their own shop says it: the same rule.
    await service.send(
      event('stock_changed', 'oli', new Date(service.now).toISOString(), {
        properties: { productId: 'p1', backInStock: true },
      }),
    );
    expect(await state(oli.run)).toBe('waiting');
    await service.send(
      event('stock_changed', 'oli', new Date(service.now).toISOString(), {
        properties: { productId: 'p2', backInStock: true },
      }),
    );
    expect(await state(oli.run)).toBe('event');
  });

  it('answers a run that asks to wait a moment after the change', async () => {
    await put('late', { stock: 0 });
    const customerId = await service.send(
      event('added_to_cart', 'ros', new Date(service.now).toISOString(), {
        properties: { items: [{ productId: 'late', quantity: 1 }] },
      }),
    );
    const runId = (await service.runs(customerId))[0]?.id ?? '';
    // While n8n is still working on the segment, the shop gets the product back, and those who wait hear of it.
    await put('late', { stock: 3 });
    expect(await news.tell()).toBe(0);
    const spec = { kind: 'event', events: [{ type: 'stock_changed', filters: [] }], maxMs: DAY, restartable: false };
    await wait(service, waitItem({ runId }, { spec }));
    expect(await news.tell()).toBe(1);
    expect(await told(customerId)).toMatchObject([{ stock: 3, previousStock: 0, backInStock: true }]);
    expect((await service.call('GET', `/v1/runs/${runId}`)).body.steps).toHaveLength(1);
    const [row] = await service.store.db.selectFrom('waits').select('state').where('run_id', '=', runId).execute();
    expect(row?.state).toBe('event');
  });

  it('finds the survivor of a merge, once', async () => {
    await put('hat', { stock: 0 });
    const sam = await asks('wishlisted', 'sam', { productId: 'hat' });
    const twin = await asks('wishlisted', 'sam.at.work', { productId: 'hat' });
    const asked = await asks('joined_waitlist', 'sam.at.work', { productId: 'hat' });
    expect(asked).toBe(twin);
    const merged = await service.call('POST', `/v1/customers/${sam}/merge`, { mergedId: twin });
    expect(merged.status).toBe(200);
    await put('hat', { stock: 2 });
    expect(await news.tell()).toBe(1);
    expect(await told(sam)).toMatchObject([{ interest: 'back_in_stock', stock: 2 }]);
  });

  it('brings people into journeys that begin with it', async () => {
    await publishTrigger(service, 'back-in-stock', { enters: ['stock_changed'], exits: ['completed_purchase'] });
    await put('tent', { stock: 0 });
    const pat = await asks('back_in_stock_requested', 'pat', { productId: 'tent' });
    await put('tent', { stock: 1 });
    await news.tell();
    expect(await service.runs(pat)).toMatchObject([{ journey: 'back-in-stock', status: 'running' }]);
  });

  it('is shared by several processes, goes on after a death, and tells nobody twice', async () => {
    await put('many', { stock: 0 });
    const count = 700;
    const people = Array.from({ length: count }, (_, index) =>
      event('back_in_stock_requested', `many${index}`, minutes(0), { properties: { items: [{ productId: 'many' }] } }),
    );
    await service.send(...people);
    await put('many', { stock: 9 });
    // A SQLite file belongs to one process.
    const others = dialect === 'sqlite' ? [] : [newsOn(service.openAgain()), newsOn(service.openAgain())];
    // One takes the change and dies: its lease runs out.
    await service.store.db
      .updateTable('product_changes')
      .set({ state: 'telling', available_at: service.now + 60_000, told_up_to: '' })
      .where('product_id', '=', 'many')
      .execute();
    expect(await news.tell()).toBe(0);
    service.now += 60_001;
    const counts = await Promise.all([news, ...others].map((one) => one.tell()));
    expect(counts.reduce((sum, one) => sum + one, 0)).toBe(count);
    const rows = await service.store.db
      .selectFrom('events')
      .select('customer_id')
      .where('source', '=', 'catalogue')
      .where('properties_json', 'like', '%"productId":"many"%')
      .execute();
    expect(rows).toHaveLength(count);
    expect(new Set(rows.map((row) => row.customer_id)).size).toBe(count);
  });
});
