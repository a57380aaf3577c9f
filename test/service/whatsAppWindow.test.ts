/**
 * Free text on WhatsApp, on both stores: within 24 hours after the customer's last message and from that number, no longer.
 * https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages#customer-service-windows
 */
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from './stores.ts';
import { event, minutes, NOW, TestService } from './service.ts';
import { authorize, sendItem } from './travellers.ts';

const HOUR = 3_600_000;

describe.each(DIALECTS)('the 24 hours of WhatsApp on %s', (dialect) => {
  let service: TestService;
  /** Meta's hours are not those of a demo. */
  beforeAll(async () => {
    service = await TestService.create(dialect, { timeScale: 3600 });
  });
  afterAll(() => service.close());

  let number = 0;
  const customer = async () => {
    const phone = `+43660555${String(++number).padStart(4, '0')}`;
    const consent = { consent: { whatsapp: { state: 'subscribed', source: 'test' } } };
    const customerId = await service.send(event('viewed_page', { phone }, minutes(-3000), consent));
    return { customerId, phone };
  };
  const writes = async (phone: string, at: string, text = 'Is it in stock?', channel = 'whatsapp') => {
    const { status, body } = await service.call('POST', '/v1/inbound-messages', {
      items: [{ id: `wamid.${Math.random()}`, channel, from: phone, text, at }],
    });
    expect([status, body.items[0].error]).toEqual([200, undefined]);
  };
  const ask = async (customerId: string, more: Record<string, unknown> = {}) => {
    const item = { channel: 'whatsapp', category: 'transactional', key: `k-${Math.random()}`, ...more };
    const [answer] = await authorize(service, sendItem({ customerId }, item));
    return answer;
  };
  const sends = async (customerId: string) =>
    (await service.call('GET', `/v1/sends?customerId=${customerId}`)).body.items;

  it('says until when free text may be sent', async () => {
    const ada = await customer();
    expect(await ask(ada.customerId)).toMatchObject({ decision: 'send', freeFormUntil: null });
    await writes(ada.phone, minutes(-60));
    await writes(ada.phone, minutes(-90));
    expect(await ask(ada.customerId)).toMatchObject({
      decision: 'send',
      freeFormUntil: new Date(NOW - HOUR + 24 * HOUR).toISOString(),
    });
  });

  it('refuses free text without a claim as soon as they have passed, and says what to do', async () => {
    const { customerId, phone } = await customer();
    // 23 h 59 min, then 24 h.
    await writes(phone, minutes(-24 * 60 + 1));
    expect(await ask(customerId, { freeForm: true })).toMatchObject({ decision: 'send', address: phone });
    service.now = NOW + 60_000;
    const closed = await ask(customerId, { freeForm: true, key: 'closed' });
    expect(closed).toEqual({
      ref: '0',
      error: { path: '/items/0/freeForm', message: expect.stringMatching(/24 hours.*use an approved template/) },
    });
    expect(await sends(customerId)).toHaveLength(1);
    // The key is free for the template that is sent instead.
    expect(await ask(customerId, { key: 'closed' })).toMatchObject({ decision: 'send', freeFormUntil: null });
    service.now = NOW;
  });

  it('says so in a dry run too', async () => {
    const { customerId, phone } = await customer();
    expect(await ask(customerId, { freeForm: true, dryRun: true })).toHaveProperty('error');
    await writes(phone, minutes(-1));
    expect(await ask(customerId, { freeForm: true, dryRun: true })).toMatchObject({ decision: 'send' });
  });

  it('gives the gate the first word', async () => {
    const { customerId, phone } = await customer();
    await writes(phone, minutes(-5), 'STOP');
    expect(await ask(customerId, { freeForm: true, category: 'marketing' })).toMatchObject({
      decision: 'suppress',
      reasons: ['unsubscribed'],
    });
    // STOP is a message as well: a question about the order may be answered.
    expect(await ask(customerId, { freeForm: true })).toMatchObject({ decision: 'send' });
  });

  it('does not count what came by SMS, from another number, or from another customer', async () => {
    const { customerId, phone } = await customer();
    const other = await customer();
    await writes(other.phone, minutes(-1));
    await writes(phone, minutes(-1), 'Hello', 'sms');
    expect(await ask(customerId)).toMatchObject({ freeFormUntil: null });
    await writes(phone, minutes(-1));
    expect(await ask(customerId, { address: '+436605559999' })).toMatchObject({ freeFormUntil: null });
  });

  it('is open no longer for a clock that is ahead', async () => {
    const { customerId, phone } = await customer();
    await writes(phone, minutes(600));
    expect(await ask(customerId)).toMatchObject({ freeFormUntil: new Date(NOW + 24 * HOUR).toISOString() });
  });

  it('opens with what Meta’s webhook tells', async () => {
    const { customerId, phone } = await customer();
    const connection = { kind: 'whatsapp', secret: 'app-secret' };
    expect((await service.call('PUT', '/v1/connections/whatsapp-main', connection)).status).toBe(200);
    const [from, id] = [phone.slice(1), 'wamid.of-meta'];
    // A picture has no words, and opens the window all the same.
    const message = { from, id, timestamp: String(NOW / 1000 - 60), type: 'image', image: { id: '1' } };
    const value = { messaging_product: 'whatsapp', messages: [message] };
    const body = JSON.stringify({ entry: [{ changes: [{ field: 'messages', value }] }] });
    const signature = createHmac('sha256', 'app-secret').update(body).digest('hex');
    const headers = { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` };
    const url = '/hooks/whatsapp/whatsapp-main';
    const { statusCode } = await service.app.inject({ method: 'POST', url, headers, payload: body });
    expect(statusCode).toBe(200);
    expect(await ask(customerId, { freeForm: true })).toMatchObject({
      decision: 'send',
      freeFormUntil: new Date(NOW - 60_000 + 24 * HOUR).toISOString(),
    });
  });

  it('takes what Channel Send makes of a template, with parameters or without', async () => {
    const { customerId } = await customer();
    const template = { template: 'sale', language: 'de' };
    const data = { customer: { firstName: 'Ada & Bob' } };
    const fields = { ...template, body1: '{{ customer.firstName }}', header: 'https://shop.example.com/a.png' };
    expect(await ask(customerId, { message: { fields: template, data } })).toMatchObject({
      message: { text: '', fields: template },
    });
    expect(await ask(customerId, { message: { fields, data } })).toMatchObject({
      message: { fields: { ...fields, body1: 'Ada & Bob' } },
    });
  });

  it('concerns no other channel', async () => {
    const { customerId } = await customer();
    const answer = await ask(customerId, { channel: 'sms', freeForm: true });
    expect(answer).toMatchObject({ decision: 'send' });
    expect(answer).not.toHaveProperty('freeFormUntil');
  });
});
