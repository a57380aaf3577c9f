/** The provider of the provider tests: a fault that does not happen as it says would let those tests pass for nothing. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FaultyServer, faults, type Fault } from '../providers/faultyServer.ts';

let server: FaultyServer;

beforeEach(async () => {
  server = await new FaultyServer(({ json }) => {
    if (!json?.to) return { status: 422, body: { ErrorCode: 300 } };
    return { status: 202, headers: { 'X-Message-Id': 'm1' }, body: { id: 'm1' } };
  }).start();
});
afterEach(() => server.stop());

const post = (to?: string, init: RequestInit = {}) =>
  fetch(`${server.url}/v3/mail%2Fsend?stream=news`, {
    method: 'POST',
    headers: { Authorization: 'Bearer k', 'Content-Type': 'application/json' },
    body: JSON.stringify({ to }),
    ...init,
  });

test('the handler answers, and everything that came in can be looked at', async () => {
  const answer = await post('a@example.com');
  expect(answer.status).toBe(202);
  expect(answer.headers.get('x-message-id')).toBe('m1');
  expect(await answer.json()).toEqual({ id: 'm1' });
  expect(server.accepted).toEqual(server.calls);
  expect(server.calls).toMatchObject([
    {
      method: 'POST',
      path: '/v3/mail%2Fsend',
      query: { stream: 'news' },
      headers: { authorization: 'Bearer k' },
      text: '{"to":"a@example.com"}',
      json: { to: 'a@example.com' },
    },
  ]);
});

test('what the handler refuses is not accepted, and a question is no message', async () => {
  expect((await post()).status).toBe(422);
  const question = await fetch(`${server.url}/messages`);
  expect(question.status).toBe(422);
  expect(server.calls).toHaveLength(2);
  expect(server.accepted).toEqual([]);
});

describe('answers that are not the handler’s', () => {
  test.each<[string, Fault, number, string | null]>([
    ['429 with Retry-After', faults.rateLimited(7), 429, '7'],
    ['429 without', faults.rateLimited(), 429, null],
    ['503', faults.status(503), 503, null],
  ])('%s: not accepted, and the next request is fine', async (_, fault, status, retryAfter) => {
    server.faults.push(fault);
    const answer = await post('a@example.com');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([status, retryAfter]);
    expect(server.accepted).toEqual([]);
    expect((await post('a@example.com')).status).toBe(202);
  });

  test('502 or a page although the message was taken', async () => {
    server.faults.push(faults.status(502, true), faults.html(200, true));
    expect((await post('a@example.com')).status).toBe(502);
    const page = await post('b@example.com');
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html']);
    expect(await page.text()).toMatch(/^<!doctype html>/);
    expect(server.accepted.map(({ json }) => json.to)).toEqual(['a@example.com', 'b@example.com']);
  });
});

test('a cut before acceptance leaves nothing behind, also in the middle of a body', async () => {
  server.faults.push(faults.cutBeforeAcceptance);
  await expect(post('a@example.com', { body: 'x'.repeat(5_000_000) })).rejects.toThrow('fetch failed');
  server.faultFor = ({ json }) => (json.to === 'a@example.com' ? faults.cutBeforeAcceptance : null);
  await expect(post('a@example.com')).rejects.toThrow('fetch failed');
  expect(server.accepted).toEqual([]);
  expect((await post('b@example.com')).status).toBe(202);
});

test('a cut after acceptance loses only the answer', async () => {
  server.faults.push(null, faults.cutAfterAcceptance);
  expect((await post('a@example.com')).status).toBe(202);
  await expect(post('b@example.com')).rejects.toThrow('fetch failed');
  expect(server.accepted.map(({ json }) => json.to)).toEqual(['a@example.com', 'b@example.com']);
});

test.each([
  [false, 0],
  [true, 1],
])('silence is ended by the caller; accepted: %s', async (accepted, messages) => {
  server.faults.push(faults.silence(accepted));
  const caller = new AbortController();
  const answer = post('a@example.com', { signal: caller.signal });
  await expect.poll(() => server.calls.length).toBe(1);
  caller.abort();
  await expect(answer).rejects.toThrow('aborted');
  expect(server.accepted).toHaveLength(messages);
});

test('a slow answer comes when it may, and open requests are counted', async () => {
  let release!: () => void;
  const released = new Promise<void>((resolve) => (release = resolve));
  server.faults.push(faults.slow(released), faults.slow(released));
  const answers = [post('a@example.com'), post('b@example.com')];
  await expect.poll(() => server.accepted.length).toBe(2);
  release();
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([202, 202]);
  await post('c@example.com');
  expect(server.mostAtOnce).toBe(2);
});

test('a handler that objects fails the test that stops the server, and ends no other request', async () => {
  const other = await new FaultyServer(() => {
    throw new Error('not what the documentation says');
  }).start();
  expect((await fetch(other.url, { method: 'POST', body: '{}' })).status).toBe(500);
  await expect(other.stop()).rejects.toThrow('not what the documentation says');
});

test('a forgotten server is as new', async () => {
  await post('a@example.com');
  server.faults.push(faults.status(500));
  server.faultFor = () => faults.status(500);
  server.reset();
  expect([server.calls, server.accepted, server.mostAtOnce]).toEqual([[], [], 0]);
  expect((await post('a@example.com')).status).toBe(202);
});
