/**
 * 500 customers get one message each, and somebody is killed (-9) in the middle of the batch: nobody gets it twice, and nobody
 * is lost. What a mail server may have had without saying so is shown as `unknown`: at most the one small chunk that was
 * started (CONTRACT, `sends/started`). The receiving server, not the product, says what arrived.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { customersDo, makeCredentials, publishJourney } from '../e2e/journeys.ts';
import { MailSink } from '../e2e/mailSink.ts';
import { Stack, type Part } from '../e2e/stack.ts';
import { until } from '../e2e/until.ts';

const CUSTOMERS = 500;
/** The worker calls n8n with at most 200 customers: this is inside of the second call. */
const KILLED_AT = 290;
const CHUNK = 10;
const ENTRY = 'answered_quiz';
const MINUTES = 60_000;

interface Send {
  id: string;
  customerId: string;
  decision: string;
  status: string | null;
}

let sink: MailSink;
let stack: Stack;

beforeAll(async () => {
  sink = await MailSink.start();
  stack = await Stack.start({ SMTP_URL: sink.url });
  const server = { host: '127.0.0.1', port: sink.port, secure: false, disableStartTls: true };
  await publishJourney(stack, {
    key: 'news-by-smtp',
    entry: ENTRY,
    credentials: await makeCredentials(stack, { commerceSmtp: server }),
    nodes: [
      {
        name: 'News',
        type: 'channelSend',
        parameters: {
          category: 'marketing',
          fromEmail: 'hello@example.com',
          subject: 'Your answer',
          html: '<p>Hello</p>',
        },
      },
    ],
  });
});
afterAll(async () => {
  await stack?.remove();
  await sink?.stop();
});

/** Everybody's message, with `part` killed as soon as the server has taken `KILLED_AT` of them. */
async function killInTheMiddle(part: Part): Promise<{ arrived: string[]; sends: Send[] }> {
  const emails = Array.from({ length: CUSTOMERS }, (_, index) => `${part}-${index}@example.com`);
  const before = sink.accepted.length;
  let killed = 0;
  sink.onMail = () => {
    if (killed === 0 && sink.accepted.length - before >= KILLED_AT) killed = stack.kill(part);
  };
  const customers = new Set(await customersDo(stack, ENTRY, emails));
  expect(customers.size).toBe(CUSTOMERS);
  await until(
    `the supervisor to bring back ${part}`,
    () => killed !== 0 && ![killed, undefined].includes(stack.pid(part)),
    MINUTES,
  );
  await until(
    'all runs to complete',
    async () => {
      const completed = await stack.list<{ customerId: string }>('/v1/runs?journey=news-by-smtp&status=completed');
      return completed.filter(({ customerId }) => customers.has(customerId)).length === CUSTOMERS;
    },
    4 * MINUTES,
  );
  const sends = (await stack.list<Send>('/v1/sends?journey=news-by-smtp')).filter((send) =>
    customers.has(send.customerId),
  );
  return { arrived: sink.accepted.slice(before).map(({ to }) => to), sends };
}

test.each<Part>(['n8n', 'service'])('%s is killed', async (part) => {
  const { arrived, sends } = await killInTheMiddle(part);

  expect(new Set(arrived).size, 'recipients, each once').toBe(arrived.length);
  expect(sends).toHaveLength(CUSTOMERS);
  expect(new Set(sends.map(({ customerId }) => customerId)).size, 'customers with a send').toBe(CUSTOMERS);
  const count = (status: string) => sends.filter((send) => send.status === status).length;
  const [sent, unknown] = [count('sent'), count('unknown')];
  expect(sent + unknown, 'nobody is left claimed, started or failed').toBe(CUSTOMERS);
  expect(unknown).toBeLessThanOrEqual(CHUNK);
  // The mail that n8n was killed for cannot have been reported. When the service is away, n8n waits with its reports.
  if (part === 'n8n') expect(unknown).toBeGreaterThan(0);
  // Everything reported as sent is there; of the unknown ones some are.
  expect(arrived.length).toBeGreaterThanOrEqual(sent);
  expect(arrived.length).toBeLessThanOrEqual(CUSTOMERS);
  const shown = await stack.list<Send>('/v1/sends?status=unknown');
  const ids = new Set(sends.map(({ id }) => id));
  expect(shown.filter(({ id }) => ids.has(id))).toHaveLength(unknown);
  console.log(`${part}: ${arrived.length} arrived, ${sent} sent, ${unknown} unknown`);
});
