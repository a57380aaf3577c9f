/** Firebase Cloud Messaging, HTTP v1: the token of a service account, messages without an unknown field, errors. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fcm } from '../../../../nodes/ChannelSend/providers/fcm.ts';
import type { PushMessage } from '../../../../nodes/ChannelSend/providers/outgoing.ts';
import { FcmApi, fcmProblem } from '../../../providers/fcmApi.ts';
import { FaultyServer, faults } from '../../../providers/faultyServer.ts';
import { ProviderSender } from './providerSender.ts';

const api = new FcmApi();
let server: FaultyServer;
let sending: ProviderSender<PushMessage>;
const credential = () => ({
  ...{ projectId: api.projectId, clientEmail: api.clientEmail, privateKey: api.privateKey, accessToken: '' },
  ...{ baseUrl: server.url, tokenUrl: `${server.url}/token` },
});

beforeAll(async () => {
  server = await new FaultyServer(api.handler).start();
  api.url = server.url;
  sending = await new ProviderSender(fcm, credential()).load();
});
afterAll(async () => {
  sending.unload();
  await server.stop();
});
beforeEach(() => {
  server.reset();
  api.tokens.clear();
  api.refusals = {};
});

/** With no access token yet. */
const fresh = () => sending.sender(credential());
const push = (more: Partial<PushMessage> = {}): PushMessage => ({
  ...{
    sendId: 'snd_1',
    to: 'device-1',
    toKind: 'device',
    title: 'Your cart',
    text: 'Still there',
    data: { cart: '42' },
  },
  ...more,
});
const tokens = () => server.calls.filter(({ path }) => path === '/token').length;
const sent = () => server.calls.filter(({ path }) => path !== '/token').map(({ json }) => json.message);

