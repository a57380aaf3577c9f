/** Which product a run is about. */
import { describe, expect, it } from 'vitest';
import { productOfRun } from '../../../temporal/domain/runProduct.ts';

const beans = { productId: 'beans', quantity: 2 };
const mug = { productId: 'mug' };

describe('the product of a run', () => {
  it.each([
    ['the one that is asked for', 'tea', { productId: 'beans', items: [mug] }, 'mug', 'tea', null],
    ['with what was bought of it', 'mug', { items: [beans, mug, { ...mug, quantity: 3 }] }, '', 'mug', 4],
    ['else the entry`s own', undefined, { productId: 'beans', quantity: 5, items: [beans, mug] }, 'mug', 'beans', 5],
    ['else its only product', undefined, { items: [beans, { ...beans, quantity: 1 }] }, 'order-1', 'beans', 3],
    ['else the entry key, when it names one of them', undefined, { items: [beans, mug] }, 'mug', 'mug', 1],
    ['or when there are none', undefined, {}, 'beans', 'beans', null],
  ])('is %s', (_, asked, entry, key, productId, quantity) => {
    expect(productOfRun(asked, entry, key)).toEqual({ product: { productId, quantity } });
  });

  it.each([
    ['several products, and a key that is an order', { items: [beans, mug] }, 'order-1', /names 2 products: say/],
    ['nothing', { items: 'beans' }, '', /names no product: say/],
    ['items without an id', { items: [{ productId: '' }, null, 7] }, '', /names no product/],
  ])('is not known of an entry with %s', (_, entry, key, problem) => {
    expect(productOfRun(undefined, entry, key).problem).toMatch(problem);
  });
});
