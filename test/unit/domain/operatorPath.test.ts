import { describe, expect, it } from 'vitest';
import { operatorPath } from '../../../temporal/domain/operatorPath.ts';

describe('the page that one is led to after logging in', () => {
  it.each([
    '/',
    '/scores',
    '/status',
    '/journeys',
    '/journeys/cart-recovery?days=7',
    '/customers/cus_1',
    '/runs/run_1',
  ])('may be %s', (path) => expect(operatorPath(path)).toBe(path));

  it.each([
    ...['https://example.com/scores', '//example.com/scores', '/\\example.com', '\\/example.com', 'scores', '', '?x'],
    ...[
      '/v1/customers',
      '/login',
      '/logout',
      '/runs/a/b',
      '/runs/../../v1/sends',
      '/\t/example.com',
      '/scores\n',
      null,
      7,
    ],
    ...[`/runs/${'x'.repeat(1000)}`, ['/scores'], 'javascript:alert(1)', '/scores/more'],
  ])('is not %j', (path) => expect(operatorPath(path)).toBeNull());
});
