/** Delivery over SMTP with every fault: what is retried, what is reported, and how many may be in the air. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  deliverSends,
  WINDOW,
  type AuthorizedSend,
  type DeliverSendsOptions,
} from '../../../nodes/ChannelSend/deliverSends.ts';
import { emailOf } from '../../../nodes/ChannelSend/channels/email/draft.ts';
import type { EmailMessage } from '../../../nodes/ChannelSend/providers/outgoing.ts';
import type { DeliveryOutcome, Sender } from '../../../nodes/ChannelSend/providers/provider.ts';
import { connectSmtp, testSmtp } from '../../../nodes/ChannelSend/providers/smtp.ts';
import { singleLine } from '../../../nodes/fields/singleLine.ts';
import type { SendReport } from '../../../nodes/transport/contract/sends.ts';
import { FaultySmtpServer } from './smtpServer.ts';

let smtp: FaultySmtpServer;
let server: Sender;
let reports: SendReport[];
let sleeps: number[];
let started: string[][];

beforeAll(async () => {
  smtp = await new FaultySmtpServer().start();
});
afterAll(async () => {
  await smtp.stop();
});
beforeEach(() => {
  smtp.reset();
  reports = [];
  sleeps = [];
  started = [];
});

const sender = { name: 'Example Shop', address: 'hello@shop.example.com', replyTo: '' };
const send = (name: string): AuthorizedSend<EmailMessage> => ({
  sendId: `snd_${name}`,
  message: emailOf(
    sender,
    'marketing',
    { subject: 'Your cart', html: '<p>Hello</p>', text: 'Hello' },
    `${name}@example.com`,
    `snd_${name}`,
  ),
});

async function deliver(
  names: string[],
  more: Partial<DeliverSendsOptions<EmailMessage>> = {},
  credentials = smtp.credentials,
) {
  let time = 0;
  server = connectSmtp(credentials);
  try {
    const batches = [names.map(send)];
    const { results } = await deliverSends<EmailMessage>({
      next: () => Promise.resolve(batches.shift() ?? null),
      deliver: (message) => server.deliver(message),
      start: (sendIds) => {
        started.push(sendIds);
        return Promise.resolve({ started: sendIds, refused: [] });
      },
      report: (items) => {
        reports.push(...items);
        return Promise.resolve();
      },
      sleep: (ms) => {
        sleeps.push(ms);
        time += ms;
        return Promise.resolve();
      },
      now: () => time,
      ...more,
    });
    return results;
  } finally {
    server.close();
  }
}

describe('a message', () => {
  it('goes out once, and is reported with its Message-ID', async () => {
    const results = await deliver(['ada']);
    expect(results.get('snd_ada')).toEqual({ status: 'sent' });
    expect(smtp.mails).toHaveLength(1);
    expect(smtp.mails[0]?.source).toContain('Message-ID: <snd_ada@shop.example.com>');
    expect(smtp.mails[0]?.source).toContain('multipart/alternative');
    expect(reports).toEqual([{ sendId: 'snd_ada', outcome: 'sent', providerMessageId: 'snd_ada@shop.example.com' }]);
  });

  it('refused for now (4xx) is tried three times more, after 1, 5 and 20 seconds, and then left to the segment', async () => {
    smtp.faults.set('ada', { at: 'RCPT', reply: '451 4.7.1 Greylisted, try again' });
    const results = await deliver(['ada', 'bob']);
    expect(sleeps).toEqual([1_000, 5_000, 20_000]);
    expect(results.get('snd_bob')).toEqual({ status: 'sent' });
    expect(results.get('snd_ada')).toEqual({ status: 'retryLater', error: '451 4.7.1 Greylisted, try again' });
    expect(reports.at(-1)).toMatchObject({ sendId: 'snd_ada', outcome: 'failed', permanent: false });
  });

  it.each(['RCPT', 'DATA', 'END'] as const)('refused for now at %s goes out at the next try', async (at) => {
    smtp.faults.set('ada', { at, reply: '452 4.2.2 Mailbox busy', times: 1 });
    const results = await deliver(['ada']);
    expect(results.get('snd_ada')).toEqual({ status: 'sent' });
    expect(sleeps).toEqual([1_000]);
    expect(smtp.mails).toHaveLength(1);
  });

  it.each([
    ['RCPT', '550 5.1.1 <ada@example.com>: User unknown', '550 5.1.1 <address>: User unknown'],
    ['DATA', '554 5.7.1 Rejected', '554 5.7.1 Rejected'],
    ['END', '554 5.6.0 Content refused', '554 5.6.0 Content refused'],
  ] as const)('refused for good (5xx at %s) is not tried again', async (at, reply, error) => {
    smtp.faults.set('ada', { at, reply });
    const results = await deliver(['ada']);
    expect(sleeps).toEqual([]);
    expect(results.get('snd_ada')).toEqual({ status: 'refused', error });
    expect(reports).toEqual([{ sendId: 'snd_ada', outcome: 'failed', permanent: true, error }]);
  });

  it('whose sender is refused says nothing against the address', async () => {
    smtp.faults.set('*', { at: 'MAIL', reply: '550 5.1.8 Sender refused' });
    await deliver(['ada']);
    expect(reports).toMatchObject([{ outcome: 'failed', permanent: true }]);
    expect(reports[0]?.error).not.toContain('5.1.');
  });

  it.each(['RCPT', 'DATA'] as const)(
    'whose connection is cut at %s, before it was handed over, is sent again',
    async (at) => {
      smtp.faults.set('ada', { at, cut: true, times: 1 });
      const results = await deliver(['ada']);
      expect(results.get('snd_ada')).toEqual({ status: 'sent' });
      expect(smtp.mails).toHaveLength(1);
    },
  );

  it('whose connection is cut after it was handed over is unknown, and never repeated', async () => {
    smtp.faults.set('ada', { at: 'END', cut: true });
    const results = await deliver(['ada']);
    expect(results.get('snd_ada')).toEqual({ status: 'unknown' });
    expect(smtp.handedOver).toEqual(['ada@example.com']);
    expect(sleeps).toEqual([]);
    expect(reports).toMatchObject([{ sendId: 'snd_ada', outcome: 'unknown' }]);
  });
});

describe('many messages', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => `user${index}`);

  it('are started and reported in chunks over few connections', async () => {
    await deliver(many(35));
    expect(smtp.mails).toHaveLength(35);
    expect(started.map((ids) => ids.length)).toEqual([10, 10, 10, 5]);
    expect(smtp.connections).toBeLessThanOrEqual(5);
  });

  it('never have more than one chunk in the air, whatever waits for a retry', async () => {
    for (const name of many(40).slice(0, 4)) smtp.faults.set(name, { at: 'RCPT', reply: '451 later', times: 2 });
    let open = 0;
    let most = 0;
    const results = await deliver(many(40), {
      start: (sendIds) => {
        open += sendIds.length;
        most = Math.max(most, open);
        return Promise.resolve({ started: sendIds, refused: [] });
      },
      report: (items) => {
        open -= items.length;
        return Promise.resolve();
      },
    });
    expect([...results.values()].every(({ status }) => status === 'sent')).toBe(true);
    expect(smtp.mails).toHaveLength(40);
    expect(most).toBe(WINDOW);
    expect(open).toBe(0);
  });

  it('are left alone when the server cannot be reached: only one chunk was started, and nothing is unknown', async () => {
    const results = await deliver(many(30), {}, { ...smtp.credentials, port: 9 });
    expect(started.flat()).toHaveLength(10);
    expect([...results.values()].map(({ status }) => status)).toEqual(Array(30).fill('retryLater'));
    expect(reports).toHaveLength(10);
    expect(reports.every(({ outcome, permanent }) => outcome === 'failed' && permanent === false)).toBe(true);
  });

  it('are left alone at once when the login is refused', async () => {
    smtp.faults.set('*', { at: 'AUTH', reply: '535 5.7.8 Bad credentials' });
    const results = await deliver(many(30), {}, { ...smtp.credentials, user: 'u', password: 'wrong' });
    expect(sleeps).toEqual([]);
    expect(started.flat()).toHaveLength(10);
    expect(results.get('snd_user29')).toMatchObject({ status: 'retryLater' });
    expect(reports.every(({ permanent }) => permanent === false)).toBe(true);
  });

  it('that another execution has started are not sent by this one', async () => {
    const results = await deliver(['ada', 'bob'], {
      start: () => Promise.resolve({ started: ['snd_bob'], refused: [{ sendId: 'snd_ada', status: 'started' }] }),
    });
    expect(results.get('snd_ada')).toEqual({ status: 'notOurs', theirs: 'started' });
    expect(smtp.mails.map(({ to }) => to)).toEqual(['bob@example.com']);
  });
});

/** With a provider whose outcomes are given, the last one for ever. */
async function deliverWith(
  outcomes: DeliveryOutcome[],
  sends: Array<Partial<AuthorizedSend<EmailMessage>>> = [{}],
  more: Partial<DeliverSendsOptions<EmailMessage>> = {},
) {
  const attempts: Array<number | undefined> = [];
  const names = sends.map((_, index) => `user${index}`);
  const batches = [names.map((name, index) => ({ ...send(name), ...sends[index] }))];
  const results = await deliver([], {
    next: () => Promise.resolve(batches.shift() ?? null),
    deliver: (_, startedBefore) => {
      attempts.push(startedBefore);
      return Promise.resolve(outcomes[Math.min(attempts.length, outcomes.length) - 1] as DeliveryOutcome);
    },
    ...more,
  });
  return { attempts, results: [...results.values()] };
}
const sent: DeliveryOutcome = { kind: 'sent', providerMessageId: 'p1' };
const slower = (retryAfterMs: number): DeliveryOutcome => ({
  kind: 'temporary',
  serverWide: true,
  error: 'slower',
  retryAfterMs,
});

