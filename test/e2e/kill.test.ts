/**
 * kill -9 of the service, of n8n and of Temporal while 100 customers wait or are inside a segment: every one gets each
 * message exactly once. Only what had been started with the mail server and got no answer may end as `unknown`, and is
 * shown so. The mail server, not the product, says what arrived.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MailSink } from './mailSink.ts';
import { Stack, type Part } from './stack.ts';
import { until } from './until.ts';

const CUSTOMERS = 100;
/** 90 min, 24 h and 48 h become 1, 16 and 32 s: long enough to kill somebody in between. */
const TIME_SCALE = 5400;
const MESSAGES_EACH = 3;
/** At most one chunk of a killed n8n may be without an answer (CONTRACT, `sends/started`). */
const CHUNK = 10;

interface Send {
  id: string;
  status: string | null;
  decision: string;
  customerId: string;
  node: string;
}

let sink: MailSink;
let stack: Stack;

beforeAll(async () => {
  sink = await MailSink.start();
  stack = await Stack.start({ JOURNEYS_TIME_SCALE: String(TIME_SCALE), SMTP_URL: sink.url });
});
afterAll(async () => {
  await stack?.remove();
  await sink?.stop();
});

async function everyCart(round: string): Promise<string[]> {
  const events = Array.from({ length: CUSTOMERS }, (_, index) => ({
    id: `${round}-${index}`,
    type: 'added_to_cart',
    occurredAt: new Date().toISOString(),
    source: 'custom',
    identity: { email: `${round}-${index}@example.com` },
    properties: {
      currency: 'EUR',
      cartId: `${round}-${index}`,
      items: [{ productId: 'p1', name: 'Trail shoe', quantity: 1, price: '42.00' }],
    },
    consent: { email: { state: 'subscribed', source: 'checkout' } },
  }));
  const { accepted } = await stack.api<{ accepted: { customerId: string }[] }>('POST', '/v1/events', { events });
  expect(accepted).toHaveLength(CUSTOMERS);
  return accepted.map(({ customerId }) => customerId);
}

const mailsOf = (round: string) => sink.accepted.filter((mail) => mail.to.startsWith(`${round}-`));

async function allCompleted(customers: string[]): Promise<boolean> {
  const completed = await stack.list<{ customerId: string }>('/v1/runs?journey=cart-recovery&status=completed');
  const done = new Set(completed.map((run) => run.customerId));
  return customers.every((customer) => done.has(customer));
}

async function killAndWaitForReturn(part: Part): Promise<void> {
  const killed = stack.kill(part);
  await until(`the supervisor to bring back ${part}`, () => ![killed, undefined].includes(stack.pid(part)), 60_000);
}

/** Kills the part once all wait, and again as soon as the next messages begin to arrive. */
async function killTwice(part: Part, round: string): Promise<void> {
  const customers = await everyCart(round);
  await until('all first messages', () => mailsOf(round).length >= CUSTOMERS, 120_000);
  await killAndWaitForReturn(part);

  await until('the second messages to begin', () => mailsOf(round).length > CUSTOMERS, 240_000);
  await killAndWaitForReturn(part);

  await until('all runs to complete', () => allCompleted(customers), 280_000);

  const mails = mailsOf(round);
  const seen = new Map<string, number>();
  for (const mail of mails) seen.set(mail.messageId, (seen.get(mail.messageId) ?? 0) + 1);
  const twice = [...seen].filter(([, count]) => count > 1);
  expect(twice, 'messages that arrived twice').toEqual([]);

  const sends = (await stack.list<Send>('/v1/sends?journey=cart-recovery')).filter((send) =>
    customers.includes(send.customerId),
  );
  expect(sends).toHaveLength(CUSTOMERS * MESSAGES_EACH);
  const unknown = sends.filter((send) => send.status === 'unknown');
  const sent = sends.filter((send) => send.status === 'sent');
  expect(sent.length + unknown.length).toBe(CUSTOMERS * MESSAGES_EACH);
  // Everything reported as sent did arrive; what is missing is shown as unknown.
  expect(mails.length).toBeGreaterThanOrEqual(sent.length);
  expect(mails.length).toBeLessThanOrEqual(sent.length + unknown.length);
  expect(unknown.length).toBeLessThanOrEqual(2 * CHUNK);
  console.log(`${part}: ${mails.length} messages arrived, ${sent.length} sent, ${unknown.length} unknown`);
}

test('the service is killed', () => killTwice('service', 'kill-service'));
test('n8n is killed', () => killTwice('n8n', 'kill-n8n'));
test('Temporal is killed', () => killTwice('temporal', 'kill-temporal'));
