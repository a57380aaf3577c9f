/** Checks of the send gate that count and tell the time, on both stores, through the API; and that nobody slips past them in parallel. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { authorizeSends } from '../../temporal/store/sends.ts';
import type { SendRequest } from '../../temporal/store/sendRequests.ts';
import { DIALECTS } from './stores.ts';
import { event, minutes, NOW, TestService } from './service.ts';
import { authorize, enter, publishTrigger, sendItem, setPolicy, UNLIMITED } from './travellers.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe.each(DIALECTS)('how often and when, on %s', (dialect) => {
  let service: TestService;
  let keys = 0;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    await publishTrigger(service, 'cart');
    await publishTrigger(service, 'browse', { enters: ['viewed_product'] });
  });
  afterAll(() => service.close());
  beforeEach(async () => {
    service.now = NOW;
    await setPolicy(service, {});
  });

  const key = () => `k${++keys}`;
  /** A subscriber on every channel. */
  const subscriber = async (person: string | object, properties: object = {}): Promise<string> => {
    const yes = { state: 'subscribed', source: 'test' };
    const consent = { email: yes, sms: yes, whatsapp: yes, push: yes };
    const { body } = await service.call('PUT', '/v1/customers', {
      identity: typeof person === 'string' ? { email: `${person}@example.com` } : person,
      properties,
      consent,
    });
    return body.id as string;
  };
  const mail = (customerId: string, more: object = {}) => sendItem({ customerId }, { key: key(), ...more });
  const sms = (customerId: string, more: object = {}) => mail(customerId, { channel: 'sms', ...more });
  /** What the gate says; what may go out is started at once. */
  const decide = async (...items: Record<string, unknown>[]) => {
    const answers = await authorize(service, ...items);
    const sendIds = answers.flatMap(({ decision, sendId }) =>
      decision === 'send' && sendId ? [sendId as string] : [],
    );
    await service.call('POST', '/v1/sends/started', { sendIds });
    return answers.map(({ decision, reasons, until }) => [decision, ...reasons, ...(until ? [until] : [])]);
  };
  const start = async (sendId: string) => await service.call('POST', '/v1/sends/started', { sendIds: [sendId] });
  const report = async (sendId: string, outcome: object) =>
    await service.call('POST', '/v1/sends/report', { items: [{ sendId, ...outcome }] });

  it('min_gap: skips, or puts off to the end of the gap', async () => {
    const ada = await subscriber('ada');
    expect(await decide(mail(ada))).toEqual([['send']]);
    service.now += 16 * HOUR - 1;
    expect(
      await decide(mail(ada), mail(ada, { category: 'transactional' }), mail(ada, { channel: 'push', address: 't' })),
    ).toEqual([['suppress', 'min_gap'], ['send'], ['send']]);
    await setPolicy(service, { gaps: { onGap: 'defer' } });
    expect(await decide(mail(ada))).toEqual([['defer', 'min_gap', minutes(16 * 60)]]);
    service.now += 1;
    expect(await decide(mail(ada))).toEqual([['send']]);
    const { body } = await service.call('GET', `/v1/sends?customerId=${ada}&reason=min_gap`);
    expect(body.items.map(({ decision }: { decision: string }) => decision).sort()).toEqual(['defer', 'suppress']);
  });

  it('min_gap: counts from what was attempted, not from what was held back or is tried again', async () => {
    const bob = await subscriber('bob');
    const [first] = await authorize(service, mail(bob, { key: 'bob-1' }));
    await start(first.sendId);
    await report(first.sendId, { outcome: 'failed', permanent: false, error: '451 later' });
    expect(await decide(mail(bob, { dryRun: true }))).toEqual([['send']]);
    const [again] = await authorize(service, mail(bob, { key: 'bob-1' }));
    expect(again).toMatchObject({ sendId: first.sendId, decision: 'send' });
    service.now += HOUR / 2;
    await start(again.sendId);
    await report(again.sendId, { outcome: 'failed', permanent: true, error: '554 refused' });
    // The attempt was half an hour after the claim.
    service.now += 16 * HOUR - 1;
    expect(await decide(mail(bob))).toEqual([['suppress', 'min_gap']]);
    service.now += 1;
    expect(await decide(mail(bob))).toEqual([['send']]);
  });

  it('frequency_cap: over the channels that it names, and one a week for who wants to hear rarely', async () => {
    const caps = [{ channels: ['email', 'push'], count: 2, window: 'P1D', days: 'rolling' }];
    await setPolicy(service, { ...UNLIMITED, caps });
    const cyn = await subscriber('cyn');
    const push = (more: object = {}) => mail(cyn, { channel: 'push', address: 'token', ...more });
    expect(await decide(mail(cyn), push(), push(), mail(cyn), mail(cyn, { category: 'transactional' }))).toEqual([
      ['send'],
      ['send'],
      ['suppress', 'frequency_cap'],
      ['suppress', 'frequency_cap'],
      ['send'],
    ]);
    service.now += DAY;
    expect(await decide(mail(cyn))).toEqual([['send']]);

    await setPolicy(service, UNLIMITED);
    await service.call('PUT', `/v1/customers/${cyn}/preferences`, { tracks: ['low_frequency'] });
    service.now += 7 * DAY - 1;
    expect(await decide(push())).toEqual([['suppress', 'frequency_cap']]);
    service.now += 1;
    expect(await decide(push())).toEqual([['send']]);
  });

  it('frequency_cap: by the recipient`s calendar days', async () => {
    await setPolicy(service, {
      ...UNLIMITED,
      caps: [{ channels: ['email'], count: 1, window: 'P1D', days: 'calendar' }],
    });
    const dan = await subscriber('dan', { timeZone: 'Asia/Tokyo' });
    // 21:00 in Tokyo.
    expect(await decide(mail(dan))).toEqual([['send']]);
    service.now = Date.parse('2026-11-22T14:59:59Z');
    expect(await decide(mail(dan))).toEqual([['suppress', 'frequency_cap']]);
    service.now += 1000;
    expect(await decide(mail(dan))).toEqual([['send']]);
  });

  it('quiet_hours: on the clock of the zone, the phone, the shop', async () => {
    // 23:00 in Vienna, 07:00 of the next day in Tokyo, 17:00 in New York.
    service.now = Date.parse('2026-11-22T22:00:00Z');
    const phone = await subscriber({ phone: '+436601234501' });
    const zone = await subscriber({ phone: '+436601234502' }, { timeZone: 'America/New_York' });
    const zoned = await subscriber({ phone: '+436601234599' }, { timezone: 'America/New_York' });
    const french = await subscriber({ phone: '+33612345678' });
    expect(await decide(sms(zoned))).toEqual([['send']]);
    expect(await decide(sms(phone), sms(zone), sms(phone, { category: 'transactional' }), sms(french))).toEqual([
      ['defer', 'quiet_hours', '2026-11-23T07:00:00.000Z'],
      ['send'],
      ['send'],
      ['defer', 'quiet_hours', '2026-11-23T07:00:00.000Z'],
    ]);
    expect(await decide(sms(zone, { address: '+81312345678', dryRun: true }))).toEqual([['suppress', 'min_gap']]);

    const evening = { from: '21:00', to: '08:00', action: 'skip' };
    await setPolicy(service, { quietHours: { email: evening }, shopTimezone: 'Asia/Tokyo' });
    const [unknown, country] = [await subscriber('eva'), await subscriber('eve', { country: 'AT' })];
    const westerner = await subscriber({ email: 'evi@example.com', phone: '+12125550123' });
    expect(await decide(mail(unknown), mail(country), mail(westerner))).toEqual([
      ['suppress', 'quiet_hours'],
      ['suppress', 'quiet_hours'],
      ['send'],
    ]);
    service.now += HOUR;
    expect(await decide(mail(unknown))).toEqual([['send']]);
  });

  it('quiet_hours: over a change of the clock, and a Sunday in France', async () => {
    const phone = await subscriber({ phone: '+436601234503' });
    const french = await subscriber({ phone: '+33612345679' });
    // Clocks go forward on 29 March 2026.
    service.now = Date.parse('2026-03-28T22:00:00Z');
    expect(await decide(sms(phone), sms(french))).toEqual([
      ['defer', 'quiet_hours', '2026-03-29T06:00:00.000Z'],
      ['defer', 'quiet_hours', '2026-03-30T06:00:00.000Z'],
    ]);
    // And back on 25 October.
    service.now = Date.parse('2026-10-24T22:00:00Z');
    expect(await decide(sms(phone))).toEqual([['defer', 'quiet_hours', '2026-10-25T07:00:00.000Z']]);
  });

  it('a message that was put off is decided anew under the same id', async () => {
    service.now = Date.parse('2026-11-22T23:00:00Z');
    const gus = await enter(service, 'gus');
    await setPolicy(service, { quietHours: { email: { from: '21:00', to: '08:00' } } });
    const [held] = await authorize(service, sendItem(gus));
    expect(held).toMatchObject({ decision: 'defer', until: '2026-11-23T08:00:00.000Z', status: null });
    service.now = Date.parse(held.until);
    expect(await authorize(service, sendItem(gus))).toMatchObject([
      { sendId: held.sendId, decision: 'send', status: 'claimed' },
    ]);
  });

  it('holdout: the same customers in every journey, whatever else is set', async () => {
    await setPolicy(service, { holdoutPercent: 100 });
    const hal = await subscriber('hal');
    expect(await decide(mail(hal), mail(hal, { category: 'transactional' }))).toEqual([
      ['suppress', 'holdout'],
      ['send'],
    ]);
    await setPolicy(service, { holdoutPercent: 50 });
    const people = await Promise.all(Array.from({ length: 20 }, (_, index) => subscriber(`held${index}`)));
    const once = await decide(...people.map((id) => mail(id, { dryRun: true })));
    expect(await decide(...people.map((id) => mail(id, { dryRun: true, channel: 'push', address: 't' })))).toEqual(
      once,
    );
    expect(new Set(once.map(String))).toEqual(new Set(['send', 'suppress,holdout']));
  });

  it('the kill switch holds everything, and nothing is lost', async () => {
    const ivy = await enter(service, 'ivy');
    const joe = await enter(service, 'joe');
    const [before] = await authorize(service, sendItem(joe));
    await setPolicy(service, { killSwitch: true });
    const receipt = sendItem(ivy, { category: 'transactional', node: 'receipt' });
    expect(await decide(sendItem(ivy), receipt, mail(ivy.customerId, { key: 'ivy' }))).toEqual([
      ['defer', 'paused', minutes(1)],
      ['defer', 'paused', minutes(1)],
      ['defer', 'paused', minutes(1)],
    ]);
    // What was let out before does not go out either.
    expect((await start(before.sendId)).body).toEqual({
      started: [],
      refused: [{ sendId: before.sendId, status: 'paused' }],
    });
    expect(await decide(sendItem(joe))).toEqual([['defer', 'paused', minutes(1)]]);
    await setPolicy(service, { killSwitch: false });
    expect(await decide(sendItem(ivy), receipt)).toEqual([['send'], ['send']]);
    expect(await authorize(service, sendItem(joe))).toMatchObject([{ sendId: before.sendId, status: 'claimed' }]);
    expect((await start(before.sendId)).body.started).toEqual([before.sendId]);
  });

  it('a paused journey keeps what was let out and not started', async () => {
    const kim = await enter(service, 'kim');
    const [claimed] = await authorize(service, sendItem(kim));
    await service.call('POST', '/v1/journeys/cart/pause');
    expect((await start(claimed.sendId)).body.refused).toEqual([{ sendId: claimed.sendId, status: 'paused' }]);
    await service.call('POST', '/v1/journeys/cart/resume');
    expect((await start(claimed.sendId)).body.started).toEqual([claimed.sendId]);
  });

  it('a dry run says all that speaks against it, and stores nothing', async () => {
    const lea = await subscriber({ phone: '+436601234504' });
    service.now = Date.parse('2026-11-22T19:30:00Z');
    expect(await decide(sms(lea))).toEqual([['send']]);
    service.now = Date.parse('2026-11-22T21:30:00Z');
    await setPolicy(service, { gaps: { onGap: 'defer' }, holdoutPercent: 100 });
    const asked = sms(lea, { dryRun: true });
    expect(await decide(asked)).toEqual([['suppress', 'min_gap', 'quiet_hours', 'holdout']]);
    await setPolicy(service, { gaps: { onGap: 'defer' } });
    // The gap ends at 19:30 UTC of the next day, 20:30 in Vienna.
    expect(await decide(asked, asked)).toEqual([
      ['defer', 'min_gap', 'quiet_hours', '2026-11-23T19:30:00.000Z'],
      ['defer', 'min_gap', 'quiet_hours', '2026-11-23T19:30:00.000Z'],
    ]);
    expect((await service.call('GET', `/v1/sends?customerId=${lea}`)).body.items).toHaveLength(1);
  });

  it('messages of one batch count each other: three journeys, one message', async () => {
    const max = await enter(service, 'max');
    await service.send(event('viewed_product', 'max'));
    const runs = await service.runs(max.customerId);
    const other = { ...max, runId: runs.find(({ journey }) => journey === 'browse')!.id };
    await setPolicy(service, {});
    expect(await decide(sendItem(max), sendItem(other), mail(max.customerId))).toEqual([
      ['send'],
      ['suppress', 'min_gap', 'priority_journey'],
      ['suppress', 'min_gap'],
    ]);
  });

  it('one SMS about an abandonment also within a batch', async () => {
    await setPolicy(service, UNLIMITED);
    const yes = { state: 'subscribed', source: 'test' };
    const ned = await service.send(
      event('added_to_cart', { email: 'ned@example.com', phone: '+436601234505' }, minutes(-1), {
        consent: { email: yes, sms: yes },
      }),
    );
    const [run] = await service.runs(ned);
    const item = (node: string) => sendItem({ customerId: ned, runId: run!.id }, { channel: 'sms', node });
    expect(await decide(item('a'), item('b'))).toEqual([['send'], ['suppress', 'abandonment_sms_limit']]);
  });

  describe('in parallel', () => {
    it('lets one of many pass a gap, a cap over channels, a cap by the day', async () => {
      const policies = [
        {},
        { ...UNLIMITED, caps: [{ channels: ['email', 'push'], count: 1, window: 'P1D' }] },
        {
          ...UNLIMITED,
          caps: [{ channels: ['email', 'push', 'sms', 'whatsapp'], count: 3, window: 'P1D', days: 'calendar' }],
        },
      ];
      for (const [index, policy] of policies.entries()) {
        await setPolicy(service, policy);
        const ona = await subscriber(`ona${index}`);
        const answers = await Promise.all(
          Array.from({ length: 12 }, async (_, n) => {
            const item = index === 1 && n % 2 ? mail(ona, { channel: 'push', address: 't' }) : mail(ona);
            return (await authorize(service, item, { ...item, key: key() })).map(({ decision }) => decision as string);
          }),
        );
        expect(answers.flat().filter((decision) => decision === 'send')).toHaveLength(index === 2 ? 3 : 1);
      }
    });

    it('nor of two processes', async () => {
      const other = dialect === 'sqlite' ? service.store : service.openAgain();
      const pat = await subscriber('pat');
      const request = (): SendRequest => ({
        ...{ customerId: pat, channel: 'email', category: 'marketing', node: 'n', nodeName: 'n', address: null },
        ...{ dryRun: false, provider: null, repeatable: false, freeForm: false, track: 'general', productIds: [] },
        origin: { kind: 'key', key: key() },
      });
      const ask = async (store: typeof other) => {
        const answers = await store.transaction((trx) =>
          authorizeSends(trx, [request()], { now: service.now, timeScale: 1, seesReaders: true }, () => ({
            message: null,
          })),
        );
        return answers.map((answer) => (answer.kind === 'decided' ? answer.decision : answer.message));
      };
      const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => ask(n % 2 ? other : service.store)));
      expect(answers.flat().sort()).toEqual(['send', ...Array.from({ length: 9 }, () => 'suppress')]);
    });

    it('a kill switch holds from the moment that it is thrown', async () => {
      const people = await Promise.all(Array.from({ length: 10 }, (_, n) => subscriber(`quick${n}`)));
      const receipts = () => people.map((id) => mail(id, { category: 'transactional' }));
      const asking = receipts().map(async (item) => await authorize(service, item));
      const throwing = service.call('PUT', '/v1/policy', { killSwitch: true });
      const afterwards = throwing.then(async () => await decide(...receipts()));
      expect(new Set((await afterwards).map(([decision]) => decision))).toEqual(new Set(['defer']));
      const sendIds = (await Promise.all(asking))
        .flat()
        .flatMap(({ decision, sendId }) => (decision === 'send' ? [sendId] : []));
      expect((await service.call('POST', '/v1/sends/started', { sendIds })).body.started).toEqual([]);
    });
  });
});
