/**
 * The main job on real parts, as a user gets it from `npm start`: shop events in, the journey drawn in n8n, the wait in
 * Temporal, the reminder in the inbox; a purchase during the wait ends the run. Time runs 3600 times as fast.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Stack } from './stack.ts';
import { until } from './until.ts';

interface Accepted {
  accepted: { index: number; id: string; customerId: string; duplicate: boolean }[];
  rejected: unknown[];
}
interface Run {
  id: string;
  workflowId: string;
  journey: string;
  customerId: string;
  status: string;
  step: string | null;
  waitingUntil: string | null;
  exitReason: string | null;
  steps: { node: string; outcome: string; at: string }[];
}
interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

let stack: Stack;
let eventNumber = 0;

beforeAll(async () => {
  stack = await Stack.start({ JOURNEYS_TIME_SCALE: '3600' });
});
afterAll(async () => {
  await stack?.remove();
});

function cartEvent(email: string, type: string, properties: Record<string, unknown> = {}) {
  return {
    id: `e2e-${++eventNumber}`,
    type,
    occurredAt: new Date().toISOString(),
    source: 'custom',
    identity: { email },
    properties: {
      currency: 'EUR',
      value: '84.00',
      cartId: `cart-${email}`,
      url: 'https://shop.example.com/cart',
      items: [{ productId: 'p1', name: 'Trail shoe', category: 'shoes', quantity: 2, price: '42.00' }],
      ...properties,
    },
    consent: { email: { state: 'subscribed', source: 'checkout' } },
  };
}

const post = (...events: unknown[]) => stack.api<Accepted>('POST', '/v1/events', { events });
const runsOf = async (customerId: string) =>
  (await stack.api<Page<Run>>('GET', `/v1/runs?journey=cart-recovery&customerId=${customerId}`)).items;
/** Of this journey: an order has e-mails of its own. */
const mailsTo = async (email: string) =>
  (await stack.mails()).filter(({ to, subject }) => to === email && !subject.startsWith('Thank you'));

describe('cart recovery', () => {
  test('two events bring the customer in, and three e-mails arrive in their time', async () => {
    const email = 'ada@example.com';
    const { accepted } = await post(cartEvent(email, 'added_to_cart'), cartEvent(email, 'started_checkout'));
    const customerId = accepted[0]!.customerId;

    const [run] = await until('the run', async () => {
      const runs = await runsOf(customerId);
      return runs.length > 0 && runs;
    });
    expect(run!.workflowId).toBe(`journey/cart-recovery/${customerId}`);

    await until('the first reminder', async () => (await mailsTo(email)).length >= 1, 30_000);
    await until('the run to be completed', async () => (await runsOf(customerId))[0]!.status === 'completed', 180_000);
    const mails = await mailsTo(email);
    expect(mails).toHaveLength(3);
    expect(new Set(mails.map((mail) => mail.messageId)).size).toBe(3);
    const cart =
      /^https:\/\/shop\.example\.com\/cart.*[?&]utm_source=journeys&utm_medium=email&utm_campaign=cart-recovery&/;
    const counted = [...mails[0]!.html.matchAll(/href="(http[^"]+\/c\/[^"]+)"/g)].map(([, url]) => url ?? '');
    const answers = await Promise.all(counted.map((url) => fetch(url, { redirect: 'manual' })));
    expect(answers.map(({ headers }) => headers.get('location'))).toContainEqual(expect.stringMatching(cart));
    expect(mails[0]!.text).toContain('https://shop.example.com/cart');
    expect(await runsOf(customerId)).toHaveLength(1);

    // What a mailbox provider does when somebody presses its own button (RFC 8058).
    const source = await stack.mailSource(mails[2]!);
    expect(source).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r?$/m);
    const [, url = ''] = /^List-Unsubscribe: <(http.+)>\r?$/m.exec(source) ?? [];
    expect(mails[2]!.html).toContain(url);
    const body = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' });
    expect((await fetch(url, { method: 'POST', body })).status).toBe(200);
    const customer = await stack.api<{ consent: { email: object } }>('GET', `/v1/customers/${customerId}`);
    expect(customer.consent.email).toMatchObject({ state: 'unsubscribed', source: 'page' });
  });

  test('a purchase during the wait ends the run, and no message is sent', async () => {
    const email = 'grace@example.com';
    const { accepted } = await post(cartEvent(email, 'added_to_cart'));
    const customerId = accepted[0]!.customerId;
    await post(cartEvent(email, 'completed_purchase', { orderId: 'order-grace' }));

    const run = await until('the run to exit', async () => {
      const [first] = await runsOf(customerId);
      return first?.status === 'exited' && first;
    });
    expect(run.exitReason).toBe('completed_purchase');

    const client = await stack.temporal();
    const result = (await client.workflow.getHandle(run.workflowId).result()) as { outcome: string; reason: string };
    expect(result).toMatchObject({ outcome: 'exited', reason: 'completed_purchase' });
    expect(await mailsTo(email)).toEqual([]);
  });

  test('nothing personal is in the Temporal history', async () => {
    const email = 'planted-name@example.com';
    const { accepted } = await post(cartEvent(email, 'added_to_cart', { note: 'planted-note' }));
    const customerId = accepted[0]!.customerId;
    await until('the first reminder', async () => (await mailsTo(email)).length >= 1);
    const client = await stack.temporal();
    const history = await client.workflow.getHandle(`journey/cart-recovery/${customerId}`).fetchHistory();
    const bytes = JSON.stringify(history, (_key, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value,
    );
    expect(bytes).toContain(customerId);
    expect(bytes).not.toContain('planted');
  });

  test('what is kept is for this user’s eyes only', () => {
    for (const file of ['journeys.sqlite', 'temporal.sqlite', 'api-key', 'n8n-api-key', 'n8n/.n8n/database.sqlite']) {
      expect(statSync(join(stack.dataDir, file)).mode & 0o077, file).toBe(0);
    }
  });

  test('n8n keeps no execution for those who wait', async () => {
    expect((await stack.n8n<{ data: unknown[] }>('GET', '/executions?status=waiting')).data).toEqual([]);
  });
});
