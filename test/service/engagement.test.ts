/** Who reads what is sent, on both stores: the sunset rule, customers called disengaged, and the signal for retargeting. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { event, minutes, NOW, TestService } from './service.ts';
import { DIALECTS } from './stores.ts';
import { authorize, pastSend, sendItem } from './travellers.ts';

const DAY = 86_400_000;
const daysAgo = (days: number): number => NOW - days * DAY;
const subscribed = { email: { state: 'subscribed', source: 'test', at: new Date(daysAgo(1000)).toISOString() } };

describe.each(DIALECTS)('engagement on %s', (dialect) => {
  let service: TestService;
  let keys = 0;
  beforeAll(async () => {
    service = await TestService.create(dialect);
  });
  afterAll(() => service.close());

  /** A subscriber of long ago. */
  const subscriber = async (person: string | object): Promise<string> =>
    await service.send(
      event('viewed_page', person, minutes(-10), { consent: { ...subscribed, sms: subscribed.email } }),
    );
  const mailed = async (customerId: string, days: number, more: object = {}) =>
    await pastSend(service, customerId, daysAgo(days), more);
  const isHeld = async (customerId: string, more: object = {}): Promise<boolean> => {
    const item = sendItem({ customerId }, { key: `k${++keys}`, dryRun: true, ...more });
    const [answer] = await authorize(service, item);
    return (answer.reasons as string[]).includes('disengaged');
  };
  const told = async (sendId: string, columns: object) => {
    await service.store.db.updateTable('sends').set(columns).where('id', '=', sendId).execute();
  };
  const customer = async (id: string) => (await service.call('GET', `/v1/customers/${id}`)).body;

  describe('the sunset rule', () => {
    it('holds back who has opened, clicked and bought nothing for long', async () => {
      const gil = await subscriber('gil');
      for (const days of [300, 200, 100, 50]) await mailed(gil, days);
      await mailed(gil, 40, { status: 'failed', permanent: 1 });
      await mailed(gil, 40, { status: 'unknown' });
      await mailed(gil, 40, { category: 'transactional' });
      await mailed(gil, 40, { decision: 'suppress', status: null });
      await mailed(gil, 40, { channel: 'push' });
      expect(await isHeld(gil)).toBe(false);
      await mailed(gil, 20, { machine_opened_at: daysAgo(20) });
      expect(await isHeld(gil)).toBe(true);
      expect(await isHeld(gil, { category: 'transactional' })).toBe(false);
      await service.send(event('completed_purchase', 'gil', minutes(-5), { properties: { orderId: 'gil-1' } }));
      expect(await isHeld(gil)).toBe(false);
    });

    it.each(['opened_at', 'clicked_at'] as const)('begins anew with %s', async (column) => {
      const hal = await subscriber({ email: `hal-${column}@example.com` });
      const sends = [];
      for (const days of [300, 250, 200, 190, 185]) sends.push(await mailed(hal, days));
      expect(await isHeld(hal)).toBe(true);
      await told(sends[0] ?? '', { [column]: daysAgo(179) });
      expect(await isHeld(hal)).toBe(false);
      // So long ago that it would be over, but since then too little was sent to be ignored.
      await told(sends[0] ?? '', { [column]: daysAgo(240) });
      expect(await isHeld(hal)).toBe(false);
    });

    it('begins anew with a new subscription, and asks nobody whose first message is young', async () => {
      const ida = await subscriber('ida');
      for (const days of [300, 250, 200, 190, 185]) await mailed(ida, days);
      expect(await isHeld(ida)).toBe(true);
      const consent = { channel: 'email', state: 'subscribed', source: 'form' };
      await service.call('PUT', `/v1/customers/${ida}/consent`, consent);
      expect(await isHeld(ida)).toBe(false);

      const jo = await subscriber('jo');
      for (const days of [179, 100, 80, 60, 40, 20]) await mailed(jo, days);
      expect(await isHeld(jo)).toBe(false);
    });
  });

  it('judges nobody where nobody is seen reading', async () => {
    const blind = await TestService.create(dialect, { trackOpens: false, trackClicks: false });
    const who = await blind.send(event('viewed_page', 'uma', minutes(-10), { consent: subscribed }));
    for (const days of [300, 250, 200, 190, 185]) await pastSend(blind, who, daysAgo(days));
    const item = sendItem({ customerId: who }, { key: 'k', dryRun: true });
    expect(await authorize(blind, item)).toMatchObject([{ decision: 'send' }]);
    await blind.close();
  });

  describe('somebody who was called disengaged', () => {
    const call = (id: string, channel = 'email') =>
      service.call('PUT', `/v1/customers/${id}/suppression`, { channel, source: 'win-back' });

    it('gets no marketing on that channel until the next sign of life', async () => {
      const kim = await subscriber('kim');
      const sendId = await mailed(kim, 3);
      const { status, body } = await call(kim);
      expect(status).toBe(200);
      expect(body.suppression).toEqual([
        { reason: 'disengaged', channel: 'email', address: 'kim@example.com', at: minutes(0), source: 'win-back' },
      ]);
      expect(await isHeld(kim)).toBe(true);
      expect(await isHeld(kim, { category: 'transactional' })).toBe(false);
      expect((await service.call('GET', `/v1/customers/${kim}/audit`)).body.items).toContainEqual({
        ...{ kind: 'change', at: minutes(0), detail: { actor: 'api', action: 'customer.disengaged' } },
        details: { channel: 'email', source: 'win-back' },
      });

      await told(sendId, { clicked_at: NOW + 1 });
      expect(await isHeld(kim)).toBe(false);
      expect((await customer(kim)).suppression).toEqual([]);
      service.now = NOW + 2;
      await call(kim);
      expect(await isHeld(kim)).toBe(true);
      service.now = NOW;
    });

    it.each([
      [
        'lee-1',
        'an order',
        () => event('completed_purchase', 'lee-1', minutes(1), { properties: { orderId: 'lee-1' } }),
      ],
      ['lee-2', 'a new subscription', () => event('subscribed', 'lee-2', minutes(2))],
    ])('%s is so until %s', async (person, _what, sign) => {
      const lee = await subscriber(person);
      service.now = Date.parse(minutes(1)) - 1;
      await call(lee);
      expect(await isHeld(lee)).toBe(true);
      service.now = Date.parse(minutes(3));
      await service.send(sign());
      expect(await isHeld(lee)).toBe(false);
      service.now = NOW;
    });

    it('can be taken back, and nothing else with it', async () => {
      const max = await subscriber('max');
      await call(max);
      const lift = () => service.call('DELETE', `/v1/customers/${max}/suppression/email`);
      expect(await lift()).toMatchObject({ status: 200, body: { suppression: [] } });
      expect(await isHeld(max)).toBe(false);
      expect(await lift()).toMatchObject({ status: 404 });
      expect((await service.call('DELETE', '/v1/customers/cus_nobody/suppression/email')).status).toBe(404);
    });

    it('needs an address, each of a batch for itself', async () => {
      const [nat, pat] = [await subscriber('nat'), await subscriber({ phone: '+436601239999' })];
      expect((await call(nat, 'sms')).body.errors).toEqual([
        { path: '/channel', message: 'is sms, but the customer has no phone' },
      ]);
      expect((await call('cus_nobody')).status).toBe(404);
      const item = (ref: number, customerId: string, channel = 'email') => ({ ref, customerId, channel, source: 'x' });
      const { status, body } = await service.call('POST', '/v1/customers/suppression', {
        items: [
          item(0, nat),
          item(1, pat),
          item(2, 'cus_nobody'),
          item(3, pat, 'sms'),
          item(4, nat),
          item(5, nat, 'push'),
        ],
      });
      expect(status).toBe(200);
      const answers = body.items as { ref: number; customer: { id: string } | null; error?: { path: string } }[];
      expect(answers.map(({ ref, customer: found, error }) => [ref, found?.id ?? error?.path])).toEqual([
        [0, nat],
        [1, '/items/1/channel'],
        [2, '/items/2/customerId'],
        [3, pat],
        [4, nat],
        [5, '/items/5/channel'],
      ]);
      expect(await isHeld(pat, { channel: 'sms' })).toBe(true);
    });
  });

  describe('the signal for retargeting', () => {
    it('looks at the last two marketing messages that arrived', async () => {
      const quin = await subscriber('quin');
      const signal = async () => {
        const { lastTwoEngaged, suppressRetargeting } = (await customer(quin)).engagement;
        return [lastTwoEngaged, suppressRetargeting] as unknown;
      };
      expect((await customer(quin)).engagement).toEqual({
        ...{ lastTwoEngaged: false, suppressRetargeting: false },
        ...{ lastOpenedAt: null, lastClickedAt: null, lastMessages: [] },
      });
      await mailed(quin, 30);
      const before = await mailed(quin, 20, { opened_at: daysAgo(19) });
      expect(await signal()).toEqual([false, false]);
      const text = await mailed(quin, 10, { channel: 'sms', status: 'sent' });
      await mailed(quin, 9, { category: 'transactional', opened_at: daysAgo(8) });
      await mailed(quin, 8, { status: 'bounced' });
      await mailed(quin, 7, { status: 'unknown' });
      await mailed(quin, 6, { decision: 'suppress', status: null });
      await told(text, { machine_opened_at: daysAgo(10) });
      expect(await signal()).toEqual([false, false]);
      await told(text, { clicked_at: daysAgo(9) });
      expect(await signal()).toEqual([true, true]);
      expect((await customer(quin)).engagement).toMatchObject({
        lastOpenedAt: new Date(daysAgo(8)).toISOString(),
        lastClickedAt: new Date(daysAgo(9)).toISOString(),
        lastMessages: [
          { sendId: text, channel: 'sms', at: new Date(daysAgo(10)).toISOString(), engaged: true },
          { sendId: before, channel: 'email', engaged: true },
        ],
      });

      // Whoever has left the channels of these messages is reached by advertisements only.
      const leave = (channel: string) =>
        service.call('PUT', `/v1/customers/${quin}/consent`, { channel, state: 'unsubscribed', source: 'page' });
      await leave('email');
      expect(await signal()).toEqual([true, true]);
      await leave('sms');
      expect(await signal()).toEqual([true, false]);

      await told(text, { status: 'complained', complained_at: daysAgo(9) });
      expect(await signal()).toEqual([false, false]);
    });

    it('comes with a batch of customers, too', async () => {
      const [ray, sue] = [await subscriber('ray'), await subscriber('sue')];
      for (const days of [3, 2]) await mailed(ray, days, { clicked_at: daysAgo(1) });
      const { body } = await service.call('POST', '/v1/customers/lookup', {
        items: [ray, sue].map((customerId, ref) => ({ ref, customerId })),
      });
      const found = body.items as { customer: { engagement: { suppressRetargeting: boolean } } }[];
      expect(found.map(({ customer: { engagement } }) => engagement.suppressRetargeting)).toEqual([true, false]);
    });
  });
});
