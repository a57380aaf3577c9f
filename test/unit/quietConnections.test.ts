/** Which connections `doctor` names as quiet. */
import { expect, it } from 'vitest';
import { connectionWords } from '../../temporal/commands/quietConnections.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const daysAgo = (days: number) => NOW - days * 24 * 3600_000;

it('names connections that have sent nothing, or nothing for a week', () => {
  expect(connectionWords([], NOW)).toContain('PUT /v1/connections');
  expect(connectionWords([{ name: 'a', kind: 'shopify', lastReceivedAt: daysAgo(6.9) }], NOW)).toBe('1 connection.');
  expect(
    connectionWords(
      [
        { name: 'a', kind: 'shopify', lastReceivedAt: daysAgo(0) },
        { name: 'b', kind: 'woocommerce', lastReceivedAt: daysAgo(9.5) },
        { name: 'c', kind: 'custom', lastReceivedAt: null },
      ],
      NOW,
    ),
  ).toBe(
    "3 connections. Nothing received yet from c (custom). Last heard of b (woocommerce, 9 days ago). If they should send: look at the shop's webhooks and at the secret.",
  );
});
