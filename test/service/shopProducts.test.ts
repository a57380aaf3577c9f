/** From a shop's signed webhook to the catalogue and on to the customer who waited, on both stores. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventIntake } from '../../temporal/intake/eventIntake.ts';
import { productNews } from '../../temporal/intake/productNews.ts';
import { event, minutes, TestService } from './service.ts';
import { connect, deliver, shopifyHeaders, wooHeaders } from './shops.ts';
import { DIALECTS } from './stores.ts';

const PRODUCT = '788032119674292922';
const VARIANT = '642667041472713922';
const ITEM = '808950810808950810';

describe.each(DIALECTS)('products of shops on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    await connect(service, 'shopify', 'shop', { currency: 'EUR' });
    await connect(service, 'woocommerce', 'woo', { currency: 'EUR' });
  });
  afterAll(() => service.close());

  let delivery = 0;
  // Ids of 18 digits stand in the body as numbers, as Shopify writes them.
  const shopify = async (topic: string, body: object) => {
    const raw = JSON.stringify(body).replace(/"@(\d+)"/g, '$1');
    const answer = await deliver(service, '/in/shopify/shop', raw, shopifyHeaders(raw, topic, `d${++delivery}`));
    expect(answer.status).toBe(200);
  };
  const product = (at: string, more: object = {}, variant: object = {}) => ({
    id: `@${PRODUCT}`,
    title: 'Trail shoe',
    product_type: 'shoes',
    status: 'active',
    updated_at: at,
    variants: [
      {
        ...{ id: `@${VARIANT}`, title: '42', sku: 'TS-42', price: '89.00', inventory_policy: 'deny' },
        ...{ inventory_item_id: `@${ITEM}`, inventory_management: 'shopify', inventory_quantity: 0, ...variant },
      },
    ],
    ...more,
  });
  const level = (available: number, at: string) => ({
    ...{ inventory_item_id: `@${ITEM}`, location_id: 905684977, available, updated_at: at },
  });
  const get = async (id: string) => (await service.call('GET', `/v1/products/${id}`)).body;

  it('Shopify: a level finds its variant, in any order, and who waited hears of it once', async () => {
    await shopify('inventory_levels/update', level(0, minutes(-30)));
    await shopify('products/create', product(minutes(-31)));
    expect(await get(PRODUCT)).toMatchObject({
      source: 'shop',
      title: 'Trail shoe',
      category: 'shoes',
      priceMinor: 8900,
      currency: 'EUR',
      stock: 0,
      availability: 'out_of_stock',
      stockByLocation: { 905684977: 0 },
      variants: [{ variantId: VARIANT, sku: 'TS-42', inventoryItemId: ITEM }],
    });
    const amy = await service.send(
      event('back_in_stock_requested', 'amy', minutes(-20), {
        properties: { items: [{ productId: PRODUCT, variantId: VARIANT }] },
      }),
    );
    await shopify('inventory_levels/update', level(6, minutes(-10)));
    await shopify('inventory_levels/update', level(6, minutes(-10)));
    // Late: it says nothing newer.
    await shopify('products/update', product(minutes(-15)));
    expect(await get(PRODUCT)).toMatchObject({ stock: 6 });

    service.now += 5000;
    const { store } = service;
    const now = () => service.now;
    const nothing = () => {};
    const intake = new EventIntake({ store, now, timeScale: 1, outboxWritten: nothing, deliveriesWritten: nothing });
    const news = productNews({ store, intake, now, timeScale: 1, log: { warn: nothing } });
    expect(await news.tell()).toBe(1);
    const { body } = await service.call('GET', `/v1/customers/${amy}/events?limit=1`);
    expect(body.items).toMatchObject([
      {
        type: 'stock_changed',
        properties: { productId: PRODUCT, variantId: VARIANT, stock: 6, backInStock: true, stockLocation: '905684977' },
      },
    ]);
  });

  it('Shopify: a variant that is no longer there does not count, a deleted product has gone', async () => {
    const two = [
      { id: 1, price: '5.00', inventory_management: 'shopify', inventory_quantity: 2 },
      { id: 2, price: '5.00', inventory_management: 'shopify', inventory_quantity: 3 },
    ];
    await shopify('products/create', {
      id: 77,
      title: 'Sock',
      status: 'active',
      updated_at: minutes(-9),
      variants: two,
    });
    expect(await get('77')).toMatchObject({ stock: 5 });
    const one = { id: 77, title: 'Sock', status: 'active', updated_at: minutes(-8), variants: two.slice(0, 1) };
    await shopify('products/update', one);
    expect(await get('77')).toMatchObject({ stock: 2, variants: [{ variantId: '1' }] });
    await shopify('products/delete', { id: 77 });
    expect(await get('77')).toMatchObject({ gone: true, availability: 'gone', title: 'Sock' });
  });

  it('WooCommerce: fractions, what nobody counts, and a variation of its parent', async () => {
    const woo = async (body: object) => {
      const raw = JSON.stringify(body);
      const answer = await deliver(
        service,
        '/in/woocommerce/woo',
        raw,
        wooHeaders(raw, 'product.updated', `w${++delivery}`),
      );
      expect(answer.status).toBe(200);
    };
    const cheese = { id: 501, name: 'Cheese', type: 'simple', status: 'publish', price: '21.99' };
    await woo({ ...cheese, manage_stock: true, stock_quantity: 1.5, date_modified_gmt: '2026-11-22T11:00:00' });
    expect(await get('501')).toMatchObject({ stock: 1.5, priceMinor: 2199, currency: 'EUR' });
    await woo({ ...cheese, manage_stock: false, stock_quantity: null, date_modified_gmt: '2026-11-22T11:01:00' });
    expect(await get('501')).toMatchObject({ stock: null, availability: 'in_stock' });

    await woo({
      ...{ id: 502, name: 'Shirt', type: 'variable', status: 'publish', variations: [503, 504], manage_stock: false },
      ...{ date_modified_gmt: '2026-11-22T11:00:00' },
    });
    await woo({
      ...{ id: 503, parent_id: 502, type: 'variation', status: 'publish', price: '9.00', manage_stock: true },
      ...{ stock_quantity: 4, date_modified_gmt: '2026-11-22T11:02:00' },
    });
    const shirt = await get('502');
    expect(shirt).toMatchObject({ title: 'Shirt', stock: 4 });
    expect(shirt.variants.map((one: { variantId: string }) => one.variantId)).toEqual(['503', '504']);
  });
});
