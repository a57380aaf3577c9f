/** What changed in a cart between two tellings of the whole of it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareCarts, type CartLine } from '../../../temporal/domain/cartComparison.ts';

const line = (key: string, quantity: number): CartLine => ({ key, quantity, item: { productId: key, quantity } });

describe('carts', () => {
  it('finds what is new, more, less and gone', () => {
    const difference = compareCarts(
      [line('a', 1), line('b', 3), line('c', 1)],
      [line('a', 2), line('b', 1), line('d', 4)],
    );
    expect(difference).toEqual({
      added: [
        { productId: 'a', quantity: 1 },
        { productId: 'd', quantity: 4 },
      ],
      removed: [
        { productId: 'b', quantity: 2 },
        { productId: 'c', quantity: 1 },
      ],
      isEmptied: false,
    });
  });

  it('knows an emptied cart from one that was empty', () => {
    expect(compareCarts([line('a', 1)], []).isEmptied).toBe(true);
    expect(compareCarts([line('a', 1)], [line('a', 0)])).toMatchObject({ isEmptied: true, removed: [{ quantity: 1 }] });
    expect(compareCarts([], []).isEmptied).toBe(false);
  });

  it('adds fractions up without dust', () => {
    expect(compareCarts([line('a', 0.1)], [line('a', 0.1), line('a', 0.2)]).added).toEqual([
      { productId: 'a', quantity: 0.2 },
    ]);
    expect(compareCarts([line('a', 0.3)], [line('a', 0.1), line('a', 0.2)])).toMatchObject({ added: [], removed: [] });
  });

  it('says nothing of a repeated telling, and adds up to the same whatever lies between', () => {
    const cart = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), quantity: fc.integer({ min: 0, max: 5 }) }));
    const lines = (drawn: { key: string; quantity: number }[]) => drawn.map(({ key, quantity }) => line(key, quantity));
    const sum = (items: { quantity?: number }[]) => items.reduce((total, { quantity = 0 }) => total + quantity, 0);
    const net = ({ added, removed }: ReturnType<typeof compareCarts>) => sum(added) - sum(removed);
    fc.assert(
      fc.property(cart, cart, cart, (one, two, three) => {
        const [a, b, c] = [lines(one), lines(two), lines(three)];
        expect(compareCarts(a, a)).toEqual({ added: [], removed: [], isEmptied: false });
        expect(net(compareCarts(a, b)) + net(compareCarts(b, c))).toBe(net(compareCarts(a, c)));
      }),
    );
  });
});
