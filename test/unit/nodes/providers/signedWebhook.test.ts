/** The signed webhook: what any service gets, how it can check it, and what its answers mean. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { IHttpRequestOptions } from 'n8n-workflow';
import type { WebhookMessage } from '../../../../nodes/ChannelSend/providers/outgoing.ts';
import { signedWebhook } from '../../../../nodes/ChannelSend/providers/signedWebhook.ts';
import { FaultyServer, faults } from '../../../providers/faultyServer.ts';
import { WebhookReceiver } from '../../../providers/webhookReceiver.ts';
import { ProviderSender } from './providerSender.ts';

const receiver = new WebhookReceiver();
let server: FaultyServer;
let sending: ProviderSender<WebhookMessage>;
const credential = () => ({ baseUrl: `${server.url}/send/`, secret: receiver.secret, headerName: '', headerValue: '' });

beforeAll(async () => {
  server = await new FaultyServer(receiver.handler).start();
  sending = await new ProviderSender(signedWebhook, credential()).load();
});
afterAll(async () => {
  sending.unload();
  await server.stop();
});
beforeEach(() => {
  server.reset();
  receiver.messages.clear();
  receiver.refusals = {};
  receiver.answer = { status: 202 };
});

const message = (more: Partial<WebhookMessage> = {}): WebhookMessage => ({
  ...{ sendId: 'snd_1', to: '+436601234567', channel: 'sms', category: 'marketing', customerId: 'cus_1' },
  ...{ subject: '', html: '', text: 'Grüße', fields: {}, headers: {} },
  ...more,
});

describe('a message', () => {
  it('comes with everything that is known, signed', async () => {
    expect(await sending.sender().deliver(message())).toEqual({ kind: 'sent', providerMessageId: 'snd_1' });
    expect(receiver.messages.get('snd_1')).toEqual({ ...message() });
    expect(server.calls[0]).toMatchObject({ path: '/send/', headers: { 'idempotency-key': 'snd_1' } });
    expect(server.calls[0]?.json.type).toBe('message.send');
  });

  it('has the id that the receiver gives it', async () => {
    receiver.answer = { status: 200, body: { id: 4711 } };
    expect(await sending.sender().deliver(message())).toEqual({ kind: 'sent', providerMessageId: '4711' });
  });

  it('goes to the address as it is, with a header of the receiver’s own', async () => {
    const own = { baseUrl: `${server.url}/send?shop=1`, headerName: 'X-Api-Key', headerValue: 'k-1' };
    await sending.sender({ ...credential(), ...own }).deliver(message());
    expect(server.calls[0]).toMatchObject({ path: '/send', query: { shop: '1' }, headers: { 'x-api-key': 'k-1' } });
  });

  it('is signed as the reference libraries of Standard Webhooks have it', async () => {
    // Vector of standard-webhooks/libraries (javascript/src/index.test.ts).
    vi.useFakeTimers({ now: 1_614_265_330_000, toFake: ['Date'] });
    try {
      const { authenticate } = sending.runner.credentialType('commerceWebhookApi');
      const sign = authenticate as (data: object, request: IHttpRequestOptions) => Promise<IHttpRequestOptions>;
      const { headers } = await sign(credential(), {
        url: server.url,
        headers: { 'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek' },
        body: '{"test": 2432232314}',
      });
      expect(headers).toMatchObject({
        'webhook-timestamp': '1614265330',
        'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
      });
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('what the receiver says', () => {
  it.each([
    [
      { status: 410, body: { detail: 'no such number' } },
      { kind: 'refused', recipient: 'invalid' },
    ],
    [
      { status: 422, body: { message: 'too long' } },
      { kind: 'refused', error: 'Signed Webhook answers 422: too long' },
    ],
    [{ status: 400 }, { kind: 'refused' }],
    [{ status: 403 }, { kind: 'misconfigured' }],
    [{ status: 404 }, { kind: 'misconfigured' }],
    [{ status: 302, headers: { Location: 'https://example.com' } }, { kind: 'misconfigured' }],
    [
      { status: 429, headers: { 'Retry-After': '3' } },
      { kind: 'temporary', retryAfterMs: 3000 },
    ],
    [{ status: 503 }, { kind: 'temporary', serverWide: true }],
  ])('%o', async (answer, expected) => {
    receiver.refusals['+436601234567'] = answer;
    const outcome = await sending.sender().deliver(message());
    expect(outcome).toMatchObject(expected);
    expect((outcome as { recipient?: string }).recipient).toBe((expected as { recipient?: string }).recipient);
  });

  it('nothing with a wrong secret', async () => {
    const outcome = await sending.sender({ ...credential(), secret: 'whsec_AAAA' }).deliver(message());
    expect(outcome).toMatchObject({ kind: 'misconfigured', error: expect.stringContaining('signature') });
    expect(receiver.messages.size).toBe(0);
  });
});

describe('without an answer', () => {
  it.each([
    ['cut before', faults.cutBeforeAcceptance],
    ['cut after', faults.cutAfterAcceptance],
    ['silence', faults.silence(true)],
    ['500', faults.status(500, true)],
    ['a page', faults.html(200)],
  ])('%s: the same id again, and the receiver takes it once', async (_, fault) => {
    server.faults.push(fault);
    expect(await sending.sender().deliver(message())).toMatchObject({ kind: 'temporary', maybeSent: true });
    expect(await sending.sender().deliver(message())).toMatchObject({ kind: 'sent' });
    expect(receiver.messages.size).toBe(1);
  });
});

it('the Test button asks something that a right credential may, and sends nothing', async () => {
  expect(await sending.test(credential())).toBe(204);
  expect(await sending.test({ ...credential(), secret: 'other' })).toBe(401);
});
