/** What is told of messages, on both stores: the send, suppression, consent and journeys change with it, once. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { MessageEvent } from '../../temporal/domain/messageEvent.ts';
import { EventIntake } from '../../temporal/intake/eventIntake.ts';
import { takeChoices } from '../../temporal/intake/ownChoices.ts';
import { takeMessageEvents } from '../../temporal/intake/messageEvents.ts';
import { event, minutes, NOW, TestService } from './service.ts';
import { DIALECTS } from './stores.ts';
import {
  authorize,
  enter,
  publishTrigger,
  publishWait,
  sendItem,
  wait,
  waitItem,
  type Traveller,
  setPolicy,
  UNLIMITED,
} from './travellers.ts';

describe.each(DIALECTS)('message events on %s', (dialect) => {
  let service: TestService;
  let intake: EventIntake;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    intake = new EventIntake({ store: service.store, now: () => service.now, timeScale: 1, outboxWritten: () => {} });
    await publishTrigger(service, 'cart');
    await setPolicy(service, UNLIMITED);
    await publishWait(service, 'w1');
  });
  beforeEach(() => {
    service.now = NOW;
  });
  afterAll(() => service.close());

  let counter = 0;
  const tell = async (...events: (Partial<MessageEvent> & Pick<MessageEvent, 'kind'>)[]) =>
    await takeMessageEvents(
      intake,
      events.map((one) => ({ id: `t${++counter}`, source: 'mail', at: NOW, ...one })),
    );
  const fates = async (...events: Parameters<typeof tell>) => (await tell(...events)).map(({ fate }) => fate);
  const sendOf = async (id: string) => (await service.call('GET', `/v1/sends/${id}`)).body;
  const customer = async (id: string) => (await service.call('GET', `/v1/customers/${id}`)).body;
  const eventsOf = async (id: string): Promise<{ type: string; properties: Record<string, unknown> }[]> =>
    (await service.call('GET', `/v1/customers/${id}/events`)).body.items;
  const typesOf = async (id: string) =>
    (await eventsOf(id)).map(({ type }) => type).filter((type) => type !== 'added_to_cart');

  /** A message that has been started. */
  async function sent(person: string, more: Record<string, unknown> = {}): Promise<Traveller & { sendId: string }> {
    const traveller = await enter(service, person);
    const [{ sendId }] = await authorize(service, sendItem(traveller, more));
    await service.call('POST', '/v1/sends/started', { sendIds: [sendId] });
    return { ...traveller, sendId };
  }

  it('show with the send, as events with where it came from, and prove that it went out', async () => {
    const { customerId, runId, sendId } = await sent('ada', { provider: 'sendgrid' });
    const at = Date.parse(minutes(-2));
    expect(await fates({ kind: 'delivered', sendId, at, provider: 'sendgrid', providerMessageId: 'm-1' })).toEqual([
      'taken',
    ]);
    expect(await sendOf(sendId)).toMatchObject({
      status: 'delivered',
      provider: 'sendgrid',
      providerMessageId: 'm-1',
      deliveredAt: minutes(-2),
      startedAt: minutes(0),
      openedAt: null,
      bounceType: null,
    });
    const about = { sendId, channel: 'email', category: 'marketing', journey: 'cart', runId, provider: 'sendgrid' };
    const expected = { ...about, node: 'node-1', nodeName: 'First e-mail', toldBy: 'mail' };
    expect((await eventsOf(customerId)).filter(({ type }) => type.startsWith('message_'))).toMatchObject([
      { type: 'message_delivered', source: 'messages', occurredAt: minutes(-2), properties: expected },
      { type: 'message_sent', properties: expected },
    ]);
  });

  it('change nothing twice, and late ones make nothing worse', async () => {
    const { customerId, sendId } = await sent('bob');
    const click = { id: 'c-1', kind: 'clicked', sendId, at: NOW - 1000, url: 'https://shop.example.com/a' } as const;
    expect(await fates(click, click)).toEqual(['taken', 'repeated']);
    expect(await fates({ kind: 'delivered', sendId, at: NOW - 5000 }, { kind: 'sent', sendId })).toEqual([
      'taken',
      'repeated',
    ]);
    expect(await fates(click)).toEqual(['repeated']);
    expect(await sendOf(sendId)).toMatchObject({
      status: 'delivered',
      deliveredAt: new Date(NOW - 5000).toISOString(),
      clickedAt: new Date(NOW - 1000).toISOString(),
    });
    expect((await typesOf(customerId)).sort()).toEqual(['message_clicked', 'message_delivered', 'message_sent']);
    const clicked = (await eventsOf(customerId)).find(({ type }) => type === 'message_clicked');
    expect(clicked?.properties).toMatchObject({ url: 'https://shop.example.com/a' });
  });

  it('keep what machines open apart: noted, and no event', async () => {
    const { customerId, sendId } = await sent('cyn');
    expect(await fates({ kind: 'opened', sendId, machine: true })).toEqual(['taken']);
    expect(await sendOf(sendId)).toMatchObject({ status: 'delivered', openedAt: null, machineOpenedAt: minutes(0) });
    expect(await typesOf(customerId)).toEqual(['message_sent']);
    await tell({ kind: 'opened', sendId });
    expect(await sendOf(sendId)).toMatchObject({ openedAt: minutes(0) });
    expect((await typesOf(customerId)).sort()).toEqual(['message_opened', 'message_sent']);
  });

  it('suppress an address that bounced for good, not one that did for now', async () => {
    const { customerId, sendId } = await sent('dan');
    await tell({ kind: 'bounced', sendId, bounceType: 'soft', reason: 'mailbox full', address: 'Dan@Example.com' });
    expect(await sendOf(sendId)).toMatchObject({ status: 'bounced', bounceType: 'soft', error: 'mailbox full' });
    expect((await customer(customerId)).suppression).toEqual([]);
    await tell({ kind: 'bounced', sendId, bounceType: 'hard', reason: 'no such user' });
    expect((await customer(customerId)).suppression).toMatchObject([
      { reason: 'bounced', channel: 'email', address: 'dan@example.com', source: 'mail' },
    ]);
    const [answer] = await authorize(service, sendItem({ customerId }, { key: 'dan-2' }));
    expect(answer).toMatchObject({ decision: 'suppress', reasons: ['bounced'] });
    expect((await eventsOf(customerId)).find(({ type }) => type === 'message_bounced')?.properties).toMatchObject({
      channel: 'email',
      address: 'dan@example.com',
      bounceType: 'hard',
    });
  });

  it('suppress after more than seven soft bounces in a row', async () => {
    const { customerId, sendId } = await sent('eve');
    const others: string[] = [];
    for (let index = 0; index < 8; index++) {
      const [{ sendId: id }] = await authorize(
        service,
        sendItem({ customerId }, { key: `eve-${index}`, category: 'transactional' }),
      );
      others.push(id);
    }
    const bounce = (id: string, at: number) => ({ kind: 'bounced', bounceType: 'soft', sendId: id, at }) as const;
    await tell(bounce(sendId, NOW - 10_000), ...others.slice(0, 6).map((id, index) => bounce(id, NOW - 9000 + index)));
    expect((await customer(customerId)).suppression).toEqual([]);
    await tell(bounce(others[6] ?? '', NOW - 10));
    expect((await customer(customerId)).suppression).toMatchObject([{ reason: 'bounced', address: 'eve@example.com' }]);
  });

  it('end marketing by the channel of a complaint, and by that of an opt-out', async () => {
    const { customerId, sendId } = await sent('fay');
    expect(await fates({ id: 'spam', kind: 'complained', sendId })).toEqual(['taken']);
    expect(await fates({ id: 'spam', kind: 'complained', sendId })).toEqual(['repeated']);
    expect(await customer(customerId)).toMatchObject({
      suppression: [{ reason: 'complained', address: 'fay@example.com' }],
      consent: { email: { state: 'unsubscribed', source: 'mail' }, sms: { state: 'never' } },
    });
    expect(await sendOf(sendId)).toMatchObject({ status: 'complained', complainedAt: minutes(0) });
    const other = await sent('gil');
    await tell({ kind: 'unsubscribed', sendId: other.sendId });
    expect(await customer(other.customerId)).toMatchObject({
      suppression: [],
      consent: { email: { state: 'unsubscribed' } },
    });
    expect(await sendOf(other.sendId)).toMatchObject({ status: 'sent', unsubscribedAt: minutes(0) });
  });

  it('are noted, too, when the link of the message itself was used', async () => {
    const { customerId, sendId } = await sent('hue');
    const leave = () =>
      takeChoices(intake, customerId, { channels: new Map([['email', 'unsubscribed']]), sendId }, 'page');
    await leave();
    service.now += 60_000;
    await leave();
    expect(await sendOf(sendId)).toMatchObject({ status: 'started', unsubscribedAt: minutes(0) });
  });

  it('do not take back a later consent', async () => {
    const { customerId, sendId } = await sent('hal');
    await service.send(event('subscribed', 'hal', minutes(-1)));
    await tell({ kind: 'unsubscribed', sendId, at: NOW - 10 * 60_000 });
    expect((await customer(customerId)).consent.email.state).toBe('subscribed');
  });

  it('of messages that are not ours count for the address when they forbid it', async () => {
    const customerId = await service.send(event('viewed_page', 'ida'));
    const other = { channel: 'email', address: 'Ida@example.com', sendId: 'elsewhere-1' } as const;
    expect(await fates({ kind: 'delivered', ...other }, { kind: 'opened', ...other })).toEqual(['ignored', 'ignored']);
    expect(await fates({ kind: 'bounced', ...other, bounceType: 'hard' })).toEqual(['taken']);
    expect((await customer(customerId)).suppression).toMatchObject([{ reason: 'bounced', address: 'ida@example.com' }]);
    expect(await tell({ kind: 'bounced', ...other, address: 'stranger@example.com' })).toEqual([
      { customerId: null, fate: 'ignored' },
    ]);
  });

  it('of another provider, or of a copy sent elsewhere, say nothing of a send', async () => {
    const { customerId, sendId } = await sent('jan', { provider: 'postmark' });
    expect(await fates({ kind: 'delivered', sendId, provider: 'sendgrid' })).toEqual(['ignored']);
    const copy = { channel: 'email', address: 'archive@example.com' } as const;
    expect(await fates({ kind: 'bounced', bounceType: 'hard', sendId, provider: 'postmark', ...copy })).toEqual([
      'ignored',
    ]);
    expect(await sendOf(sendId)).toMatchObject({ status: 'started' });
    expect((await customer(customerId)).suppression).toEqual([]);
  });

  it("are found by the provider's id where ours is missing", async () => {
    const { sendId } = await sent('kim', { provider: 'twilio' });
    const report = { items: [{ sendId, outcome: 'sent', providerMessageId: 'SM1' }] };
    await service.call('POST', '/v1/sends/report', report);
    expect(await fates({ kind: 'delivered', provider: 'twilio', providerMessageId: 'SM1' })).toEqual(['taken']);
    expect(await sendOf(sendId)).toMatchObject({ status: 'delivered' });
  });

  it('wake the run that waits for a click', async () => {
    const traveller = await sent('lea');
    const spec = { kind: 'event', events: [{ type: 'message_clicked', filters: [] }], maxMs: null, restartable: false };
    expect((await wait(service, waitItem(traveller, { spec }))).status).toBe(200);
    await tell({ kind: 'clicked', sendId: traveller.sendId, machine: true });
    const woken = async () =>
      (await service.outbox()).filter(({ runId, kind }) => runId === traveller.runId && kind === 'event');
    expect(await woken()).toEqual([]);
    await tell({ kind: 'clicked', sendId: traveller.sendId });
    expect(await woken()).toMatchObject([{ payload: { arm: 'wait', type: 'message_clicked' } }]);
  });

  it('of an erased customer are nobody’s', async () => {
    const { customerId, sendId } = await sent('moe');
    await service.call('DELETE', `/v1/customers/${customerId}`);
    expect(
      await fates({ kind: 'bounced', bounceType: 'hard', sendId, channel: 'email', address: 'moe@example.com' }),
    ).toEqual(['ignored']);
  });

  it('follow a merged customer', async () => {
    const { customerId, sendId } = await sent('ned');
    const survivor = await service.send(event('viewed_page', { externalId: 'n-1' }, minutes(-1)));
    await service.send(event('viewed_page', { externalId: 'n-1', email: 'ned@example.com' }));
    const [outcome] = await tell({ kind: 'delivered', sendId });
    const told = outcome?.customerId ?? '';
    expect((await customer(customerId)).id).toBe(told);
    expect([customerId, survivor]).toContain(told);
    expect(await typesOf(told)).toContain('message_delivered');
  });

  it('told by several processes at once, while reports come and more is asked for, are each taken once', async () => {
    const people = await Promise.all(['pam', 'quy', 'ria', 'sam'].map((person) => sent(person)));
    const news = people.flatMap(({ sendId }) =>
      (['delivered', 'clicked', 'complained'] as const).map((kind) => ({ id: `${sendId}/${kind}`, kind, sendId })),
    );
    await Promise.all([
      ...Array.from({ length: 4 }, async (_, index) => await tell(...(index % 2 === 0 ? news : news.toReversed()))),
      ...people.map(async ({ sendId }) => {
        const report = { items: [{ sendId, outcome: 'sent', providerMessageId: 'm' }] };
        expect((await service.call('POST', '/v1/sends/report', report)).status).toBe(200);
      }),
      ...people.map(
        async ({ customerId }) => await authorize(service, sendItem({ customerId }, { key: `more-${customerId}` })),
      ),
    ]);
    for (const { customerId, sendId } of people) {
      expect(await sendOf(sendId)).toMatchObject({ status: 'complained' });
      expect((await typesOf(customerId)).sort()).toEqual(
        ['clicked', 'complained', 'delivered', 'sent'].map((kind) => `message_${kind}`).concat('unsubscribed'),
      );
    }
  });

  it('survive what is no text', async () => {
    const { sendId } = await sent('oda');
    const id = 'x'.repeat(5000);
    expect(await fates({ id, kind: 'bounced', sendId, reason: `a\0b\ud800${'c'.repeat(5000)}` })).toEqual(['taken']);
    expect((await sendOf(sendId)).error).toMatch(/^ab\ufffdc+$/);
    expect(await fates({ id, kind: 'bounced', sendId })).toEqual(['repeated']);
  });
});
