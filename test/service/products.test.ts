/** The catalogue on both stores: `/v1/products`, and what shops say about products through intake. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MappedProduct, MappedStockLevel } from '../../temporal/domain/mapping/mappedBody.ts';
import { takeInProducts } from '../../temporal/intake/productChanges.ts';
import { DIALECTS } from './stores.ts';
import { minutes, TestService } from './service.ts';

describe.each(DIALECTS)('products on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect);
  });
  afterAll(() => service.close());

  const put = (id: string, body: object) => service.call('PUT', `/v1/products/${encodeURIComponent(id)}`, body);
  const get = (id: string) => service.call('GET', `/v1/products/${encodeURIComponent(id)}`);
  const fromShop = async (products: MappedProduct[], stockLevels: MappedStockLevel[] = []) => {
    await service.store.transaction((db) =>
      takeInProducts(
        { db, dialect: service.store.dialect },
        { source: 'shop', actor: 'connection:shop', products, stockLevels },
        service.now,
      ),
    );
  };
  const changes = async (productId: string) =>
    await service.store.db
      .selectFrom('product_changes')
      .select(['kind', 'variant_id', 'location', 'stock', 'previous_stock', 'price_minor', 'previous_price_minor'])
      .where('product_id', '=', productId)
      .orderBy('id')
      .execute();

  it('are made, read, and written back as they were read', async () => {
    const body = {
      title: 'Trail shoe',
      category: 'shoes',
      priceMinor: 8900,
      currency: 'eur',
      costMinor: 3560,
      stockByLocation: { Vienna: 3, Graz: 1.5 },
      url: 'https://shop.example.com/p/1',
      imageUrl: '/i/1.jpg',
      backorder: true,
      replenishment: { lowDays: 45, highDays: 55, enabled: true },
    };
    const made = await put('gid://shop/Product/820982911946154508', body);
    expect(made).toMatchObject({
      status: 200,
      body: {
        ...body,
        productId: 'gid://shop/Product/820982911946154508',
        source: 'api',
        currency: 'EUR',
        marginPercent: 60,
        stock: 4.5,
        availability: 'in_stock',
        gone: false,
        variants: [],
      },
    });
    const again = await put(made.body.productId, made.body);
    expect(again).toMatchObject({ status: 200, body: made.body });
    // The margin still follows: it was not fixed by writing it back.
    expect((await put(made.body.productId, { costMinor: 4450 })).body.marginPercent).toBe(50);
    expect((await put(made.body.productId, { title: null, replenishment: null })).body).not.toHaveProperty('title');
    expect(await changes(made.body.productId)).toEqual([]);
  });

  it('have variants that add up, and are replaced as a whole', async () => {
    const made = await put('v1', {
      currency: 'EUR',
      variants: [
        { variantId: 'a', priceMinor: 900, stockByLocation: { Vienna: 3 } },
        { variantId: 'b', priceMinor: 700, stock: 0 },
        { variantId: 'c', stock: null },
      ],
    });
    expect(made.body).toMatchObject({ stock: 3, priceMinor: 700, stockByLocation: { Vienna: 3 } });
    expect(made.body.variants.map((one: { availability: string }) => one.availability)).toEqual([
      'in_stock',
      'out_of_stock',
      'in_stock',
    ]);
    expect((await put('v1', made.body)).body).toEqual({ ...made.body, updatedAt: expect.any(String) as string });
    expect(await put('v1', { stock: 9 })).toMatchObject({ status: 400, body: { errors: [{ path: '/stock' }] } });
    const fewer = await put('v1', { variants: [{ variantId: 'b' }] });
    expect(fewer.body).toMatchObject({ stock: 0, variants: [{ variantId: 'b', priceMinor: 700, stock: 0 }] });
  });

  it.each([
    [{ price: '9.90' }, '/price'],
    [{ priceMinor: -1 }, '/priceMinor'],
    [{ priceMinor: 9.9 }, '/priceMinor'],
    [{ currency: 'EURO' }, '/currency'],
    [{ stock: 'many' }, '/stock'],
    [{ stock: 1e300 }, '/stock'],
    [{ stockByLocation: [1] }, '/stockByLocation'],
    [{ stockByLocation: { 'Vie/nna': 'x' } }, '/stockByLocation/Vie~1nna'],
    [{ marginPercent: 101 }, '/marginPercent'],
    [{ url: 'javascript:alert(1)' }, '/url'],
    [{ title: 'a\0b' }, '/title'],
    [{ backorder: 'yes' }, '/backorder'],
    [{ replenishment: { lowDays: 50, highDays: 40 } }, '/replenishment/highDays'],
    [{ replenishment: { lowDays: 50 } }, '/replenishment/highDays'],
    [{ replenishment: { days: 50 } }, '/replenishment/days'],
    [{ variants: [{}] }, '/variants/0/variantId'],
    [{ variants: [{ variantId: 'a' }, { variantId: 'a' }] }, '/variants/1/variantId'],
    [{ variants: [{ variantId: 'a', colour: 'red' }] }, '/variants/0/colour'],
    [{ productId: 'another' }, '/productId'],
    [[], ''],
  ])('refuse %j', async (body, path) => {
    expect(await put('bad', body)).toMatchObject({ status: 400, body: { errors: [{ path }] } });
    expect((await get('bad')).status).toBe(404);
  });

  it('come as a feed, each item for itself', async () => {
    const { status, body } = await service.call('PUT', '/v1/products', {
      items: [
        { productId: 'f1', title: 'One', stock: 2 },
        { productId: 'f2', priceMinor: -5 },
        { title: 'nameless' },
        { productId: 820982911946154, stock: '7' },
        { productId: 'f1', stock: 3 },
        'nothing',
      ],
    });
    expect(status).toBe(200);
    expect(body.items).toMatchObject([
      { index: 0, productId: 'f1' },
      { index: 1, productId: null, error: { path: '/items/1/priceMinor' } },
      { index: 2, error: { path: '/items/2/productId' } },
      { index: 3, productId: '820982911946154' },
      { index: 4, productId: 'f1' },
      { index: 5, error: { path: '/items/5' } },
    ]);
    expect((await get('f1')).body).toMatchObject({ title: 'One', stock: 3 });
    expect((await get('f2')).status).toBe(404);
    const many = Array.from({ length: 1001 }, (_, index) => ({ productId: `m${index}` }));
    expect((await service.call('PUT', '/v1/products', { items: many })).status).toBe(413);
    expect((await service.call('PUT', '/v1/products', {})).status).toBe(400);
  });

  it('are looked up many at once', async () => {
    await put('l1', { title: 'Looked up' });
    const { body } = await service.call('POST', '/v1/products/lookup', {
      items: [
        { ref: 'a', productId: 'l1' },
        { ref: 1, productId: 'nothing' },
      ],
    });
    expect(body.items).toMatchObject([
      { ref: 'a', product: { productId: 'l1', title: 'Looked up' } },
      { ref: 1, product: null },
    ]);
  });

  it('are listed page by page, by category and by what is low', async () => {
    for (const id of ['c1', 'c2', 'c3']) await put(id, { category: 'listed', stock: Number(id.slice(1)) });
    await put('c4', { category: 'listed', gone: true });
    const page = async (query: string) => (await service.call('GET', `/v1/products?category=listed&${query}`)).body;
    const first = await page('limit=2');
    const second = await page(`limit=2&cursor=${first.nextCursor}`);
    const ids = (body: { items: { productId: string }[] }) => body.items.map(({ productId }) => productId);
    expect([...ids(first), ...ids(second)].sort()).toEqual(['c1', 'c2', 'c3']);
    expect(second.nextCursor).toBeNull();
    expect(ids(await page('gone=true'))).toHaveLength(4);
    expect(ids(await page('stockBelow=2'))).toEqual(['c1']);
    expect((await service.call('GET', '/v1/products?stockBelow=few')).status).toBe(400);
  });

  it('are removed once', async () => {
    await put('d1', { stock: 1, variants: [{ variantId: 'a' }] });
    expect((await service.call('DELETE', '/v1/products/d1')).status).toBe(204);
    expect((await service.call('DELETE', '/v1/products/d1')).status).toBe(404);
    expect((await get('d1')).status).toBe(404);
  });

  it('leave a trace of who changed them by hand', async () => {
    await put('au1', { title: 'A', stock: 1 });
    await put('au1', { title: 'A', stock: 2 });
    await put('au1', { title: 'A', stock: 2 });
    const rows = await service.store.db
      .selectFrom('audit')
      .select(['actor', 'action', 'details_json'])
      .where('details_json', 'like', '%"au1"%')
      .orderBy('id')
      .execute();
    expect(rows.map(({ actor, action, details_json }) => [actor, action, JSON.parse(details_json)])).toMatchObject([
      ['api', 'product.added', { fields: expect.arrayContaining(['title', 'stock']) as string[] }],
      ['api', 'product.changed', { fields: expect.arrayContaining(['stock']) as string[] }],
    ]);
  });

  it('of a shop: levels by inventory item, before and after their product', async () => {
    const level = (available: number | null, location: string, at = -5) => ({
      inventoryItemId: 'inv1',
      location,
      available,
      changedAt: minutes(at),
    });
    await fromShop([], [level(4, 'loc1', -9)]);
    await fromShop([
      { productId: 's1', variants: [{ variantId: 'm', inventoryItemId: 'inv1', stock: 5 }], changedAt: minutes(-10) },
    ]);
    // The level is newer than the description.
    expect((await get('s1')).body).toMatchObject({ source: 'shop', stock: 4, stockByLocation: { loc1: 4 } });
    await fromShop([], [level(2, 'loc2'), level(null, 'loc3')]);
    await fromShop([], [level(9, 'loc2', -8)]);
    expect((await get('s1')).body).toMatchObject({ stock: 6, stockByLocation: { loc1: 4, loc2: 2, loc3: null } });
    await fromShop([{ productId: 's1', variants: [{ variantId: 'm', stock: 11 }], changedAt: minutes(-1) }]);
    expect((await get('s1')).body).toMatchObject({ stock: 11, variants: [{ stock: 11, inventoryItemId: 'inv1' }] });
    expect((await changes('s1')).filter(({ variant_id }) => variant_id === 'm')).toMatchObject([
      { kind: 'stock', previous_stock: 4, stock: 6, location: null },
      { kind: 'stock', previous_stock: 6, stock: 11, location: null },
    ]);
  });

  it('of a shop: what cannot be a figure says nothing, the rest counts', async () => {
    await fromShop([
      {
        productId: 's2',
        title: 'Odd',
        priceMinor: -5,
        currency: 'XX1',
        stock: Number.NaN,
        variants: [],
        changedAt: 'once upon a time',
      },
    ]);
    const { body } = await get('s2');
    expect(body).toMatchObject({ title: 'Odd', availability: 'unknown' });
    expect(body).not.toHaveProperty('priceMinor');
    expect(body).not.toHaveProperty('currency');
  });

  it('end the same whatever the order in which a shop speaks', async () => {
    let round = 0;
    const said = fc.record({
      item: fc.constantFrom('i1', 'i2', 'i3'),
      location: fc.constantFrom('Vienna', 'Graz'),
      available: fc.integer({ min: 0, max: 9 }),
    });
    const run = async (id: string, order: { item: string; location: string; available: number; at: number }[]) => {
      const levels = order.map(({ item, location, available, at }) => ({
        inventoryItemId: `${id}-${item}`,
        location,
        available,
        changedAt: minutes(at - 100),
      }));
      const half = Math.floor(levels.length / 2);
      await fromShop([], levels.slice(0, half));
      const variants = ['i1', 'i2'].map((item) => ({ variantId: item, inventoryItemId: `${id}-${item}` }));
      await fromShop([{ productId: id, variants, changedAt: minutes(-200) }], levels.slice(half));
      const { stock, stockByLocation } = (await get(id)).body as { stock?: number; stockByLocation: object };
      return { stock, stockByLocation };
    };
    await fc.assert(
      fc.asyncProperty(
        fc
          .array(said, { minLength: 1, maxLength: 8 })
          .map((list) => list.map((one, at) => ({ ...one, at })))
          .chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        async ([list, shuffled]) => {
          const id = `order${++round}`;
          const straight = await run(`${id}a`, list);
          expect(await run(`${id}b`, shuffled)).toEqual(straight);
          const last = new Map(
            list.filter(({ item }) => item !== 'i3').map((one) => [`${one.item}/${one.location}`, one.available]),
          );
          expect(straight.stock).toBe(last.size === 0 ? undefined : [...last.values()].reduce((a, b) => a + b, 0));
        },
      ),
      { numRuns: 25 },
    );
  });

  it('are changed by several at once without losing anything', async () => {
    const products = Array.from({ length: 40 }, (_, index) => ({
      productId: `par${index % 10}`,
      variants: [{ variantId: `v${index}`, stock: 1, inventoryItemId: `par-item${index}` }],
      changedAt: null,
    }));
    await Promise.all(
      products.map((product, index) =>
        fromShop(
          [product],
          [{ inventoryItemId: `par-item${(index + 7) % 40}`, location: 'x', available: 3, changedAt: minutes(-1) }],
        ),
      ),
    );
    for (let index = 0; index < 10; index++) {
      // A description without a time is of now, later than the levels.
      expect((await get(`par${index}`)).body).toMatchObject({ stock: 4, stockByLocation: { x: 12 } });
    }
  });
});
