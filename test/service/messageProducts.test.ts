/** Messages that speak of the catalogue, on both stores. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from './stores.ts';
import { TestService } from './service.ts';
import { authorize, enter, publishTrigger, sendItem, type Traveller } from './travellers.ts';

describe.each(DIALECTS)('products in messages on %s', (dialect) => {
  let service: TestService;
  let ada: Traveller;
  let node = 0;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    await publishTrigger(service, 'cart');
    const products = [
      { productId: 'shoe', title: 'Trail <shoe>', priceMinor: 8900, currency: 'EUR', stock: 0, backorder: true },
      {
        productId: 'sock',
        title: 'Sock',
        currency: 'EUR',
        variants: [
          { variantId: 'm', priceMinor: 900, stock: 2 },
          { variantId: 'l', priceMinor: 1100, stock: 7 },
        ],
      },
      { productId: 'lace', title: 'Lace', priceMinor: 300, currency: 'EUR' },
    ];
    expect((await service.call('PUT', '/v1/products', { items: products })).status).toBe(200);
    ada = await enter(service, 'ada');
  });
  afterAll(() => service.close());

  const render = async (text: string, data: object, more: object = {}) => {
    const message = { subject: 'x', html: '', text, data };
    const [answer] = await authorize(
      service,
      sendItem(ada, { message, category: 'transactional', node: `node-${++node}`, ...more }),
    );
    return (answer.message?.text ?? answer.error) as unknown;
  };
  const cart = {
    run: { entry: { properties: { items: [{ productId: 'sock', variantId: 'l' }, { productId: 'gone' }] } } },
    event: { properties: { productId: 'shoe', items: [{ productId: 'shoe' }] } },
  };

  it('name those of the item, in order, with the figures of the variant', async () => {
    const list = '{% for p in products %}{{ p.title }} {{ p.priceMinor | money: p.currency }}; {% endfor %}';
    expect(await render(list, cart, { productIds: ['lace', 'shoe', 'sock'] })).toBe(
      'Sock €11.00; Trail <shoe> €89.00; Lace €3.00; ',
    );
    expect(await render('{{ product.title }}: {{ product.stock }}', cart)).toBe('Sock: 7');
    expect(await render('{% if product.backorder %}later{% endif %}', { event: cart.event })).toBe('later');
  });

  it('stay strict: what the catalogue does not know is an error, or has a fallback', async () => {
    expect(await render('{{ product.category }}', cart)).toMatchObject({ path: '/items/0/message/text' });
    expect(await render('{{ product.category | default: "things" }}', cart)).toBe('things');
    expect(await render('{{ product.title }}', {})).toMatchObject({ path: '/items/0/message/text' });
    expect(await render('{% if product %}a{% else %}b{% endif %}{{ products.size }}', {})).toBe('b0');
  });

  it('leave a field of the item that is called the same', async () => {
    expect(await render('{{ product }}', { ...cart, product: 'mine' })).toBe('mine');
  });

  it('read whatever an item holds', async () => {
    for (const odd of [
      { run: null },
      { run: { entry: [] } },
      { items: 'x' },
      { event: { properties: { items: {} } } },
    ]) {
      expect(await render('{{ products.size }}', odd)).toBe('0');
    }
  });
});
