/** What may be concluded when a provider over HTTP does not answer, or not as it should; by n8n's own HTTP client. */
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { commonOutcome, retryAfter, unreadable } from '../../../../nodes/ChannelSend/providers/httpAnswer.ts';
import type { EmailMessage } from '../../../../nodes/ChannelSend/providers/outgoing.ts';
import type { HttpAnswer, HttpProvider } from '../../../../nodes/ChannelSend/providers/httpProvider.ts';
import { FaultyServer, faults, type ProviderCall } from '../../../providers/faultyServer.ts';
import { emailTo, ProviderSender } from './providerSender.ts';

const known = new Set<string>();
let isListed = true;
const server = new FaultyServer(({ method, json, query }: ProviderCall) => {
  if (method === 'GET') return { body: { ids: isListed && known.has(query.id ?? '') ? [query.id] : [] } };
  known.add(json.id);
  return { body: { id: json.id } };
});

const named = { displayName: 'Example Mail' };
const base: Omit<HttpProvider<EmailMessage>, 'repeat'> = {
  // Whose credential is borrowed.
  name: 'sendgrid',
  ...named,
  channel: 'email',
  credential: 'commerceSendGridApi',
  pace: { concurrency: 1, perSecond: 0 },
  request: ({ sendId, subject }) => {
    if (subject === 'impossible') throw new Error('The region of ada@example.com is none');
    return { method: 'POST', path: '/send', body: { id: sendId } };
  },
  outcome: (answer) => {
    const { id } = (answer.json ?? {}) as { id?: string };
    if (answer.status >= 300) return commonOutcome(answer, named);
    return id ? { kind: 'sent', providerMessageId: id } : unreadable(answer, named);
  },
};
const never: HttpProvider<EmailMessage> = { ...base, repeat: { kind: 'never' } };
const surprised: HttpProvider<EmailMessage> = {
  ...never,
  outcome: () => {
    throw new TypeError('errors.map is not a function');
  },
};
const withKey: HttpProvider<EmailMessage> = { ...base, repeat: { kind: 'key', rememberedMs: 60_000 } };
const withLookup: HttpProvider<EmailMessage> = {
  ...base,
  repeat: {
    kind: 'lookup',
    request: ({ sendId }) => ({ method: 'GET', path: '/sent', query: { id: sendId } }),
    found: ({ json }) => {
      const { ids } = (json ?? {}) as { ids?: string[] };
      return ids && (ids[0] ? { providerMessageId: ids[0] } : null);
    },
  },
};

const senders = new Map<HttpProvider<EmailMessage>, ProviderSender<EmailMessage>>();
const credential = () => ({ apiKey: 'key', baseUrl: server.url });

beforeAll(async () => {
  await server.start();
  for (const provider of [never, surprised, withKey, withLookup]) {
    senders.set(provider, await new ProviderSender(provider, credential()).load());
  }
});
afterAll(async () => {
  for (const sender of senders.values()) sender.unload();
  await server.stop();
});
beforeEach(() => {
  server.reset();
  known.clear();
  isListed = true;
});

const deliver = async (provider: HttpProvider<EmailMessage>, mayBeSentSince?: number, baseUrl = server.url) =>
  await senders.get(provider)?.sender({ apiKey: 'key', baseUrl }).deliver(emailTo('ada@example.com'), mayBeSentSince);

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const other = createTcpServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  await new Promise((resolve) => other.close(resolve));
  return port;
}

describe('nobody was reached, so it may be tried again with any provider', () => {
  it('when the connection is refused', async () => {
    const outcome = await deliver(never, undefined, `http://127.0.0.1:${await closedPort()}`);
    expect(outcome).toMatchObject({ kind: 'temporary', serverWide: true });
    expect(outcome).not.toHaveProperty('maybeSent');
  });

  it('when the name is not known', async () => {
    expect(await deliver(never, undefined, 'http://mail.invalid')).toMatchObject({
      kind: 'temporary',
      serverWide: true,
    });
  });

  it('when there is no TLS at the other end, or it goes away in the middle of the handshake', async () => {
    expect(await deliver(never, undefined, server.url.replace('http:', 'https:'))).toMatchObject({ kind: 'temporary' });
    const deaf = createTcpServer((socket) => socket.once('data', () => socket.end()));
    await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve));
    const outcome = await deliver(never, undefined, `https://127.0.0.1:${(deaf.address() as AddressInfo).port}`);
    await new Promise((resolve) => deaf.close(resolve));
    expect(outcome).toMatchObject({ kind: 'temporary', serverWide: true });
  });

  it('but a base URL that is none is for the operator', async () => {
    expect(await deliver(never, undefined, 'api.example.com')).toMatchObject({ kind: 'misconfigured' });
  });
});

describe.each([
  ['cut before it was taken', faults.cutBeforeAcceptance],
  ['cut after it was taken', faults.cutAfterAcceptance],
  ['no answer within the time', faults.silence()],
  ['no answer, but taken', faults.silence(true)],
  ['502 of a proxy', faults.status(502, true)],
  ['504 of a proxy', faults.status(504)],
  ['500', faults.status(500)],
  ['a web page with 200', faults.html(200, true)],
])('%s', (_, fault) => {
  const wasTaken = fault.kind !== 'slow' && fault.accepted === true;

  it('is unknown with a provider that knows nothing of repeats, and not repeated', async () => {
    server.faults.push(fault);
    expect(await deliver(never)).toMatchObject({ kind: 'unknown' });
    expect(server.accepted).toHaveLength(wasTaken ? 1 : 0);
  });

  it('may be tried again with one that knows the key', async () => {
    server.faults.push(fault);
    expect(await deliver(withKey)).toMatchObject({ kind: 'temporary', maybeSent: true });
  });

  it('is asked for with one that can be asked', async () => {
    server.faults.push(fault);
    const expected = wasTaken ? { kind: 'sent', providerMessageId: 'snd_1' } : { kind: 'temporary', serverWide: true };
    expect(await deliver(withLookup)).toMatchObject(expected);
  });
});

