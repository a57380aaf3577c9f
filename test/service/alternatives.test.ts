/** What can be had in place of something else, on both stores, and as Journey → Get Alternatives puts it on the item. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { N8nRunner } from '../unit/nodes/n8nRunner.ts';
import { API_KEY, TestService } from './service.ts';
import { DIALECTS } from './stores.ts';

const CATALOGUE = {
  gone: { category: 'shoes', priceMinor: 5000, currency: 'EUR', stock: 0 },
  near: { category: 'shoes', priceMinor: 5500, currency: 'EUR', stock: 2 },
  nearer: { category: 'shoes', priceMinor: 4800, currency: 'EUR', stock: 1 },
  dear: { category: 'shoes', priceMinor: 20_000, currency: 'EUR', stock: null },
  sold: { category: 'shoes', priceMinor: 5000, currency: 'EUR', stock: 0 },
  later: { category: 'shoes', priceMinor: 5000, currency: 'EUR', stock: 0, backorder: true },
  unsaid: { category: 'shoes', priceMinor: 5000, currency: 'EUR' },
  away: { category: 'shoes', priceMinor: 5000, currency: 'EUR', stock: 5, gone: true },
  abroad: { category: 'shoes', priceMinor: 5000, currency: 'USD', stock: 5 },
  book: { category: 'books', priceMinor: 5000, currency: 'EUR', stock: 5 },
  lonely: { category: 'hats', priceMinor: 5000, currency: 'EUR', stock: 0 },
  rug: { category: 'rugs', stock: 0 },
  mat: { category: 'rugs', stock: 1 },
  loose: { priceMinor: 5000, currency: 'EUR', stock: 0 },
};

describe.each(DIALECTS)('alternatives on %s', (dialect) => {
  let service: TestService;
  let n8n: N8nRunner;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    for (const [productId, body] of Object.entries(CATALOGUE)) {
      expect((await service.call('PUT', `/v1/products/${productId}`, body)).status).toBe(200);
    }
    const baseUrl = await service.app.listen({ host: '127.0.0.1', port: 0 });
    n8n = await new N8nRunner({ commerceJourneysApi: { baseUrl, apiKey: API_KEY } }).load();
  });
  afterAll(async () => {
    n8n.unload();
    await service.close();
  });

  const ask = async (...items: object[]) => {
    const body = { items: items.map((item, ref) => ({ ref, ...item })) };
    const { status, body: answer } = await service.call('POST', '/v1/products/alternatives', body);
    expect(status).toBe(200);
    return (answer.items as { products: { productId: string }[]; reason?: string }[]).map(({ products, reason }) => ({
      ids: products.map(({ productId }) => productId),
      reason,
    }));
  };

  it('are of the same category and currency, in stock, those with the nearest price first', async () => {
    expect(await ask({ productIds: ['gone'] }, { productIds: ['gone'], limit: 2 })).toEqual([
      { ids: ['nearer', 'near', 'dear'] },
      { ids: ['nearer', 'near'] },
    ]);
  });

  it('are none of those that are named, and come after the first of several', async () => {
    expect(await ask({ productIds: ['lonely', 'gone', 'nearer'] })).toEqual([{ ids: ['near', 'dear'] }]);
  });

  it('are found where nobody has said a price', async () => {
    expect(await ask({ productIds: ['rug'] })).toEqual([{ ids: ['mat'] }]);
  });

  it('say why there are none', async () => {
    const [alone, loose, unknown] = await ask(
      { productIds: ['lonely'] },
      { productIds: ['loose'] },
      { productIds: ['nowhere'] },
    );
    expect(alone).toEqual({ ids: [], reason: 'Nothing else of their category can be had.' });
    for (const one of [loose, unknown]) expect(one?.reason).toContain('not their category');
  });

  it('come onto the item of the canvas', async () => {
    const entry = { properties: { items: [{ productId: 'gone' }] } };
    const items = [{ run: { id: 'r1', segment: 1, entry } }, { run: { id: 'r2', segment: 1, entry: {} } }];
    const parameters = { operation: 'getAlternatives', limit: 1 };
    const { outputs, error } = await n8n.run({ items, node: { name: 'Others', type: 'journey', parameters } });
    expect(error).toBeUndefined();
    expect(outputs[0]?.map(({ json }) => json)).toMatchObject([
      { run: { id: 'r1' }, alternatives: [{ productId: 'nearer', priceMinor: 4800 }] },
      { run: { id: 'r2' }, alternatives: [], alternativesReason: expect.any(String) },
    ]);
  });
});
