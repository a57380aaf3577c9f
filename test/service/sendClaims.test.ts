/** Claims over time, on both stores: void after an hour, given out again to who can repeat them, keys that were used. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DIALECTS } from './stores.ts';
import { event, minutes, NOW, TestService } from './service.ts';
import { authorize, enter, publishTrigger, sendItem, setPolicy, type Traveller } from './travellers.ts';

const HOUR = 3_600_000;

describe.each(DIALECTS)('claims on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    await publishTrigger(service, 'cart');
  });
  afterAll(() => service.close());
  beforeEach(async () => {
    service.now = NOW;
    await setPolicy(service, {});
  });

  const started = async (sendIds: string[], by?: string) =>
    (await service.call('POST', '/v1/sends/started', { sendIds, ...(by && { by }) })).body;
  const report = async (...items: object[]) => (await service.call('POST', '/v1/sends/report', { items })).body;
  const sendOf = async (id: string) => (await service.call('GET', `/v1/sends/${id}`)).body;
  const list = async (query: string) => (await service.call('GET', `/v1/sends?${query}`)).body.items;
  const one = async (item: Record<string, unknown>) => (await authorize(service, item))[0];
  const byKey = ({ customerId }: Traveller, key: string, more: object = {}) =>
    sendItem({ customerId }, { key, ...more });

  it('that nobody started are void after an hour, so that another message may go out', async () => {
    const ada = await enter(service, 'ada');
    const claimed = await one(sendItem(ada));
    service.now += HOUR - 1;
    expect(await one(byKey(ada, 'ada-2'))).toMatchObject({ decision: 'suppress', reasons: ['min_gap'] });
    service.now += 1;
    expect(await started([claimed.sendId])).toEqual({
      started: [],
      refused: [{ sendId: claimed.sendId, status: 'void' }],
    });
    // It counts a little longer, for the clocks of processes differ.
    service.now += 5 * 60_000 - 1;
    expect(await one(byKey(ada, 'ada-3'))).toMatchObject({ reasons: ['min_gap'] });
    service.now += 1;
    const other = await one(byKey(ada, 'ada-4'));
    expect(other).toMatchObject({ decision: 'send' });
    expect(await started([other.sendId])).toMatchObject({ started: [other.sendId] });
    // The first comes too late now.
    expect(await one(sendItem(ada))).toMatchObject({
      sendId: claimed.sendId,
      decision: 'suppress',
      reasons: ['min_gap'],
    });
    expect(await started([claimed.sendId])).toEqual({
      started: [],
      refused: [{ sendId: claimed.sendId, status: null }],
    });
  });

  it('are not started once the customer has said no or the journey has ended; receipts are', async () => {
    const leaver = await enter(service, 'leaver');
    const buyer = await enter(service, 'buyer');
    const newsletter = await one(byKey(leaver, 'leaver-news'));
    const receipt = await one(sendItem(leaver, { category: 'transactional', node: 'receipt' }));
    const cart = await one(sendItem(buyer));
    const goodbye = event('unsubscribed', 'leaver', minutes(0), { properties: { channel: 'email' } });
    const purchase = event('completed_purchase', 'buyer', minutes(0), { properties: { orderId: 'between' } });
    await service.send(goodbye, purchase);

    const { started: theirs, refused } = await started([newsletter.sendId, receipt.sendId, cart.sendId], 'x');
    expect(theirs).toEqual([receipt.sendId]);
    expect(refused).toEqual([
      { sendId: newsletter.sendId, status: 'suppressed', reasons: ['unsubscribed'] },
      { sendId: cart.sendId, status: 'suppressed', reasons: ['goal_reached'] },
    ]);
    expect(await list('reason=unsubscribed')).toMatchObject([
      { id: newsletter.sendId, decision: 'suppress', status: null },
    ]);
    expect(await one(sendItem(buyer))).toMatchObject({ replayed: true, decision: 'suppress' });
    // It has taken nobody's place.
    expect(await one(byKey(leaver, 'leaver-news'))).toMatchObject({
      sendId: newsletter.sendId,
      reasons: ['unsubscribed'],
    });
  });

  it('that are void free the caller`s key', async () => {
    const bob = await enter(service, 'bob');
    const first = await one(byKey(bob, 'bob'));
    expect(await one(byKey(bob, 'bob'))).toMatchObject({ decision: 'suppress', reasons: ['already_sent'] });
    service.now += HOUR;
    expect(await one(byKey(bob, 'bob'))).toMatchObject({ sendId: first.sendId, decision: 'send', status: 'claimed' });
    expect(await started([first.sendId], 'late')).toMatchObject({ started: [first.sendId] });
    expect(await started([first.sendId], 'later')).toMatchObject({ started: [] });
  });

  it('that were started are given out again to who can repeat them, to one at a time', async () => {
    const message = { subject: 'Hello', text: 'x' };
    const cyn = await enter(service, 'cyn');
    const first = await one(sendItem(cyn, { message, repeatable: true }));
    await started([first.sendId], 'exec-1');
    service.now += 60_000;
    const items = [sendItem(cyn, { message, repeatable: true }), sendItem(cyn, { message, repeatable: true })];
    const [again, twin] = await authorize(service, ...items);
    expect(again).toMatchObject({
      ...{
        sendId: first.sendId,
        decision: 'send',
        reasons: [],
        resumed: true,
        status: 'started',
        startedAt: minutes(0),
      },
      message: { subject: 'Hello' },
    });
    expect(again).not.toHaveProperty('replayed');
    // Several items of one batch share the message.
    expect(twin).toMatchObject({ sendId: first.sendId, replayed: true, status: 'started' });
    // Whoever had it has it no more, of two who got it again one may send, and says so twice.
    await authorize(service, sendItem(cyn, { message, repeatable: true }));
    expect(await started([first.sendId], 'exec-2')).toMatchObject({ started: [first.sendId] });
    expect(await started([first.sendId], 'exec-2')).toMatchObject({ started: [first.sendId] });
    for (const by of ['exec-1', 'exec-3']) {
      expect(await started([first.sendId], by)).toEqual({
        started: [],
        refused: [{ sendId: first.sendId, status: 'started' }],
      });
    }
    // It is still the attempt of before.
    service.now += 60_000;
    expect(await one(sendItem(cyn, { message, repeatable: true }))).toMatchObject({
      resumed: true,
      startedAt: minutes(0),
    });
    await report({ sendId: first.sendId, outcome: 'sent' });
    expect(await one(sendItem(cyn, { message, repeatable: true }))).toMatchObject({ replayed: true, status: 'sent' });
    expect((await sendOf(first.sendId)).at).toBe(minutes(0));
  });

  it('that are given out again and not started wait for the next; who cannot repeat counts them as sent', async () => {
    const dan = await enter(service, 'dan');
    const first = await one(sendItem(dan, { repeatable: true }));
    await started([first.sendId]);
    expect(await one(sendItem(dan, { repeatable: true }))).toMatchObject({ resumed: true });
    expect(await one(sendItem(dan, { repeatable: true }))).toMatchObject({ resumed: true });
    expect(await one(sendItem(dan))).toMatchObject({ replayed: true, status: 'unknown' });
    expect(await one(sendItem(dan, { repeatable: true }))).toMatchObject({ replayed: true, status: 'unknown' });
    expect(await started([first.sendId])).toEqual({
      started: [],
      refused: [{ sendId: first.sendId, status: 'unknown' }],
    });
  });

  it('are given out again whatever the frequency says, but not to who has said no, nor while everything is stopped', async () => {
    const eve = await enter(service, 'eve');
    const first = await one(sendItem(eve));
    await started([first.sendId]);
    await setPolicy(service, {
      gaps: { email: 'P1D' },
      caps: [{ channels: ['email'], count: 1, window: 'P7D' }],
      holdoutPercent: 100,
    });
    expect(await one(sendItem(eve, { repeatable: true }))).toMatchObject({ resumed: true });
    await setPolicy(service, { killSwitch: true });
    expect(await one(sendItem(eve, { repeatable: true }))).toMatchObject({
      ...{ sendId: first.sendId, decision: 'defer', reasons: ['paused'], until: minutes(1), status: 'started' },
    });
    expect(await sendOf(first.sendId)).toMatchObject({ decision: 'send', status: 'started' });
    expect(await started([first.sendId])).toEqual({
      started: [],
      refused: [{ sendId: first.sendId, status: 'paused' }],
    });
    await setPolicy(service, {});
    await service.call('PUT', `/v1/customers/${eve.customerId}/consent`, {
      ...{ channel: 'email', state: 'unsubscribed', source: 'form' },
    });
    expect(await one(sendItem(eve, { repeatable: true }))).toMatchObject({ replayed: true, status: 'unknown' });
    expect(await sendOf(first.sendId)).toMatchObject({ status: 'unknown' });
  });

  it('one of many who ask for a started one at the same time gets it', async () => {
    const fay = await enter(service, 'fay');
    const first = await one(sendItem(fay));
    await started([first.sendId], 'exec-0');
    const answers = await Promise.all(Array.from({ length: 6 }, () => one(sendItem(fay, { repeatable: true }))));
    expect(answers.every(({ resumed }) => resumed)).toBe(true);
    const says = await Promise.all(answers.map(({ sendId }, n) => started([sendId], `exec-${n + 1}`)));
    expect(says.filter(({ started: mine }) => mine.length === 1)).toHaveLength(1);
  });

  it('of a key that was used once more are kept in one row for each customer, with all reasons', async () => {
    const [gus, hal] = [await enter(service, 'gus'), await enter(service, 'hal', null)];
    const first = await one(byKey(gus, 'order-9'));
    service.now += 1000;
    const [twin, other] = await authorize(service, byKey(gus, 'order-9'), byKey(hal, 'order-9'));
    expect([twin, other]).toMatchObject([
      { sendId: first.sendId, decision: 'suppress', reasons: ['already_sent'] },
      { sendId: first.sendId, decision: 'suppress', reasons: ['already_sent', 'no_consent'] },
    ]);
    service.now += 1000;
    await authorize(service, byKey(gus, 'order-9'));
    expect(await list(`reason=already_sent&customerId=${gus.customerId}`)).toMatchObject([
      { decision: 'suppress', reasons: ['already_sent'], status: null, at: new Date(NOW + 2000).toISOString() },
    ]);
    expect(await list(`reason=already_sent&customerId=${hal.customerId}`)).toMatchObject([
      { reasons: ['already_sent', 'no_consent'] },
    ]);
    expect(await sendOf(first.sendId)).toMatchObject({ decision: 'send', status: 'claimed' });
    await authorize(service, byKey(gus, 'order-9', { dryRun: true }));
    expect(await list(`customerId=${gus.customerId}`)).toHaveLength(2);
  });
});
