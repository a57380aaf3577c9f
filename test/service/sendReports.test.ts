/** `POST /v1/sends/report` on both stores: outcomes, what the provider says of the recipient, and the events that follow. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SENDGRID_KEY, connect, sendGridSigned } from './providers.ts';
import { event, minutes, NOW, TestService } from './service.ts';
import { DIALECTS } from './stores.ts';
import { authorize, enter, publishTrigger, publishWait, sendItem, wait, waitItem } from './travellers.ts';

describe.each(DIALECTS)('reports of sends on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    await publishTrigger(service, 'cart');
    await publishWait(service, 'w1');
    await connect(service, 'sendgrid', SENDGRID_KEY);
  });
  afterAll(() => service.close());

  const report = async (...items: object[]) => (await service.call('POST', '/v1/sends/report', { items })).body;
  const sendOf = async (id: string) => (await service.call('GET', `/v1/sends/${id}`)).body;
  const customer = async (id: string) => (await service.call('GET', `/v1/customers/${id}`)).body;
  const newsOf = async (id: string): Promise<{ type: string; source: string; properties: object }[]> =>
    (await service.call('GET', `/v1/customers/${id}/events`)).body.items.filter(
      ({ source }: { source: string }) => source === 'messages',
    );
  const hook = async (...events: object[]) => {
    const { body, headers } = sendGridSigned(events, NOW);
    await service.app.inject({ method: 'POST', url: '/hooks/sendgrid/sendgrid-main', headers, payload: body });
  };

  async function claimed(person: string, more: Record<string, unknown> = {}) {
    const traveller = await enter(service, person);
    const [{ sendId }] = await authorize(service, sendItem(traveller, { provider: 'sendgrid', ...more }));
    await service.call('POST', '/v1/sends/started', { sendIds: [sendId] });
    return { ...traveller, sendId: sendId as string };
  }

  it('of what was sent are an event, once, that a run can wait for', async () => {
    const ada = await claimed('ada');
    const spec = { kind: 'event', events: [{ type: 'message_sent', filters: [] }], maxMs: null, restartable: false };
    await wait(service, waitItem(ada, { spec }));
    const sent = { sendId: ada.sendId, outcome: 'sent', providerMessageId: 'm-1' };
    expect(await report(sent, sent)).toEqual({ updated: 1 });
    expect(await report(sent)).toEqual({ updated: 0 });
    await hook({ event: 'processed', timestamp: NOW / 1000, sg_event_id: 'p-1', send_id: ada.sendId });
    expect(await newsOf(ada.customerId)).toMatchObject([
      {
        type: 'message_sent',
        properties: { sendId: ada.sendId, channel: 'email', journey: 'cart', node: 'node-1', toldBy: 'report' },
      },
    ]);
    expect((await service.outbox()).filter(({ runId, kind }) => runId === ada.runId && kind === 'event')).toHaveLength(
      1,
    );
  });

  it('that come after the news make nothing worse, and name the message', async () => {
    const bob = await claimed('bob');
    await hook({ event: 'delivered', timestamp: NOW / 1000, sg_event_id: 'd-1', send_id: bob.sendId });
    expect(await report({ sendId: bob.sendId, outcome: 'unknown' })).toEqual({ updated: 0 });
    expect(await report({ sendId: bob.sendId, outcome: 'sent', providerMessageId: 'm-2' })).toEqual({ updated: 1 });
    expect(await sendOf(bob.sendId)).toMatchObject({ status: 'delivered', providerMessageId: 'm-2' });
    const { steps } = (await service.call('GET', `/v1/runs/${bob.runId}`)).body;
    expect(steps.map(({ outcome }: { outcome: string }) => outcome)).not.toContain('delivered');

    const cyn = await claimed('cyn');
    await hook({
      event: 'dropped',
      reason: 'Spam Content',
      timestamp: NOW / 1000,
      sg_event_id: 'f-1',
      send_id: cyn.sendId,
    });
    await report({ sendId: cyn.sendId, outcome: 'sent', providerMessageId: 'm-3' });
    expect(await sendOf(cyn.sendId)).toMatchObject({
      status: 'failed',
      error: 'Spam Content',
      providerMessageId: 'm-3',
    });
    expect(await newsOf(cyn.customerId)).toEqual([]);
  });

  it('of an address that is none suppress it', async () => {
    const dan = await claimed('dan');
    const refused = {
      sendId: dan.sendId,
      outcome: 'failed',
      permanent: true,
      recipient: 'invalid',
      error: 'no such user',
    };
    expect(await report(refused)).toEqual({ updated: 1 });
    expect(await sendOf(dan.sendId)).toMatchObject({ status: 'failed', error: 'no such user' });
    expect((await customer(dan.customerId)).suppression).toMatchObject([
      { reason: 'bounced', channel: 'email', address: 'dan@example.com', source: 'sendgrid' },
    ]);
    expect(await newsOf(dan.customerId)).toMatchObject([
      { type: 'message_bounced', properties: { channel: 'email', address: 'dan@example.com', bounceType: 'hard' } },
    ]);
    const eve = await claimed('eve');
    await report({ sendId: eve.sendId, outcome: 'failed', permanent: true, error: '550 5.1.1 unknown' });
    expect((await customer(eve.customerId)).suppression).toMatchObject([{ reason: 'bounced' }]);
    const fay = await claimed('fay');
    await report({ sendId: fay.sendId, outcome: 'failed', permanent: true, error: '550 5.7.1 not allowed' });
    expect((await customer(fay.customerId)).suppression).toEqual([]);
  });

  it('of somebody who has opted out end that channel, and no other', async () => {
    const phone = '+436601234599';
    const customerId = await service.send(
      event('viewed_page', { email: 'gil@example.com', phone }, minutes(-5), {
        consent: { email: { state: 'subscribed' }, sms: { state: 'subscribed' } },
      }),
    );
    const [{ sendId }] = await authorize(
      service,
      sendItem({ customerId }, { key: 'gil', channel: 'sms', provider: 'twilio' }),
    );
    const told = { sendId, outcome: 'failed', permanent: true, recipient: 'opted_out', error: 'Twilio error 21610' };
    expect(await report(told)).toEqual({ updated: 1 });
    expect(await report(told)).toEqual({ updated: 0 });
    expect(await customer(customerId)).toMatchObject({
      consent: { email: { state: 'subscribed' }, sms: { state: 'unsubscribed', source: 'twilio' } },
      suppression: [],
    });
    expect(await newsOf(customerId)).toMatchObject([{ type: 'unsubscribed', properties: { channel: 'sms', sendId } }]);
  });
});
