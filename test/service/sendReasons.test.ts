/**
 * Every reason of CONTRACT section 3 by which a message is held back, each alone and produced through the API as it comes about:
 * by events, consent, policy, reports of providers, pauses and erasure. Then many of them at once, and what a dry run says.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SEND_REASONS, type SendReason } from '../../temporal/domain/gate/objection.ts';
import { event, minutes, NOW, TestService, type Answer } from './service.ts';
import { DIALECTS } from './stores.ts';
import { authorize, pastSend, publishTrigger, sendItem, setPolicy, type Traveller } from './travellers.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const LONG_AGO = new Date(NOW - 1000 * DAY).toISOString();
const yes = { state: 'subscribed', source: 'test', at: LONG_AGO };
const CONSENT = { email: yes, sms: yes };

interface Held {
  decision: 'suppress' | 'defer';
  /** Epoch ms. */
  until?: number;
  answer: Answer['body'];
}

describe.each(DIALECTS)('reasons on %s', (dialect) => {
  let service: TestService;
  let people = 0;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    await publishTrigger(service, 'cart');
    await publishTrigger(service, 'checkout', { enters: ['started_checkout'] });
    await must('PUT', '/v1/connections/mail', { kind: 'postmark', secret: 'postmark-password' });
  });
  afterAll(() => service.close());

  const must = async (method: 'PUT' | 'POST' | 'DELETE', url: string, body?: object): Promise<Answer['body']> => {
    const answer = await service.call(method, url, body);
    if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
    return answer.body;
  };
  const shopper = () => {
    people += 1;
    const number = String(people).padStart(4, '0');
    return { email: `shopper${number}@example.com`, phone: `+43660123${number}` };
  };
  /** In the cart journey, and to be written to. */
  const enter = async (person: object = shopper(), more: object = {}): Promise<Traveller> => {
    const customerId = await service.send(event('added_to_cart', person, minutes(-60), { consent: CONSENT, ...more }));
    const run = (await service.runs(customerId)).find(({ journey }) => journey === 'cart');
    if (!run) throw new Error('not in the journey');
    return { customerId, runId: run.id };
  };
  const ask = async (who: Partial<Traveller>, more: object = {}) => {
    const key = who.runId ? {} : { key: `key-${++people}` };
    const [answer] = await authorize(service, sendItem(who, { ...key, node: `node-${++people}`, ...more }));
    return answer;
  };
  const report = async (sendId: string, more: object): Promise<void> => {
    await must('POST', '/v1/sends/started', { sendIds: [sendId] });
    await must('POST', '/v1/sends/report', { items: [{ sendId, outcome: 'failed', permanent: true, ...more }] });
  };
  const suppress = (answer: Answer['body']): Held => ({ decision: 'suppress', answer });
  const transactional = { category: 'transactional' };

  const HELD: Record<SendReason, () => Promise<Held>> = {
    goal_reached: async () => {
      const person = shopper();
      const who = await enter(person);
      await service.send(event('completed_purchase', person, minutes(-1), { properties: { orderId: 'goal' } }));
      return suppress(await ask(who));
    },
    already_sent: async () => {
      const { customerId } = await enter();
      const once = { ...transactional, key: 'order-42/receipt' };
      expect(await ask({ customerId }, once)).toMatchObject({ decision: 'send' });
      return suppress(await ask({ customerId }, once));
    },
    no_address: async () => {
      const { phone } = shopper();
      return suppress(await ask(await enter({ phone })));
    },
    invalid_address: async () => suppress(await ask(await enter(), { address: 'ada@example' })),
    bounced: async () => {
      const who = await enter();
      const { sendId } = await ask(who, transactional);
      await report(sendId as string, { error: '550 5.1.1 no such user' });
      return suppress(await ask(who));
    },
    complained: async () => {
      const person = shopper();
      const who = await enter(person);
      const { sendId } = await ask(who, transactional);
      await must('POST', '/v1/sends/started', { sendIds: [sendId] });
      const complaint = { RecordType: 'SpamComplaint', ID: 7, MessageID: 'pm-7', Email: person.email };
      const told = { ...complaint, BouncedAt: minutes(-1), Metadata: { send_id: sendId } };
      const authorization = `Basic ${Buffer.from('pm:postmark-password').toString('base64')}`;
      const { status } = await service.call('POST', '/hooks/postmark/mail', told, { authorization });
      expect(status).toBe(200);
      // Whoever complains is unsubscribed besides.
      return suppress(await ask(who, transactional));
    },
    no_consent: async () => suppress(await ask(await enter(shopper(), { consent: {} }))),
    unsubscribed: async () => {
      const person = shopper();
      const who = await enter(person);
      await service.send(event('unsubscribed', person, minutes(-1), { properties: { channel: 'email' } }));
      return suppress(await ask(who));
    },
    wrong_track: async () => {
      const who = await enter();
      await must('PUT', `/v1/customers/${who.customerId}/preferences`, { tracks: ['local_events'] });
      return suppress(await ask(who, { track: 'product_news' }));
    },
    promo_pause: async () => {
      const person = shopper();
      const customerId = await service.send(
        event('completed_purchase', person, minutes(-30), {
          consent: CONSENT,
          properties: { orderId: 'social', campaign: { source: 'facebook', medium: 'paid_social' } },
        }),
      );
      return suppress(await ask({ customerId }));
    },
    open_ticket: async () => {
      const person = shopper();
      const who = await enter(person);
      const ticket = (type: string, at: number, ticketId: string) =>
        service.send(event(type, person, minutes(at), { properties: { ticketId } }));
      await ticket('opened_ticket', -30, 'T1');
      await ticket('opened_ticket', -20, 'T2');
      await ticket('custom:closed_ticket', -10, 'T2');
      expect(await ask(who, transactional)).toMatchObject({ decision: 'send' });
      // As long as nobody says that it is closed, it is asked again each day, for 14 days in all.
      return { decision: 'defer', until: NOW + DAY, answer: await ask(who) };
    },
    disengaged: async () => {
      const who = await enter();
      for (const days of [200, 150, 120, 90, 60]) await pastSend(service, who.customerId, NOW - days * DAY);
      return suppress(await ask(who));
    },
    out_of_stock: async () => {
      await must('PUT', '/v1/products/sold-out', { stock: 0 });
      return suppress(await ask(await enter(), { productIds: ['sold-out'] }));
    },
    min_gap: async () => {
      const who = await enter();
      expect(await ask(who)).toMatchObject({ decision: 'send' });
      return suppress(await ask(who));
    },
    frequency_cap: async () => {
      const who = await enter();
      for (const days of [6, 5, 4, 3, 2]) await pastSend(service, who.customerId, NOW - days * DAY);
      return suppress(await ask(who));
    },
    abandonment_sms_limit: async () => {
      const who = await enter(shopper(), { properties: { cartId: `cart-${people}` } });
      const { sendId } = await ask(who, { channel: 'sms' });
      await report(sendId as string, { outcome: 'sent' });
      // The gap of 24 hours is over.
      service.now = NOW + 25 * HOUR;
      return suppress(await ask(who, { channel: 'sms' }));
    },
    priority_journey: async () => {
      const person = shopper();
      const who = await enter(person);
      await service.send(event('started_checkout', person, minutes(-30)));
      return suppress(await ask(who));
    },
    quiet_hours: async () => {
      const { customerId } = await enter();
      // 21:30 in Vienna; CONTRACT: quiet from 21:00 to 08:00, which is 07:00 UTC.
      service.now = Date.parse('2026-11-22T20:30:00Z');
      const answer = await ask({ customerId }, { channel: 'sms' });
      return { decision: 'defer', until: Date.parse('2026-11-23T07:00:00Z'), answer };
    },
    holdout: async () => {
      await setPolicy(service, { holdoutPercent: 100 });
      return suppress(await ask(await enter()));
    },
    erased: async () => {
      const { customerId, runId } = await enter();
      await must('DELETE', `/v1/customers/${customerId}`);
      return suppress(await ask({ customerId, runId }));
    },
    paused: async () => {
      const who = await enter();
      await must('POST', '/v1/journeys/cart/pause');
      const answer = await ask(who);
      await must('POST', '/v1/journeys/cart/resume');
      return { decision: 'defer', answer };
    },
  };

  it.each(SEND_REASONS)('%s, alone', async (reason) => {
    const { decision, until, answer } = await HELD[reason]();
    service.now = NOW;
    await setPolicy(service, {});
    expect(answer).toMatchObject({ decision, reasons: [reason], status: null });
    expect(answer).not.toHaveProperty('message');
    if (until !== undefined) expect(answer.until).toBe(new Date(until).toISOString());
    expect(answer.until === null).toBe(decision === 'suppress');
    // Whoever was erased leaves nothing behind.
    if (reason === 'erased') return;
    const { items } = (await service.call('GET', `/v1/sends?reason=${reason}`)).body as { items: Answer['body'][] };
    expect(items).toContainEqual(expect.objectContaining({ decision, reasons: [reason], status: null }));
  });

  it('the kill switch holds everything, transactional messages too, and lets it go on afterwards', async () => {
    const who = await enter();
    await setPolicy(service, { killSwitch: true });
    const held = [await ask(who, { node: 'n1' }), await ask(who, { node: 'n2', ...transactional })];
    expect(held).toMatchObject(Array(2).fill({ decision: 'defer', reasons: ['paused'] }));
    await setPolicy(service, {});
    expect(await ask(who, { node: 'n1' })).toMatchObject({ decision: 'send', sendId: held[0]?.sendId });
  });

  it('all at once: each reason is given, in the order of the contract', async () => {
    const person = shopper();
    const who = await enter(person, { properties: { cartId: 'cart-all' } });
    const { customerId } = who;
    await must('PUT', '/v1/products/sold-out', { stock: 0 });
    await must('PUT', `/v1/customers/${customerId}/preferences`, { tracks: ['product_news'] });
    await must('PUT', `/v1/customers/${customerId}/suppression`, { channel: 'sms', source: 'win-back' });
    for (const reason of ['bounced', 'complained']) {
      const row = { customer_id: customerId, channel: 'sms' as const, address: person.phone, reason };
      await service.store.db
        .insertInto('suppressions')
        .values({ ...row, source: 'provider', at: NOW })
        .execute();
    }
    for (const hours of [2, 1]) {
      await pastSend(service, customerId, NOW - hours * HOUR, {
        channel: 'sms',
        run_id: who.runId,
        address: person.phone,
      });
    }
    await service.send(event('started_checkout', person, minutes(-45)));
    await service.send(event('unsubscribed', person, minutes(-40), { properties: { channel: 'sms' } }));
    await service.send(event('opened_ticket', person, minutes(-35)));
    await setPolicy(service, {
      holdoutPercent: 100,
      killSwitch: true,
      promoPause: { after: 'paid_social', window: 'P3D' },
      quietHours: { sms: { from: '00:00', to: '23:59', action: 'defer' } },
    });
    const social = { orderId: 'all', campaign: { source: 'instagram', medium: 'cpc' } };
    // Before the run began, so that it does not end it.
    await service.send(event('completed_purchase', person, minutes(-90), { properties: social }));
    const item = { channel: 'sms', productIds: ['sold-out'] };
    const answer = await ask(who, item);
    // Not with an address at once: that there is none or that it is wrong, no consent beside a no, used up, erased.
    const apart: SendReason[] = [
      'goal_reached',
      'already_sent',
      'no_address',
      'invalid_address',
      'no_consent',
      'erased',
    ];
    expect(answer).toMatchObject({
      decision: 'suppress',
      reasons: SEND_REASONS.filter((reason) => !apart.includes(reason)),
      until: null,
    });

    // What was decided is not asked again; a dry run says what would be said now, and keeps nothing.
    await setPolicy(service, {});
    const count = async () =>
      (await service.call('GET', `/v1/sends?customerId=${customerId}`)).body.items.length as number;
    const before = await count();
    const dry = await ask(who, { ...item, dryRun: true });
    expect(dry).toMatchObject({ sendId: null, decision: 'suppress', status: null });
    expect(dry.reasons).toEqual(
      (answer.reasons as string[]).filter((reason) => !['quiet_hours', 'holdout', 'paused'].includes(reason)),
    );
    expect(await count()).toBe(before);
    const receipt = await ask(who, { channel: 'email', ...transactional, dryRun: true });
    expect(receipt).toMatchObject({ decision: 'send', reasons: [], sendId: null });
  });

  describe('goal_reached', () => {
    const ended = async (who: Traveller): Promise<boolean> => {
      const [answer] = await authorize(service, sendItem(who, { dryRun: true, ...transactional }));
      return (answer.reasons as string[]).includes('goal_reached');
    };

    it('knows an exit that came in late, and one that came in before the entry', async () => {
      const late = shopper();
      const who = await enter(late);
      expect(await ended(who)).toBe(false);
      await service.send(event('completed_purchase', late, minutes(-59), { properties: { orderId: 'late' } }));
      expect(await ended(who)).toBe(true);

      const early = shopper();
      await service.send(event('completed_purchase', early, minutes(-30), { properties: { orderId: 'early' } }));
      const id = await service.send(event('added_to_cart', early, minutes(-60), { consent: CONSENT }));
      expect(await service.runs(id)).toEqual([]);
    });

    it('is not reached by what happened before the entry, by tests and by known orders told again', async () => {
      const person = shopper();
      const who = await enter(person);
      const bought = (at: number, orderId: string, more: object = {}) =>
        service.send(event('completed_purchase', person, minutes(at), { properties: { orderId }, ...more }));
      await bought(-120, 'before');
      await bought(-10, 'before');
      await bought(-10, 'test', { test: true });
      expect(await ended(who)).toBe(false);
      await bought(-10, 'now');
      expect(await ended(who)).toBe(true);
    });
  });
});