describe('asking what was sent', () => {
  it('is done again while the message is not listed yet', async () => {
    server.faults.push(faults.cutAfterAcceptance);
    isListed = false;
    server.faultFor = () => {
      isListed = server.calls.filter(({ method }) => method === 'GET').length >= 3;
      return null;
    };
    expect(await deliver(withLookup)).toMatchObject({ kind: 'sent' });
  });

  it('without an answer leaves it unknown', async () => {
    server.faults.push(faults.cutAfterAcceptance);
    server.faultFor = ({ method }) => (method === 'GET' ? faults.html(503) : null);
    expect(await deliver(withLookup)).toMatchObject({ kind: 'unknown' });
  });
});

describe('an earlier attempt that was not heard of', () => {
  it('is unknown, and nothing goes out, with a provider that knows nothing of repeats', async () => {
    expect(await deliver(never, Date.now() - 1_000)).toMatchObject({ kind: 'unknown' });
    expect(server.calls).toHaveLength(0);
  });

  it('goes out under its key, as long as the provider remembers it', async () => {
    expect(await deliver(withKey, Date.now() - 1_000)).toMatchObject({ kind: 'sent' });
    server.reset();
    expect(await deliver(withKey, Date.now() - 61_000)).toMatchObject({ kind: 'unknown' });
    expect(server.calls).toHaveLength(0);
  });

  it('is asked for first: found it is sent, not found it goes out, without an answer it is unknown', async () => {
    expect(await deliver(withLookup, 1)).toMatchObject({ kind: 'sent' });
    expect(server.accepted).toHaveLength(1);
    server.reset();
    expect(await deliver(withLookup, 1)).toMatchObject({ kind: 'sent' });
    expect(server.accepted).toHaveLength(0);
    server.faultFor = () => faults.status(500);
    expect(await deliver(withLookup, 1)).toMatchObject({ kind: 'unknown' });
  });
});

it.each([
  ['429', faults.rateLimited(7), { kind: 'temporary', serverWide: true, retryAfterMs: 7_000 }],
  ['429 without a time', faults.rateLimited(), { kind: 'temporary', serverWide: true }],
  ['503', faults.status(503), { kind: 'temporary', serverWide: true }],
  ['401', faults.status(401), { kind: 'misconfigured' }],
  ['403', faults.status(403), { kind: 'misconfigured' }],
  ['404', faults.status(404), { kind: 'misconfigured' }],
  [
    'a redirect',
    { kind: 'answer', answer: { status: 302, headers: { Location: '/elsewhere' } } } as const,
    { kind: 'misconfigured' },
  ],
  ['400', faults.status(400), { kind: 'refused' }],
  ['422', faults.status(422), { kind: 'refused' }],
  ["a firewall's page", faults.html(400), { kind: 'temporary', serverWide: true }],
])('%s is what it says, with every provider', async (_, fault, expected) => {
  for (const provider of [never, withKey, withLookup]) {
    server.reset();
    server.faults.push(fault);
    expect(await deliver(provider)).toMatchObject(expected);
    expect(server.calls).toHaveLength(1);
  }
});

it('an answer that takes its time is an answer', async () => {
  let release = () => {};
  server.faults.push(faults.slow(new Promise<void>((resolve) => (release = resolve))));
  const delivered = senders.get(never)?.sender(credential(), { timeoutMs: 30_000 }).deliver(emailTo('ada@example.com'));
  await expect.poll(() => server.calls.length, { timeout: 20_000 }).toBe(1);
  release();
  expect(await delivered).toMatchObject({ kind: 'sent' });
});

it("a credential that makes no request possible is the operator's matter, and nobody is asked", async () => {
  const sender = senders.get(never)?.sender();
  expect(await sender?.deliver(emailTo('ada@example.com', { subject: 'impossible' }))).toEqual({
    kind: 'misconfigured',
    error: 'The region of address is none',
  });
  expect(server.calls).toHaveLength(0);
});

it('Retry-After is seconds or a date', () => {
  const now = Date.parse('2026-11-27T10:00:00Z');
  const asked = (value: string) => retryAfter({ headers: { 'retry-after': value } } as unknown as HttpAnswer, now);
  expect(asked('120')).toEqual({ retryAfterMs: 120_000 });
  // The form of RFC 9110 section 5.6.7.
  expect(asked('Fri, 27 Nov 2026 10:00:30 GMT')).toEqual({ retryAfterMs: 30_000 });
  for (const value of ['', '0', '-5', 'soon', 'Fri, 27 Nov 2026 09:00:00 GMT']) expect(asked(value)).toEqual({});
});

it('words of a provider lose addresses, numbers and tokens, and keep the rest', () => {
  const answer = { status: 400, headers: {}, text: '{}', json: {} };
  const said = `The 'To' number +1 555 010 0199 or <ada@example.com> with ${'x'.repeat(80)} is not valid, 550 5.1.1`;
  const outcome = commonOutcome(answer, named, said);
  expect(outcome).toEqual({
    kind: 'refused',
    error: "Example Mail answers 400: The 'To' number number or <address> with token is not valid, 550 5.1.1",
  });
});

describe('an answer that the provider is not known to give', () => {
  it('makes this message unknown, and the others of the batch go on', async () => {
    expect(await deliver(surprised)).toEqual({ kind: 'unknown', error: expect.stringContaining('Example Mail') });
  });
});