describe('a provider that asks to wait', () => {
  it('is given the time, and everybody else waits as well', async () => {
    const held: number[] = [];
    const { results } = await deliverWith([slower(42_000), sent], [{}], { hold: (ms) => held.push(ms) });
    expect(results).toEqual([{ status: 'sent' }]);
    expect(sleeps).toEqual([42_000]);
    expect(held).toEqual([42_000]);
  });

  it('for longer than a minute is asked again when the segment runs again; nothing is unknown', async () => {
    const { results, attempts } = await deliverWith([slower(61_000)], Array(25).fill({}));
    expect(sleeps).toEqual([]);
    expect(attempts).toHaveLength(10);
    expect(results).toEqual(Array(25).fill({ status: 'retryLater', error: 'slower' }));
    expect(reports.every(({ outcome, permanent }) => outcome === 'failed' && permanent === false)).toBe(true);
  });
});

describe('a message that the provider may have, and knows by its key', () => {
  const cut: DeliveryOutcome = { kind: 'temporary', serverWide: true, error: 'cut', maybeSent: true };
  const refusedConnection: DeliveryOutcome = { kind: 'temporary', serverWide: true, error: 'not there' };

  it('is tried again', async () => {
    const { results } = await deliverWith([cut, sent]);
    expect(results).toEqual([{ status: 'sent' }]);
    expect(reports).toEqual([{ sendId: 'snd_user0', outcome: 'sent', providerMessageId: 'p1' }]);
  });

  it('stays started when the tries run out, so that the next run of the segment sends it under the same key', async () => {
    const { results } = await deliverWith([cut, refusedConnection], [{ comesAgain: true }]);
    expect(sleeps).toEqual([1_000, 5_000, 20_000]);
    expect(results).toEqual([{ status: 'retryLater', error: 'not there' }]);
    expect(reports).toEqual([]);
  });

  it('is unknown where nothing comes again', async () => {
    const { results } = await deliverWith([cut]);
    expect(results).toEqual([{ status: 'unknown' }]);
    expect(reports).toMatchObject([{ outcome: 'unknown' }]);
  });

  it('from before is told to the provider at the first try alone', async () => {
    const { attempts } = await deliverWith([refusedConnection, sent], [{ startedBefore: 7, comesAgain: true }]);
    expect(attempts).toEqual([7, undefined]);
  });
});

