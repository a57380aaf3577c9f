import { describe, expect, it } from 'vitest';
import { CART_IS_EMPTY, ruleLabel } from '../../../temporal/domain/eventRule.ts';

describe('a rule in the operator’s words', () => {
  it('names the type', () => {
    expect(ruleLabel({ type: 'completed_purchase', filters: [] })).toBe('completed_purchase');
  });

  it('knows the emptied cart of the canvas', () => {
    expect(ruleLabel({ type: 'removed_from_cart', filters: [CART_IS_EMPTY] })).toBe('removed_from_cart (cart emptied)');
  });

  it('says that there are conditions, and never their values', () => {
    const filters = [{ path: 'identity.email', operator: 'equals', value: 'planted@example.com' }] as const;
    expect(ruleLabel({ type: 'fulfilled_order', filters: [...filters] })).toBe('fulfilled_order with conditions');
  });
});
