/** Reports by API on both stores: what became of messages, and which orders they have brought. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SendsTable } from '../../temporal/store/tables/sends.ts';
import { event, minutes, NOW, TestService } from './service.ts';
import { DIALECTS, freshStore, type TestStore } from './stores.ts';
import { authorize, enter, publishTrigger, sendItem } from './travellers.ts';

const HOUR = 60;
const DAY = 24 * HOUR;

describe.each(DIALECTS)('reports on %s', (dialect) => {
  let place: TestStore;
  let service: TestService;
  beforeAll(async () => {
    place = await freshStore(dialect);
    service = await TestService.on(place);
    await publishTrigger(service, 'cart');
    await publishTrigger(service, 'quiet', { enters: ['wishlisted'] });
  });
  afterAll(() => service.close());

  type Told = Partial<Pick<SendsTable, 'channel' | 'status' | 'reasons_json' | 'decision' | 'category' | 'node'>> & {
    journey?: string | null;
    nodeName?: string;
    /** Minutes from the present. */
    at?: number;
    bounceType?: 'hard' | 'soft';
  } & Partial<
      Record<'delivered' | 'opened' | 'machine' | 'clicked' | 'bounced' | 'complained' | 'unsubscribed', number>
    >;
  let counter = 0;
  /** A send as delivery events leave it; times in minutes from the present. */
  async function sent(customerId: string, told: Told = {}): Promise<string> {
    const id = `snd_${dialect}_${counter++}`;
    const time = (offset: number | undefined) => (offset === undefined ? null : NOW + offset * 60_000);
    const { at = -DAY } = told;
    await service.store.db
      .insertInto('sends')
      .values({
        id,
        claim_key: `key/${id}`,
        customer_id: customerId,
        channel: told.channel ?? 'email',
        category: told.category ?? 'marketing',
        journey_key: told.journey === undefined ? 'cart' : told.journey,
        run_id: null,
        segment: null,
        node: told.node ?? 'n1',
        node_name: told.nodeName ?? 'First e-mail',
        decision: told.decision ?? 'send',
        reasons_json: told.reasons_json ?? '[]',
        until: null,
        address: null,
        status: told.decision && told.decision !== 'send' ? null : (told.status ?? 'sent'),
        started_by: null,
        provider_message_id: null,
        error: null,
        permanent: null,
        created_at: time(at) as number,
        updated_at: time(at) as number,
        provider: 'smtp',
        started_at: time(at),
        delivered_at: time(told.delivered),
        opened_at: time(told.opened),
        machine_opened_at: time(told.machine),
        clicked_at: time(told.clicked),
        bounced_at: time(told.bounced),
        bounce_type: told.bounceType ?? null,
        complained_at: time(told.complained),
        unsubscribed_at: time(told.unsubscribed),
      })
      .execute();
    return id;
  }
  const customer = (name: string) => service.send(event('viewed_page', `${name}${counter++}`, minutes(-60 * DAY)));
  let orders = 0;
  async function buys(customerId: string, at: number, value = '10.00', more: object = {}): Promise<string> {
    const orderId = `r${orders++}`;
    const properties = { value, orderId, ...(more as { properties?: object }).properties };
    await service.send(event('completed_purchase', { customerId }, minutes(at), { ...more, properties }));
    return orderId;
  }
  const clear = () => service.store.db.deleteFrom('sends').execute();
  const report = async (key: string, query = '') =>
    (await service.call('GET', `/v1/reports/journeys/${key}${query}`)).body;

  it('counts each message once, by what became of it', async () => {
    await clear();
    const ada = await customer('ada');
    await sent(ada, { delivered: -1000, opened: -900, machine: -990, clicked: -890 });
    await sent(ada, { delivered: -1000, machine: -990, unsubscribed: -800, status: 'delivered' });
    await sent(ada, { bounced: -1000, bounceType: 'hard', status: 'bounced' });
    await sent(ada, { bounced: -1000, bounceType: 'soft', status: 'bounced' });
    // Arrived at the second attempt.
    await sent(ada, { bounced: -1100, bounceType: 'soft', delivered: -1000 });
    await sent(ada, { delivered: -1000, complained: -500, status: 'complained' });
    await sent(ada, { status: 'unknown' });
    await sent(ada, { status: 'failed' });
    await sent(ada, { status: 'claimed' });
    await sent(ada, { status: 'started' });
    await sent(ada, { decision: 'suppress', reasons_json: '["no_consent","min_gap"]' });
    await sent(ada, { decision: 'suppress', reasons_json: '["min_gap"]' });
    await sent(ada, {
      decision: 'defer',
      reasons_json: '["quiet_hours"]',
      channel: 'sms',
      node: 'n2',
      nodeName: 'SMS',
    });
    const body = await report('cart');
    expect(body).toMatchObject({
      journey: 'cart',
      // Thirteen above: 2 suppressed, 1 deferred, 2 pending, 6 sent, 1 failed, 1 unknown.
      decided: 13,
      suppressed: 2,
      suppressedBy: { min_gap: 2, no_consent: 1 },
      deferred: 1,
      deferredBy: { quiet_hours: 1 },
      pending: 2,
      sent: 6,
      failed: 1,
      unknown: 1,
      delivered: 4,
      opened: 1,
      machineOpened: 2,
      clicked: 1,
      bouncedHard: 1,
      bouncedSoft: 1,
      complained: 1,
      unsubscribed: 1,
      // 2 of 6 bounced; of the other 4 one each was opened, clicked, complained about, unsubscribed from.
      rates: { bounce: 2 / 6, open: 0.25, click: 0.25, complaint: 0.25, unsubscribe: 0.25 },
      orders: 0,
      revenue: [],
      holdout: null,
    });
    expect(
      body.messages.map((message: { nodeName: string; channel: string; decided: number }) => [
        message.nodeName,
        message.channel,
        message.decided,
      ]),
    ).toEqual(
      expect.arrayContaining([
        ['First e-mail', 'email', 12],
        ['SMS', 'sms', 1],
      ]),
    );
  });

  it('adds up: messages to journeys, journeys to the total', async () => {
    await clear();
    const bob = await customer('bob');
    await sent(bob, { opened: -900 });
    await sent(bob, { journey: 'quiet', clicked: -900 });
    await sent(bob, { journey: null, node: 'newsletter', decision: 'suppress', reasons_json: '["unsubscribed"]' });
    await buys(bob, -800);
    const { items, total } = (await service.call('GET', '/v1/reports/journeys')).body;
    expect(items.map(({ journey }: { journey: string | null }) => journey)).toEqual(['cart', 'quiet', null]);
    for (const name of ['decided', 'sent', 'suppressed', 'opened', 'clicked', 'orders'] as const) {
      const sum = (rows: Record<typeof name, number>[]) => rows.reduce((all, row) => all + row[name], 0);
      expect(sum(items), name).toBe(total[name]);
      for (const item of items) expect(sum(item.messages), name).toBe(item[name]);
    }
    expect(total).toMatchObject({ decided: 3, sent: 2, suppressed: 1, opened: 1, clicked: 1, orders: 1 });
    for (const { decided, suppressed, deferred, pending, sent: out, failed, unknown } of [...items, total]) {
      expect(suppressed + deferred + pending + out + failed + unknown).toBe(decided);
    }
  });

  it('gives an order to the message that was touched last, once, within the window of the touch', async () => {
    await clear();
    const cyn = await customer('cyn');
    await sent(cyn, { at: -4 * DAY, opened: -4 * DAY + 5, clicked: -2 * DAY, node: 'first' });
    await sent(cyn, { at: -3 * DAY, opened: -3 * DAY + 5, node: 'second' });
    // Opened by a machine alone, and clicked after the order: no touch before it.
    await sent(cyn, { at: -DAY, machine: -DAY + 1, node: 'machine' });
    await sent(cyn, { at: -DAY, clicked: -10, node: 'late' });
    const orderId = await buys(cyn, -60, '84.00');
    await buys(cyn, -60 - 2 * DAY, '1.00'); // Before the click, after both openings: to the second.
    await service.send(
      event('refunded', { customerId: cyn }, minutes(-30), { properties: { value: '4.00', orderId, currency: 'EUR' } }),
    );
    const { messages, orders: all, revenue } = await report('cart');
    const of = (node: string) => messages.find((message: { node: string }) => message.node === node);
    expect(of('first')).toMatchObject({ orders: 1, revenue: [{ currency: 'EUR', orders: 1, revenueMinor: 8000 }] });
    expect(of('second')).toMatchObject({ orders: 1, revenue: [{ currency: 'EUR', orders: 1, revenueMinor: 100 }] });
    expect(of('machine')).toMatchObject({ orders: 0, revenue: [] });
    expect(of('late')).toMatchObject({ orders: 0 });
    expect([all, revenue]).toEqual([2, [{ currency: 'EUR', orders: 2, revenueMinor: 8100 }]]);
  });

  // FEATURES, expected 19: 5 d e-mail, 5 d SMS click, 12 h SMS delivery, 24 h push open, 5 d / 12 h WhatsApp click / open.
  it.each([
    ['email', 'opened', 5 * DAY],
    ['email', 'clicked', 5 * DAY],
    ['sms', 'clicked', 5 * DAY],
    ['sms', 'opened', DAY],
    ['sms', 'delivered', 12 * HOUR],
    ['push', 'opened', DAY],
    ['whatsapp', 'clicked', 5 * DAY],
    ['whatsapp', 'opened', 12 * HOUR],
  ] as const)('has the window of %s %s', async (channel, touch, length) => {
    await clear();
    const at = -6 * DAY;
    for (const offset of [0, 1]) {
      const who = await customer('win');
      await sent(who, { at, channel, [touch]: at + 1 });
      await buys(who, at + length + offset);
    }
    expect(await report('cart')).toMatchObject({ orders: 1 });
  });

  it('has no window for deliveries of e-mail, unless one is asked for', async () => {
    await clear();
    const dan = await customer('dan');
    await sent(dan, { delivered: -DAY + 1 });
    await buys(dan, -DAY + 60);
    expect(await report('cart')).toMatchObject({ orders: 0, attribution: { windows: { email: { delivery: null } } } });
    expect(await report('cart', '?emailDelivery=PT2H')).toMatchObject({
      orders: 1,
      attribution: { model: 'lastTouch', windows: { email: { click: 'P5D', delivery: 'PT2H' } } },
    });
    expect(await report('cart', '?emailDelivery=PT30M')).toMatchObject({ orders: 0 });
  });

  it('counts neither test orders nor voided ones, and each currency for itself', async () => {
    await clear();
    const eve = await customer('eve');
    await sent(eve, { clicked: -DAY + 1 });
    await buys(eve, -100, '10.00', { test: true });
    const voided = await buys(eve, -99, '20.00');
    await service.send(
      event('custom:order_cancelled', { customerId: eve }, minutes(-98), {
        properties: { orderId: voided, wasPaid: false },
      }),
    );
    await buys(eve, -97, '30.00');
    await buys(eve, -96, '500', { properties: { currency: 'JPY' } });
    expect(await report('cart')).toMatchObject({
      orders: 2,
      revenue: [
        { currency: 'EUR', orders: 1, revenueMinor: 3000 },
        { currency: 'JPY', orders: 1, revenueMinor: 500 },
      ],
    });
  });

  it('looks at messages of the period, and gives no order of a later message to an earlier one', async () => {
    await clear();
    const fay = await customer('fay');
    await sent(fay, { at: -4 * DAY, opened: -4 * DAY + 1 });
    await sent(fay, { at: -2 * DAY, opened: -2 * DAY + 1 });
    await buys(fay, -DAY);
    const period = (from: number, to: number) => `?from=${minutes(from)}&to=${minutes(to)}`;
    expect(await report('cart', period(-5 * DAY, -3 * DAY))).toMatchObject({ decided: 1, orders: 0 });
    // The order came after the end of the period: it belongs to the message all the same.
    expect(await report('cart', period(-3 * DAY, -DAY - 1))).toMatchObject({ decided: 1, orders: 1 });
    expect(await report('cart', period(-DAY, 0))).toMatchObject({ decided: 0, orders: 0 });
  });

  it('says how runs that began in the period stand', async () => {
    const gus = await enter(service, 'gus');
    await enter(service, 'hal');
    await service.send(event('completed_purchase', { customerId: gus.customerId }, minutes(0)));
    service.now = NOW + 60_000;
    const { runs } = await report('cart');
    expect(runs).toEqual({ entered: 2, active: 1, completed: 0, exited: 1, cancelled: 0, failed: 0 });
    expect((await report('quiet')).runs.entered).toBe(0);
    service.now = NOW;
  });

  it('compares those who were held out with those who were reached', async () => {
    await clear();
    const [ida, joe, kim, lea] = [await customer('i'), await customer('j'), await customer('k'), await customer('l')];
    await sent(ida, { decision: 'suppress', reasons_json: '["holdout"]' });
    await sent(joe, { decision: 'suppress', reasons_json: '["holdout"]' });
    // Would not have got it anyway.
    await sent(await customer('m'), { decision: 'suppress', reasons_json: '["no_consent","holdout"]' });
    await sent(kim);
    await sent(kim, { node: 'n2' });
    await sent(lea, { category: 'transactional' });
    await buys(ida, -2 * DAY, '5.00'); // Before anything was decided.
    await buys(ida, -100, '10.00');
    await buys(kim, -100, '30.00');
    await buys(lea, -100, '70.00');
    const heldOut = {
      ...{ customers: 2, orders: 1, ordersPerCustomer: 0.5 },
      revenue: [{ currency: 'EUR', orders: 1, revenueMinor: 1000, revenuePerCustomerMinor: 500 }],
    };
    const reached = {
      ...{ customers: 1, orders: 1, ordersPerCustomer: 1 },
      revenue: [{ currency: 'EUR', orders: 1, revenueMinor: 3000, revenuePerCustomerMinor: 3000 }],
    };
    expect((await report('cart')).holdout).toEqual({ heldOut, reached });
    const { total } = (await service.call('GET', '/v1/reports/journeys')).body;
    expect(total.holdout).toEqual({ heldOut, reached });
  });

  it('counts what the gate has decided', async () => {
    await clear();
    const ned = await enter(service, 'ned', 'unsubscribed');
    await authorize(service, sendItem(ned));
    service.now = NOW + 1;
    expect(await report('cart')).toMatchObject({ decided: 1, suppressed: 1, suppressedBy: { unsubscribed: 1 } });
    service.now = NOW;
  });

  it.each([
    ['?from=yesterday', '/from'],
    ['?to=2026-02-30', '/to'],
    ['?from=2026-11-22&to=2026-11-01', '/from'],
    ['?from=2026-11-22&to=2026-11-22', '/from'],
    ['?emailClick=P1M', '/emailClick'],
    ['?smsDelivery=tomorrow', '/smsDelivery'],
  ])('refuses %s', async (query, path) => {
    for (const route of ['/v1/reports/journeys', '/v1/reports/journeys/cart']) {
      const { status, body } = await service.call('GET', route + query);
      expect([status, body.errors.map((error: { path: string }) => error.path)]).toEqual([400, [path]]);
    }
  });

  it('does not know every journey', async () => {
    expect(await service.call('GET', '/v1/reports/journeys/nowhere')).toMatchObject({
      status: 404,
      body: { detail: expect.stringContaining('"nowhere"') },
    });
  });

  it('lets windows run as fast as everything else', async () => {
    await clear();
    const fast = await TestService.on({ ...place, remove: () => Promise.resolve() }, { timeScale: 100 });
    // 5 days divided by 100 are 72 minutes.
    for (const offset of [72, 73]) {
      const who = await customer('fast');
      await sent(who, { at: -DAY, opened: -DAY + 1 });
      await buys(who, -DAY + offset);
    }
    expect((await fast.call('GET', '/v1/reports/journeys/cart')).body).toMatchObject({ decided: 2, orders: 1 });
    expect(await report('cart')).toMatchObject({ orders: 2 });
    await fast.app.close();
  });
});