it('what a provider says of the recipient is reported; so is a message sent under an id that is not told', async () => {
  await deliverWith([{ kind: 'refused', error: 'no such box', recipient: 'invalid' }]);
  await deliverWith([{ kind: 'sent', providerMessageId: null }]);
  expect(reports).toEqual([
    { sendId: 'snd_user0', outcome: 'failed', permanent: true, error: 'no such box', recipient: 'invalid' },
    { sendId: 'snd_user0', outcome: 'sent' },
  ]);
});

it.each(['void', 'paused', 'claimed', null])(
  'a claim that cannot be started (%s) is asked for again',
  async (status) => {
    const { results, attempts } = await deliverWith([sent], [{}], {
      start: ([sendId = '']) => Promise.resolve({ started: [], refused: [{ sendId, status }] }),
    });
    expect(results).toMatchObject([{ status: 'retryLater' }]);
    expect(attempts).toEqual([]);
  },
);

it('a service that goes away leaves nobody started who was not sent', async () => {
  let calls = 0;
  const busy: DeliveryOutcome = { kind: 'temporary', serverWide: false, error: 'busy' };
  const delivered = deliverWith([busy], Array(15).fill({}), {
    start: (sendIds) =>
      calls++ === 0
        ? Promise.resolve({ started: sendIds.slice(0, 3), refused: [] })
        : Promise.reject(new Error('gone')),
  });
  await expect(delivered).rejects.toThrow('gone');
  expect(reports).toHaveLength(3);
  expect(reports.every(({ outcome, permanent }) => outcome === 'failed' && permanent === false)).toBe(true);
});

it('a line break in a header field does not make a header', async () => {
  expect(singleLine('Hello\r\nBcc: eve@example.com')).toBe('Hello Bcc: eve@example.com');
  const message = emailOf(
    { ...sender, name: singleLine('Shop\nBcc: eve@example.com') },
    'marketing',
    { subject: 'Hi\r\nBcc: eve@example.com\r\n\r\nbody', html: '', text: 'Hello' },
    'ada@example.com',
    'snd_1',
  );
  server = connectSmtp(smtp.credentials);
  await server.deliver(message);
  server.close();
  expect(smtp.mails.map(({ to }) => to)).toEqual(['ada@example.com']);
  expect(smtp.mails[0]?.source.split('\n\n')[0]).not.toMatch(/^Bcc:/m);
});

describe("the credential's test", () => {
  it('says whether the server can be used', async () => {
    expect(await testSmtp(smtp.credentials)).toMatchObject({ status: 'OK' });
    expect(await testSmtp({ ...smtp.credentials, port: 9 })).toMatchObject({ status: 'Error' });
    smtp.faults.set('*', { at: 'AUTH', reply: '535 5.7.8 Bad credentials' });
    const refused = await testSmtp({ ...smtp.credentials, user: 'u', password: 'wrong' });
    expect(refused.message).toContain('refuses user or password');
  });
});
