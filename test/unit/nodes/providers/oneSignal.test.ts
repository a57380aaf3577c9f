/** OneSignal: messages that its documented API takes, once for each key, and what an empty id means. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keyOf, oneSignal } from '../../../../nodes/ChannelSend/providers/oneSignal.ts';
import type { PushMessage } from '../../../../nodes/ChannelSend/providers/outgoing.ts';
import { FaultyServer, faults } from '../../../providers/faultyServer.ts';
import { OneSignalApi } from '../../../providers/oneSignalApi.ts';
import { ProviderSender } from './providerSender.ts';

const api = new OneSignalApi();
let server: FaultyServer;
let sending: ProviderSender<PushMessage>;
const credential = () => ({ appId: api.appId, apiKey: api.apiKey, baseUrl: server.url });

beforeAll(async () => {
  server = await new FaultyServer(api.handler).start();
  sending = await new ProviderSender(oneSignal, credential()).load();
  api.recipients.add('customer-42').add('subscription-1');
  api.unsubscribed.add('customer-7').add('subscription-7');
});
afterAll(async () => {
  sending.unload();
  await server.stop();
});
beforeEach(() => {
  server.reset();
  api.sent.length = 0;
});

let number = 0;
const push = (more: Partial<PushMessage> = {}): PushMessage => ({
  ...{ sendId: `snd_${++number}`, to: 'customer-42', toKind: 'externalId', title: 'Your cart', text: 'Still there' },
  ...{ data: { cart: '42' } },
  ...more,
});

describe('a push message', () => {
  it('to a person on all devices', async () => {
    const message = push({
      url: 'https://shop.example.com/cart',
      imageUrl: 'https://shop.example.com/a.png',
      ttlSeconds: 60,
    });
    expect(await sending.sender().deliver(message)).toEqual({ kind: 'sent', providerMessageId: expect.any(String) });
    expect(server.calls[0]?.json).toMatchObject({
      include_aliases: { external_id: ['customer-42'] },
      target_channel: 'push',
      contents: { en: 'Still there' },
      headings: { en: 'Your cart' },
      url: 'https://shop.example.com/cart',
      data: { cart: '42', send_id: message.sendId },
      ttl: 60,
      idempotency_key: keyOf(message.sendId),
    });
  });

  it('to one device', async () => {
    expect(await sending.sender().deliver(push({ to: 'subscription-1', toKind: 'device', title: '' }))).toMatchObject({
      kind: 'sent',
    });
    expect(server.calls[0]?.json).toMatchObject({ include_subscription_ids: ['subscription-1'] });
    expect(server.calls[0]?.json).not.toHaveProperty('headings');
  });

  it('has a key that is a UUID of version 5, the same for the same send', () => {
    expect(keyOf('snd_1')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(keyOf('snd_1')).toBe(keyOf('snd_1'));
    expect(keyOf('snd_2')).not.toBe(keyOf('snd_1'));
  });
});

describe('an empty id: nothing was sent', () => {
  it.each([
    ['customer-99', 'externalId', undefined],
    ['customer-7', 'externalId', undefined],
    ['subscription-99', 'device', 'invalid'],
    ['subscription-7', 'device', 'invalid'],
  ] as const)('%s (%s)', async (to, toKind, recipient) => {
    const outcome = await sending.sender().deliver(push({ to, toKind }));
    expect(outcome).toMatchObject({ kind: 'refused', error: expect.stringContaining('OneSignal') });
    expect((outcome as { recipient?: string }).recipient).toBe(recipient);
  });

  it('also with an id, when the only recipient is not known', async () => {
    // https://github.com/OneSignal/onesignal-go-api/issues/38
    const body = {
      id: 'b15ba6e5-2223-49d6-9eda-684b9051f5a8',
      external_id: null,
      errors: { invalid_aliases: { external_id: ['x'] } },
    };
    server.faults.push({ kind: 'answer', answer: { body } });
    expect(await sending.sender().deliver(push())).toMatchObject({ kind: 'refused' });
  });
});

describe('the operator has to help', () => {
  it.each([
    ['a wrong key', { apiKey: 'old' }],
    ['another app', { appId: 'other' }],
    ['another address', { baseUrl: '/nowhere' }],
  ])('%s', async (_, wrong) => {
    const given = 'baseUrl' in wrong ? { baseUrl: `${server.url}${wrong.baseUrl}` } : wrong;
    expect(await sending.sender({ ...credential(), ...given }).deliver(push())).toMatchObject({
      kind: 'misconfigured',
    });
  });
});

describe('without an answer', () => {
  it.each([
    ['cut before', faults.cutBeforeAcceptance],
    ['cut after', faults.cutAfterAcceptance],
    ['silence', faults.silence(true)],
    ['500', faults.status(500, true)],
    ['a page', faults.html(200, true)],
    ['nonsense', { kind: 'answer', answer: { body: { hello: 1 } }, accepted: true } as const],
  ])('%s: tried again with the same key, and goes out once', async (_, fault) => {
    server.faults.push(fault);
    const message = push();
    expect(await sending.sender().deliver(message)).toMatchObject({ kind: 'temporary', maybeSent: true });
    expect(await sending.sender().deliver(message)).toMatchObject({ kind: 'sent' });
    expect(api.sent).toEqual(['customer-42']);
  });

  it('429: later', async () => {
    server.faults.push(faults.rateLimited(100));
    expect(await sending.sender().deliver(push())).toMatchObject({ kind: 'temporary', retryAfterMs: 100_000 });
  });

  it('begun by somebody else: again within the 30 days for which keys are known, not after', async () => {
    const day = 86_400_000;
    expect(await sending.sender().deliver(push(), Date.now() - 29 * day)).toMatchObject({ kind: 'sent' });
    expect(await sending.sender().deliver(push(), Date.now() - 30 * day)).toMatchObject({ kind: 'unknown' });
  });
});

it('the Test button asks something that a right credential may, and sends nothing', async () => {
  expect(await sending.test(credential())).toBe(200);
  expect(await sending.test({ ...credential(), apiKey: 'old' })).toBe(403);
});
