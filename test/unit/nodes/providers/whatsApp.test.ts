/** WhatsApp's Cloud API: text and templates as its documentation has them, and its errors by their codes. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { WhatsAppMessage, WhatsAppTemplate } from '../../../../nodes/ChannelSend/providers/outgoing.ts';
import { whatsApp } from '../../../../nodes/ChannelSend/providers/whatsApp.ts';
import { FaultyServer, faults } from '../../../providers/faultyServer.ts';
import { whatsAppApi } from '../../../providers/whatsAppApi.ts';
import { ProviderSender } from './providerSender.ts';

/** https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes */
const refusals: Record<string, { code: number; status: number; details: string }> = {};
const refuse = (code: number, status: number, details = 'as documented') => {
  const to = `+43660${String(code).padStart(7, '0')}`;
  refusals[to] = { code, status, details };
  return to;
};

let server: FaultyServer;
let sending: ProviderSender<WhatsAppMessage>;
const credential = () => ({
  apiKey: 'EAAG',
  phoneNumberId: '106540352242922',
  apiVersion: 'v26.0',
  baseUrl: server.url,
});

beforeAll(async () => {
  server = await new FaultyServer(
    whatsAppApi({
      phoneNumberId: '106540352242922',
      token: 'EAAG',
      templates: { 'order_on_its_way/en_US': 2, 'sale/de': 0 },
      refusals,
    }),
  ).start();
  sending = await new ProviderSender(whatsApp, credential()).load();
});
afterAll(async () => {
  sending.unload();
  await server.stop();
});
beforeEach(() => server.reset());

const text = (more: Partial<WhatsAppMessage> = {}): WhatsAppMessage => ({
  ...{ sendId: 'snd_1', to: '+436601234567', text: 'Yes, in blue:\nhttps://shop.example.com/p1' },
  ...more,
});
const template = (more: Partial<WhatsAppTemplate> = {}): WhatsAppMessage => ({
  sendId: 'snd_1',
  to: '+436601234567',
  template: {
    ...{ name: 'order_on_its_way', language: 'en_US', body: [{ text: 'Ada' }, { text: 'tomorrow' }], buttons: [] },
    ...more,
  },
});

describe('a message', () => {
  it('as free text, with its link shown', async () => {
    expect(await sending.sender().deliver(text())).toEqual({
      kind: 'sent',
      providerMessageId: expect.stringMatching(/^wamid\./),
    });
    expect(server.calls[0]).toMatchObject({
      path: '/v26.0/106540352242922/messages',
      json: {
        to: '+436601234567',
        text: { preview_url: true },
        biz_opaque_callback_data: 'snd_1',
      },
    });
  });

  it('as a template with everything that can vary', async () => {
    const message = template({
      header: { type: 'image', value: 'https://shop.example.com/parcel.png' },
      body: [
        { name: 'who', text: 'Ada' },
        { name: 'when', text: 'tomorrow' },
      ],
      buttons: [
        { index: 0, type: 'url', value: 'track/42' },
        { index: 1, type: 'quick_reply', value: 'call-me' },
      ],
    });
    expect(await sending.sender().deliver(message)).toMatchObject({ kind: 'sent' });
    expect(server.calls[0]?.json.template).toEqual({
      name: 'order_on_its_way',
      language: { code: 'en_US' },
      components: [
        { type: 'header', parameters: [{ type: 'image', image: { link: 'https://shop.example.com/parcel.png' } }] },
        {
          type: 'body',
          parameters: [
            { type: 'text', parameter_name: 'who', text: 'Ada' },
            { type: 'text', parameter_name: 'when', text: 'tomorrow' },
          ],
        },
        { type: 'button', sub_type: 'url', index: '0', parameters: [{ type: 'text', text: 'track/42' }] },
        { type: 'button', sub_type: 'quick_reply', index: '1', parameters: [{ type: 'payload', payload: 'call-me' }] },
      ],
    });
  });

  it('as a template without a variable', async () => {
    const outcome = await sending.sender().deliver(template({ name: 'sale', language: 'de', body: [] }));
    expect(outcome).toMatchObject({ kind: 'sent' });
    expect(server.calls[0]?.json.template).toEqual({ name: 'sale', language: { code: 'de' } });
  });
});