describe('a push message', () => {
  it('to Android, Apple and browsers', async () => {
    const message = push({
      url: 'https://shop.example.com/cart',
      imageUrl: 'https://shop.example.com/a.png',
      ttlSeconds: 3600,
    });
    expect(await fresh().deliver(message)).toEqual({
      kind: 'sent',
      providerMessageId: expect.stringMatching(/^projects\/my-shop-4711\/messages\//),
    });
    expect(sent()).toEqual([
      {
        token: 'device-1',
        notification: { title: 'Your cart', body: 'Still there', image: 'https://shop.example.com/a.png' },
        data: { cart: '42', url: 'https://shop.example.com/cart', send_id: 'snd_1' },
        android: { ttl: '3600s' },
        apns: { headers: { 'apns-expiration': expect.stringMatching(/^\d{10}$/) } },
        webpush: { headers: { TTL: '3600' }, fcm_options: { link: 'https://shop.example.com/cart' } },
      },
    ]);
  });

  it('with nothing but a text, and a link into an app', async () => {
    await fresh().deliver(push({ title: '', data: {}, url: 'myshop://cart' }));
    expect(sent()).toEqual([
      { token: 'device-1', notification: { body: 'Still there' }, data: { url: 'myshop://cart', send_id: 'snd_1' } },
    ]);
  });
});

describe('the access token', () => {
  it('is asked for once and used until it ends', async () => {
    const own = credential();
    const sender = sending.sender(own);
    await sender.deliver(push());
    await sender.deliver(push({ sendId: 'snd_2' }));
    expect(tokens()).toBe(1);
    // An hour later.
    api.tokens.clear();
    expect(await sender.deliver(push({ sendId: 'snd_3' }))).toMatchObject({ kind: 'sent' });
    expect(tokens()).toBe(2);
  });

  it('takes the key as it stands in the file', async () => {
    const privateKey = JSON.stringify(api.privateKey);
    expect(await sending.sender({ ...credential(), privateKey }).deliver(push())).toMatchObject({ kind: 'sent' });
  });

  it.each([
    [
      'another account',
      { clientEmail: 'nobody@example.com' },
      /no access token: invalid_grant, Invalid grant: account/,
    ],
    ['a key that is none', { privateKey: 'secret' }, /no access token/],
    ['an address where nobody is', { tokenUrl: 'http://127.0.0.1:1/token' }, /no access token/],
  ])('%s: the operator has to help, and nothing was sent', async (_, wrong, error) => {
    expect(await sending.sender({ ...credential(), ...wrong }).deliver(push())).toEqual({
      kind: 'misconfigured',
      error: expect.stringMatching(error),
    });
    expect(sent()).toEqual([]);
  });

  it('that FCM does not take, new or old', async () => {
    server.faultFor = ({ path }) =>
      path === '/token' ? null : { kind: 'answer', answer: fcmProblem(401, 'UNAUTHENTICATED', 'No') };
    expect(await fresh().deliver(push())).toMatchObject({ kind: 'misconfigured' });
  });

  it('of an account without the permission', async () => {
    const outcome = await sending.sender({ ...credential(), projectId: 'other' }).deliver(push());
    expect(outcome).toMatchObject({ kind: 'misconfigured', error: expect.stringContaining('PERMISSION_DENIED') });
  });
});

// https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode
describe('what Firebase says', () => {
  it.each([
    [
      fcmProblem(404, 'NOT_FOUND', 'Requested entity was not found.', 'UNREGISTERED'),
      { kind: 'refused', recipient: 'invalid' },
    ],
    [
      fcmProblem(
        400,
        'INVALID_ARGUMENT',
        'The registration token is not a valid FCM registration token',
        'INVALID_ARGUMENT',
      ),
      { kind: 'refused', recipient: 'invalid' },
    ],
    [fcmProblem(403, 'PERMISSION_DENIED', 'SenderId mismatch', 'SENDER_ID_MISMATCH'), { kind: 'refused' }],
    [
      fcmProblem(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded', 'QUOTA_EXCEEDED'),
      { kind: 'temporary', serverWide: true },
    ],
    [
      fcmProblem(503, 'UNAVAILABLE', 'The service is unavailable', 'UNAVAILABLE'),
      { kind: 'temporary', serverWide: true },
    ],
    [fcmProblem(500, 'INTERNAL', 'Internal error encountered.', 'INTERNAL'), { kind: 'temporary', serverWide: true }],
    [fcmProblem(400, 'INVALID_ARGUMENT', 'Message too big'), { kind: 'refused' }],
  ])('%o', async (answer, expected) => {
    api.refusals['device-1'] = answer;
    const outcome = await fresh().deliver(push());
    expect(outcome).toMatchObject(expected);
    expect((outcome as { recipient?: string }).recipient).toBe((expected as { recipient?: string }).recipient);
  });

  it('names the field that it does not take', async () => {
    const outcome = await fresh().deliver(push({ data: { 'google.x': '1' } }));
    expect(outcome).toMatchObject({ kind: 'refused', error: expect.stringContaining('data') });
  });

  it('waits for as long as Retry-After says', async () => {
    const answer = {
      ...fcmProblem(429, 'RESOURCE_EXHAUSTED', 'Slower', 'QUOTA_EXCEEDED'),
      headers: { 'Retry-After': '60' },
    };
    api.refusals['device-1'] = answer;
    expect(await fresh().deliver(push())).toMatchObject({ kind: 'temporary', retryAfterMs: 60_000 });
  });
});

describe('without an answer', () => {
  it.each([
    ['cut before', faults.cutBeforeAcceptance],
    ['cut after', faults.cutAfterAcceptance],
    ['silence', faults.silence(true)],
    ['a page', faults.html(200)],
    ['nonsense', { kind: 'answer', answer: { body: [] } } as const],
  ])('%s: unknown', async (_, fault) => {
    // The token first.
    server.faults.push(null, fault);
    expect(await fresh().deliver(push())).toMatchObject({ kind: 'unknown' });
  });
});

it('the Test button asks something that a right credential may, and sends nothing', async () => {
  expect(await sending.test(credential())).toBe(200);
  expect(await sending.test({ ...credential(), projectId: 'other' })).toBe(403);
});
