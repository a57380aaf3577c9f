/** `commerce-journeys map` as CONTRACT section 6 has it: data on stdout, words on stderr, exit 0, 1 or 2. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const CLI = join(import.meta.dirname, '../../temporal/cli.ts');
const OWN = join(import.meta.dirname, 'payloads');

function map(args: string[], input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, 'map', ...args], { input, encoding: 'utf8' });
  return { status, stdout, stderr };
}

it('prints the canonical events of a file, with money in minor units', () => {
  const { status, stdout } = map(['--source', 'segment', join(OWN, 'segment-order.json')]);
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject([
    { type: 'completed_purchase', source: 'segment', properties: { orderId: '820982911946154508', valueMinor: 29350 } },
  ]);
});

it('reads stdin, and uses the currency where the body has none', () => {
  const body = { client_id: 'd', events: [{ name: 'view_item', params: { value: 5, items: [{ item_id: 'p' }] } }] };
  const { status, stdout } = map(['--source', 'ga4', '--currency', 'jpy', '-'], JSON.stringify(body));
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject([{ properties: { currency: 'JPY', valueMinor: 5 } }]);
});

it('prints an empty list for what becomes no event', () => {
  expect(map(['--source', 'segment', join(OWN, 'segment-identify.json')])).toMatchObject({ status: 0, stdout: '[]\n' });
});

it('says what is wrong with a body, and where', () => {
  const track = { type: 'track', event: 'Order Completed', userId: 'u', properties: { order_id: '1' } };
  const answer = map(['--source', 'segment', '-'], JSON.stringify(track));
  expect(answer).toMatchObject({ status: 1, stdout: '' });
  expect(answer.stderr).toContain('/events/0/properties/currency is missing');
  expect(map(['--source', 'segment', '-'], '{')).toMatchObject({ status: 1, stderr: 'The body is no valid JSON\n' });
  expect(map(['--source', 'segment', '/nowhere'])).toMatchObject({ status: 1, stdout: '' });
});

it.each([
  [['--source', 'magento', '-'], 'segment'],
  [['-'], '--source'],
  [['--source', 'segment'], 'file'],
  [['--source', 'segment', '--currency', 'Euro', '-'], 'ISO 4217'],
  [['--source', 'shopify', '-'], '--topic'],
])('calls %j wrong use', (args, hint) => {
  const answer = map(args, '{}');
  expect(answer).toMatchObject({ status: 2, stdout: '' });
  expect(answer.stderr).toContain(hint);
});