describe('what Meta says', () => {
  it.each([
    // Throttling comes with 400 or 429: the code decides.
    [130429, 400, { kind: 'temporary', serverWide: true }],
    [130429, 429, { kind: 'temporary', serverWide: true }],
    [80007, 400, { kind: 'temporary', serverWide: true }],
    [4, 400, { kind: 'temporary', serverWide: true }],
    [131048, 400, { kind: 'temporary', serverWide: true }],
    [131056, 400, { kind: 'temporary', serverWide: false }],
    [131016, 500, { kind: 'temporary', serverWide: true }],
    [131000, 500, { kind: 'temporary', serverWide: true }],
    // Nothing is said about how far it got.
    [1, 500, { kind: 'unknown' }],
    [131047, 400, { kind: 'refused', error: expect.stringContaining('send an approved template') }],
    [131049, 400, { kind: 'refused', error: expect.stringContaining('limits the marketing messages') }],
    [131050, 400, { kind: 'refused', recipient: 'opted_out' }],
    [131026, 400, { kind: 'refused', error: expect.stringContaining('Meta does not say which') }],
    [132012, 400, { kind: 'refused' }],
    [132015, 400, { kind: 'refused', error: expect.stringContaining('paused') }],
    [100, 400, { kind: 'refused' }],
    [131042, 400, { kind: 'misconfigured' }],
    [10, 403, { kind: 'misconfigured' }],
    [368, 403, { kind: 'misconfigured' }],
  ])('%i with %i', async (code, status, expected) => {
    const outcome = await sending.sender().deliver(text({ to: refuse(code, status) }));
    expect(outcome).toMatchObject(expected);
    expect((outcome as { recipient?: string }).recipient).toBe((expected as { recipient?: string }).recipient);
  });

  it('the number of parameters does not fit: says what to do', async () => {
    expect(await sending.sender().deliver(template({ body: [{ text: 'Ada' }] }))).toEqual({
      kind: 'refused',
      error: expect.stringMatching(/^WhatsApp 132000: .* – give as many parameters/),
    });
  });

  it('no such template in this language', async () => {
    expect(await sending.sender().deliver(template({ language: 'de' }))).toMatchObject({
      kind: 'refused',
      error: expect.stringMatching(/132001.*"en" with "en_US"/),
    });
  });

  it('an expired token is the operator’s matter', async () => {
    expect(await sending.sender({ ...credential(), apiKey: 'old' }).deliver(text())).toMatchObject({
      kind: 'misconfigured',
      error: expect.stringContaining('190'),
    });
  });

  it('keeps numbers out of errors', async () => {
    const to = refuse(131021, 400, 'Recipient +43 660 1234567 is the sender');
    const outcome = await sending.sender().deliver(text({ to }));
    expect(outcome).toMatchObject({ kind: 'refused' });
    expect(JSON.stringify(outcome)).not.toContain('1234567');
  });
});

describe('without an answer', () => {
  it.each([
    ['cut before it was taken', faults.cutBeforeAcceptance, 0],
    ['cut after it was taken', faults.cutAfterAcceptance, 1],
    ['silence', faults.silence(true), 1],
    ['a page with 200', faults.html(200, true), 1],
    ['a page with 502', faults.html(502), 0],
    ['nonsense', { kind: 'answer', answer: { body: { messages: 'none' } }, accepted: true } as const, 1],
  ])('%s: unknown, and never repeated', async (_, fault, accepted) => {
    server.faults.push(fault);
    expect(await sending.sender().deliver(text())).toMatchObject({ kind: 'unknown' });
    expect(await sending.sender().deliver(text(), Date.now() - 1000)).toMatchObject({ kind: 'unknown' });
    expect(server.accepted).toHaveLength(accepted);
  });

  it('a slow answer is waited for', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    server.faults.push(faults.slow(promise));
    const delivery = sending.sender(credential(), { timeoutMs: 20_000 }).deliver(text());
    await expect.poll(() => server.accepted.length).toBe(1);
    resolve();
    expect(await delivery).toMatchObject({ kind: 'sent' });
  });

  it('503 and 429 without a body: later', async () => {
    server.faults.push(faults.status(503), faults.rateLimited('2'));
    expect(await sending.sender().deliver(text())).toMatchObject({ kind: 'temporary' });
    expect(await sending.sender().deliver(text())).toMatchObject({ kind: 'temporary', retryAfterMs: 2000 });
  });
});

it('the Test button asks something that a right credential may, and sends nothing', async () => {
  expect(await sending.test(credential())).toBe(200);
  expect(await sending.test({ ...credential(), apiKey: 'old' })).toBe(401);
});
