/** What customers like, learned from what the store knows of them, on both stores. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { broughtBy } from '../../temporal/domain/affinity/lastTouch.ts';
import { LocalTimes } from '../../temporal/domain/affinity/localTimes.ts';
import { CHANNELS } from '../../temporal/domain/event.ts';
import { DEFAULT_WINDOWS, windowLengths } from '../../temporal/domain/reports/attribution.ts';
import { affinitiesJob } from '../../temporal/scoring/affinitiesJob.ts';
import { readAffinities, readPreferredHours, writeAffinities } from '../../temporal/store/affinities.ts';
import { readEvidence } from '../../temporal/store/affinityEvidence.ts';
import { readAttributedOrders } from '../../temporal/store/reports/attributedOrders.ts';
import { sessionOf } from '../../temporal/store/rows.ts';
import type { SendsTable } from '../../temporal/store/tables/sends.ts';
import { randomOf } from '../unit/domain/affinity/random.ts';
import { event, minutes, NOW, TestService } from './service.ts';
import { DIALECTS } from './stores.ts';

const HOUR = 60;
const DAY = 24 * HOUR;

describe.each(DIALECTS)('affinities on %s', (dialect) => {
  let service: TestService;
  beforeEach(async () => {
    service = await TestService.create(dialect);
  });
  afterEach(() => service.close());

  const job = (more: { isStopping?: () => boolean; timeScale?: number; now?: number } = {}) =>
    affinitiesJob({ store: service.store, now: NOW, timeScale: 1, isStopping: () => false, ...more });
  const affinity = async (id: string) => (await readAffinities(sessionOf(service.store.db), [id])).get(id) ?? null;
  const rows = () => service.store.db.selectFrom('affinities').selectAll().orderBy('customer_id').execute();

  type Told = Partial<Pick<SendsTable, 'channel' | 'status' | 'category' | 'decision' | 'node'>> & {
    at?: number;
    delivered?: number;
    opened?: number;
    machine?: number;
    clicked?: number;
  };
  let counter = 0;
  /** A send as delivery events leave it; times in minutes from the present. */
  async function sent(customerId: string, told: Told = {}): Promise<void> {
    const time = (offset: number | undefined) => (offset === undefined ? null : NOW + offset * 60_000);
    const at = time(told.at ?? -20 * DAY) as number;
    const id = `snd_${dialect}_${counter++}`;
    const nothing = { journey_key: null, run_id: null, segment: null, until: null, address: null, error: null };
    await service.store.db
      .insertInto('sends')
      .values({
        ...nothing,
        ...{
          id,
          claim_key: id,
          customer_id: customerId,
          node: told.node ?? 'n1',
          node_name: 'E-mail',
          provider: 'smtp',
        },
        ...{ channel: told.channel ?? 'email', category: told.category ?? 'marketing', status: told.status ?? 'sent' },
        ...{ decision: told.decision ?? 'send', reasons_json: '[]', started_by: null, provider_message_id: null },
        ...{ permanent: null, created_at: at, updated_at: at, started_at: at },
        ...{
          delivered_at: time(told.delivered),
          opened_at: time(told.opened),
          machine_opened_at: time(told.machine),
          clicked_at: time(told.clicked),
        },
      })
      .execute();
  }
  const person = (name: string) => service.send(event('viewed_page', name, minutes(-70 * DAY)));
  const buy = (who: string | object, at: number, properties: object = {}) =>
    service.send(
      event('completed_purchase', who, minutes(at), { properties: { orderId: `a${counter++}`, ...properties } }),
    );

  it('knows the channel that somebody answers, from people alone and by what it brought', async () => {
    const ada = await person('ada');
    const bob = await person('bob');
    await sent(ada, { opened: -20 * DAY + 5 });
    await sent(ada, { machine: -20 * DAY + 1 });
    await sent(ada, { channel: 'sms', at: -10 * DAY, clicked: -10 * DAY + 10 });
    // Not arrived, not sent, not marketing, too long ago.
    await sent(ada, { status: 'bounced' });
    await sent(ada, { status: null, decision: 'suppress' });
    await sent(ada, { category: 'transactional', opened: -20 * DAY + 5 });
    await sent(ada, { at: -366 * DAY, opened: -366 * DAY });
    // Brought by the SMS: clicked within five days before.
    await buy({ customerId: ada }, -8 * DAY);
    await sent(bob);
    await job();
    expect(await affinity(ada)).toMatchObject({
      channel: 'sms',
      channels: {
        // Usual is (0.2 + 0 + 0) / 3 with e-mail and 1 with SMS; ten observations of the shop's weigh as much.
        email: { messages: 2, opened: 1, clicked: 0, ordered: 0, score: 0.072 },
        sms: { messages: 1, opened: 0, clicked: 1, ordered: 1, score: 1 },
      },
    });
    expect(await affinity(bob)).toMatchObject({
      channel: null,
      channels: { email: { messages: 1, score: 0.061 } },
    });
    const shown = (await service.call('GET', `/v1/customers/${ada}`)).body.scores.affinities;
    expect(shown).toEqual(await affinity(ada));
    const { affinities } = (await service.call('GET', '/v1/scores')).body;
    expect(affinities.channels.sms).toEqual({ mean: 1, strength: 10, customers: 1, observations: 1 });
    const kept = await rows();
    expect(kept.find(({ customer_id }) => customer_id === ada)).toMatchObject({ channel: 'sms', computed_at: NOW });
  });

  it('gives orders to the messages that the reports give them to', async () => {
    const random = randomOf(6);
    const session = sessionOf(service.store.db);
    const ids = [await person('ada'), await person('bob')];
    const later = (from: number, within: number) => (random.next() < 0.5 ? from + random.below(within) : undefined);
    for (let index = 0; index < 120; index++) {
      const at = -random.below(30 * DAY);
      const channel = CHANNELS[index % CHANNELS.length];
      const told = { opened: later(at, 2 * DAY), clicked: later(at, 4 * DAY), delivered: later(at, HOUR) };
      await sent(ids[index % 2]!, { at, channel, node: `n${index}`, ...told });
      if (index % 3 === 0) await buy({ customerId: ids[index % 2] }, -random.below(28 * DAY));
    }
    const windows = windowLengths(DEFAULT_WINDOWS, 1);
    const reported = await readAttributedOrders(session, { from: 0, to: NOW + 1 }, windows);
    const question = { since: 0, now: NOW, shopTimezone: 'UTC', localTimes: new LocalTimes(), withInterests: false };
    const evidence = await readEvidence(session, { ...question, customerIds: ids });
    const nodes = new Map(
      (await service.store.db.selectFrom('sends').select(['id', 'node']).execute()).map(({ id, node }) => [id, node]),
    );
    const brought = [...evidence.values()].flatMap(({ orders, messages }) =>
      orders.flatMap(({ at }) => nodes.get(broughtBy(at, messages, windows)?.id ?? '') ?? []),
    );
    expect(brought.length).toBeGreaterThan(20);
    expect(brought.sort()).toEqual(reported.flatMap(({ node, orders }) => Array<string>(orders).fill(node)).sort());
  });

  it('knows who buys at a discount, from orders that count', async () => {
    const ada = await buy('ada', -50 * DAY, { value: '90.00', discount: '10.00' });
    await buy('ada', -40 * DAY, { value: '100.00', discount: 0 });
    await buy('ada', -30 * DAY);
    const voided = { value: '50.00', discount: '50.00', orderId: 'void' };
    await buy('ada', -20 * DAY, voided);
    const cancelled = { orderId: 'void', wasPaid: false };
    await service.send(event('custom:order_cancelled', 'ada', minutes(-19 * DAY), { properties: cancelled }));
    await service.send(
      event('completed_purchase', 'ada', minutes(-10 * DAY), { test: true, properties: { discount: '80.00' } }),
    );
    await buy('bob', -10 * DAY, { value: '100.00', discount: 0 });
    await job();
    // Of 3 orders 1 at a discount is usual: (1 + 10 × 1/3) / (2 + 10).
    expect((await affinity(ada))?.priceSensitivity).toEqual({
      ...{ score: 0.361, orders: 2, discountedOrders: 1, moneyShare: 0.5, depth: 0.1 },
    });
    const [row] = (await rows()).filter(({ customer_id }) => customer_id === ada);
    expect(row?.price_sensitivity).toBe(0.361);
  });

  it('knows the hour of the customer’s own clock, with the zone that it is of', async () => {
    const put = async (name: string, properties: object) =>
      (await service.call('PUT', '/v1/customers', { identity: { email: `${name}@example.com` }, properties })).body.id;
    const tokyo = await put('tokyo', { timeZone: 'Asia/Tokyo' });
    const phone = await service.send(
      event('viewed_page', { email: 'wien@example.com', phone: '+436601234567' }, minutes(-300 * DAY)),
    );
    const shop = await service.send(event('viewed_page', 'shop', minutes(-300 * DAY)));
    // The present is at 12:00 UTC: 21:00 in Tokyo, 13:00 in Vienna in winter, 14:00 in summer.
    for (const [id, name] of [
      [tokyo, 'tokyo'],
      [phone, 'wien'],
      [shop, 'shop'],
    ]) {
      for (let day = 1; day <= 8; day++) {
        await service.send(
          event('viewed_product', { customerId: id }, minutes(-day * DAY + 7), { id: `${name}/${day}` }),
        );
      }
    }
    await job();
    const hours = await readPreferredHours(sessionOf(service.store.db), [tokyo, phone, shop]);
    expect(Object.fromEntries(hours)).toEqual({
      [tokyo]: { hour: 21, zone: 'Asia/Tokyo' },
      [phone]: { hour: 13, zone: 'Europe/Vienna' },
      [shop]: { hour: 12, zone: 'UTC' },
    });
  });

  it('does not take a day without a time for midnight, nor a visit to a shop for a habit', async () => {
    const midnight = Date.parse('2026-11-01T00:00:00Z');
    const at = (day: number, hours = 0) => (midnight - NOW) / 60_000 - day * DAY + hours * HOUR;
    const dates = await buy('dates', at(0));
    const stands = await buy('stands', at(0, 15), { salesChannel: 'pos' });
    for (let day = 1; day < 8; day++) {
      await buy('dates', at(day));
      await buy('stands', at(day, 15), { salesChannel: 'pos' });
    }
    await job();
    expect((await readPreferredHours(sessionOf(service.store.db), [dates, stands])).size).toBe(0);
  });

  it('knows what kinds of goods somebody is after, in the catalogue’s words', async () => {
    await service.call('PUT', '/v1/products/p1', { title: 'Trail shoe', category: 'Shoes' });
    const look = (productId: string, more: object = {}, type = 'viewed_product', at = -2 * DAY) =>
      service.send(
        event(type, 'ada', minutes(at), {
          properties: { items: [{ productId, quantity: 1, price: '5.00', ...more }] },
        }),
      );
    const ada = await look('p1', { category: 'footwear' });
    await look('p2', { category: 'Hats' }, 'wishlisted');
    await look('p3', { category: 'Bags' }, 'completed_purchase', -92 * DAY);
    await look('p4');
    await service.send(event('viewed_product', 'ada', minutes(-1), { test: true }));
    await job();
    // Views 1, wishes 3, orders 8, of which half is left after 90 days: 8 in all.
    expect((await affinity(ada))?.categories).toEqual([
      { category: 'Bags', interest: 0.5, lastOn: '2026-08-22' },
      { category: 'Hats', interest: 0.375, lastOn: '2026-11-20' },
      { category: 'Shoes', interest: 0.125, lastOn: '2026-11-20' },
    ]);
  });

  it('looks back over scaled time', async () => {
    const category = (name: string) => ({ properties: { items: [{ productId: name, category: name }] } });
    const ada = await service.send(event('viewed_product', 'ada', minutes(-90 * 24), category('old')));
    await service.send(event('viewed_product', 'ada', minutes(0), category('new')));
    await service.send(event('viewed_product', 'ada', minutes(-366 * 24), category('older')));
    // A day is 24 minutes.
    await job({ timeScale: 60 });
    expect((await affinity(ada))?.categories.map(({ category, interest }) => [category, interest])).toEqual([
      ['new', 0.667],
      ['old', 0.333],
    ]);
  });

  it('writes only what has changed, and takes away what is known no longer', async () => {
    const ada = await buy('ada', -50 * DAY, { discount: '10.00' });
    const bob = await service.send(
      event('viewed_product', 'bob', minutes(-DAY), { properties: { items: [{ productId: 'p9', category: 'Hats' }] } }),
    );
    const cem = await person('cem');
    await job();
    expect((await rows()).map(({ customer_id }) => customer_id)).toEqual([ada, bob].sort());
    await job({ now: NOW + 1 });
    expect((await rows()).map(({ computed_at }) => computed_at)).toEqual([NOW, NOW]);
    await buy('cem', -40 * DAY, { discount: 0 });
    await service.store.db.deleteFrom('events').where('customer_id', '=', bob).execute();
    await job({ now: NOW + 2 });
    const after = await rows();
    expect(after.map(({ customer_id }) => customer_id)).toEqual([ada, cem].sort());
    // What is usual in the shop has changed, and with it ada's own.
    expect(after.map(({ computed_at }) => computed_at)).toEqual([NOW + 2, NOW + 2]);
  });

  it('leaves nothing of an erased customer, nor writes what was found out of them before', async () => {
    const ada = await buy('ada', -50 * DAY, { discount: '10.00' });
    const bob = await buy('bob', -50 * DAY, { discount: '10.00' });
    await job();
    const known = await readAffinities(sessionOf(service.store.db), [ada, bob]);
    expect(known.size).toBe(2);
    const exported = await service.call('GET', `/v1/customers/${ada}/export`);
    expect(JSON.stringify(exported.body)).toContain('discountedOrders');
    await service.call('DELETE', `/v1/customers/${ada}`);
    expect((await rows()).map(({ customer_id }) => customer_id)).toEqual([bob]);
    await service.store.transaction((db) => writeAffinities(sessionOf(db), known, NOW));
    expect((await rows()).map(({ customer_id }) => customer_id)).toEqual([bob]);
  });

  it('can be broken off, and learns from everybody though it looks at a page at a time', async () => {
    const many = Array.from({ length: 600 }, (_, at) =>
      event('completed_purchase', `many${at}`, minutes(-at - 1), {
        properties: { orderId: `many${at}`, value: '90.00', discount: at % 3 === 0 ? '10.00' : 0 },
      }),
    );
    await service.send(...many);
    await job({ isStopping: () => true });
    expect(await rows()).toEqual([]);
    let pages = 0;
    await job({ isStopping: () => ++pages > 5 });
    const some = (await rows()).length;
    expect(some).toBeGreaterThan(0);
    expect(some).toBeLessThan(600);
    await job();
    expect(await rows()).toHaveLength(600);
    const model = await service.store.db
      .selectFrom('score_models')
      .selectAll()
      .where('name', '=', 'affinities')
      .executeTakeFirstOrThrow();
    expect(JSON.parse(model.model_json)).toMatchObject({
      prices: { share: { mean: 1 / 3, customers: 600, observations: 600 } },
    });
  });
});
