/** Alarms about complaints on both stores: raised once, ended, shown, and brought to the Commerce Triggers that listen. */
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkAlarms, startAlarmWatch } from '../../temporal/alarmWatch.ts';
import type { CommerceItem } from '../../temporal/domain/commerceTrigger.ts';
import { sampleCommerceItem } from '../../temporal/store/sampleCommerceItem.ts';
import { loadDeliveries } from '../../temporal/store/deliveries.ts';
import { until } from '../e2e/until.ts';
import { NOW, TestService } from './service.ts';
import { DIALECTS } from './stores.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe.each(DIALECTS)('alarms on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect);
  });
  afterAll(() => service.close());
  beforeEach(async () => {
    for (const table of ['sends', 'alarms', 'event_deliveries', 'delivery_lanes', 'endpoints'] as const) {
      await service.store.db.deleteFrom(table).execute();
    }
  });

  let batch = 0;
  /** So many sends at once. @param at epoch ms */
  async function sent(
    count: number,
    more: { at?: number; channel?: string; status?: string; complained?: boolean } = {},
  ) {
    const { at = NOW - HOUR, channel = 'email', status = more.complained ? 'complained' : 'sent' } = more;
    const numbers =
      dialect === 'postgres'
        ? sql`generate_series(1, ${sql.lit(count)}) as n(i)`
        : sql`(with recursive n(i) as (select 1 union all select i + 1 from n where i < ${sql.lit(count)}) select i from n) as n`;
    const id = `snd_${dialect}_${batch++}_`;
    await sql`
      insert into sends (id, claim_key, customer_id, channel, category, journey_key, node, node_name, decision, reasons_json,
        status, created_at, updated_at, complained_at)
      select ${id} || cast(i as text), ${id} || cast(i as text), 'cus_x', ${channel}, 'marketing', 'win-back', 'n1', 'Mail',
        'send', '[]', ${status}, ${sql.lit(at)}, ${sql.lit(at)}, ${sql.lit(more.complained ? at + 1000 : null)}
      from ${numbers}`.execute(service.store.db);
  }
  const check = (now = NOW, timeScale = 1) => checkAlarms(service.store, timeScale, now);
  const levels = async (query = '') =>
    (await service.call('GET', `/v1/alarms${query}`)).body.items.map(({ level }: { level: string }) => level);

  it('is raised at each threshold once, and again after the rate had fallen below it', async () => {
    await sent(999);
    await sent(1, { complained: true });
    const { raised } = await check();
    expect(raised).toMatchObject([{ level: 'warning', rate: 0.001, complaints: 1, messages: 1000 }]);
    expect(await check()).toEqual({ raised: [], ended: [] });
    await sent(2, { complained: true });
    // 3 of 1,002.
    expect((await check()).raised).toMatchObject([]);
    await sent(1, { complained: true });
    // 4 of 1,003 are 0.4 %.
    expect((await check()).raised).toMatchObject([{ level: 'critical', complaints: 4, messages: 1003 }]);
    expect(await levels('?open=true')).toEqual(expect.arrayContaining(['warning', 'critical']));
    await sent(1000);
    // 4 of 2,003: below 0.3 %, not below 0.1 %.
    expect(await check()).toEqual({ raised: [], ended: ['critical'] });
    await sent(3000);
    expect(await check()).toEqual({ raised: [], ended: ['warning'] });
    expect(await levels('?open=true')).toEqual([]);
    await sent(20, { complained: true });
    expect((await check()).raised.map(({ level }) => level)).toEqual(['warning', 'critical']);
    expect(await levels()).toHaveLength(4);
  });

  it('is not raised by a single complaint among few, nor by other channels, bounces and old messages', async () => {
    await sent(2);
    await sent(1, { complained: true });
    await sent(5, { complained: true, channel: 'sms' });
    await sent(2000, { at: NOW - 8 * DAY });
    await sent(2000, { status: 'bounced' });
    await sent(2000, { status: 'failed' });
    await sent(5, { at: NOW - 8 * DAY, complained: true });
    expect(await check()).toEqual({ raised: [], ended: [] });
    expect(await levels()).toEqual([]);
  });

  it('ends when its messages are older than seven days, sooner under a time scale', async () => {
    await sent(3, { complained: true });
    expect((await check()).raised).toHaveLength(2);
    expect((await check(NOW + 5 * DAY)).ended).toEqual([]);
    // 7 days divided by 10.
    expect((await check(NOW + DAY, 10)).ended.sort()).toEqual(['critical', 'warning']);
  });

  it('is listed, newest first, a page at a time', async () => {
    await sent(3, { complained: true });
    await check();
    const first = (await service.call('GET', '/v1/alarms?limit=1')).body;
    const second = (await service.call('GET', `/v1/alarms?limit=1&cursor=${first.nextCursor}`)).body;
    expect([...first.items, ...second.items].map(({ level }: { level: string }) => level).sort()).toEqual([
      'critical',
      'warning',
    ]);
    expect(first.items[0]).toEqual({
      ...{ id: expect.stringMatching(/^alm_/), kind: 'complaint_rate', channel: 'email', level: expect.any(String) },
      ...{ threshold: expect.any(Number), rate: 1, complaints: 3, messages: 3, window: 'P7D' },
      ...{ journeys: [{ journey: 'win-back', complaints: 3 }], raisedAt: new Date(NOW).toISOString(), endedAt: null },
    });
    expect(second.nextCursor).toBeNull();
    expect((await service.call('GET', '/v1/alarms?open=perhaps')).status).toBe(400);
  });

  it('stands in /ready and /metrics while it is open', async () => {
    const ready = async () => (await service.call('GET', '/ready')).body;
    expect((await ready()).notes).toEqual([]);
    await sent(997);
    await sent(3, { complained: true });
    await check();
    expect(await ready()).toMatchObject({ status: 'ready', notes: [expect.stringContaining('critical from 0.3 %')] });
    const metric = (level: string) => `journeys_alarms{kind="complaint_rate",channel="email",level="${level}"}`;
    expect((await service.call('GET', '/metrics')).body).toContain(`${metric('critical')} 1`);
    await sent(500);
    await check();
    expect((await ready()).notes).toEqual([expect.stringContaining('warning from 0.1 %')]);
    const { body } = await service.call('GET', '/metrics');
    expect(body).toContain(`${metric('critical')} 0`);
    expect(body).toContain(`${metric('warning')} 1`);
  });

  const publish = async (nodeId: string, parameters: object) => {
    const { status } = await service.call('PUT', '/v1/endpoints', {
      ...{ kind: 'commerce', workflowId: 'wf', workflowName: 'Alarms', nodeId, nodeName: 'On Alarm' },
      ...{
        path: `webhook/${nodeId}/journey`,
        connection: 'shop',
        topics: [],
        parameters: { shop: 'custom', ...parameters },
      },
    });
    expect(status).toBe(200);
  };
  const waiting = async (nodeId: string): Promise<CommerceItem[]> =>
    (await loadDeliveries(service.store, `wf/${nodeId}`, 10, NOW)).deliveries.map(({ item }) => item);

  it('goes to the Commerce Triggers that have chosen it, not to those that get all events of their shop', async () => {
    await publish('chosen', { output: 'chosen', eventTypes: ['custom:complaint_alarm'] });
    await publish('named', { output: 'chosen', eventTypes: [], customTypes: 'complaint_alarm' });
    await publish('all', {});
    await publish('others', { output: 'chosen', eventTypes: ['completed_purchase'] });
    await sent(999);
    await sent(1, { complained: true });
    await check();
    await check();
    const [item, ...more] = await waiting('chosen');
    expect(more).toEqual([]);
    expect(item).toEqual({
      customer: null,
      event: {
        ...{ id: expect.stringMatching(/^alm_/), type: 'custom:complaint_alarm', source: 'alarms', identity: {} },
        occurredAt: new Date(NOW).toISOString(),
        properties: expect.objectContaining({ level: 'warning', rate: 0.001, channel: 'email', complaints: 1 }),
      },
    });
    expect(await waiting('named')).toHaveLength(1);
    expect(await waiting('all')).toEqual([]);
    expect(await waiting('others')).toEqual([]);
  });

  it('is made up for the manual test of a trigger that listens for it', async () => {
    const types = new Set(['custom:complaint_alarm']);
    const subscription = { kind: 'custom', connection: 'shop', types, includesTests: false } as const;
    expect(await sampleCommerceItem(service.store.db, subscription, 'shop', NOW)).toMatchObject({
      customer: null,
      event: { type: 'custom:complaint_alarm', properties: { level: 'warning', complaints: 3, messages: 2000 } },
    });
  });

  it('is raised by one of several processes that look at the same time', async () => {
    const other = service.openAgain();
    await sent(3, { complained: true });
    // Two connections to a SQLite file in one thread would wait for each other.
    const [one, two] =
      dialect === 'postgres'
        ? await Promise.all([check(), checkAlarms(other, 1, NOW)])
        : [await check(), await checkAlarms(other, 1, NOW)];
    expect([...one.raised, ...two.raised]).toHaveLength(2);
    expect(await levels()).toHaveLength(2);
  });

  it('is looked for again and again, and told to the log without a name in it', async () => {
    const told: unknown[] = [];
    let wakes = 0;
    const watch = startAlarmWatch({
      ...{ store: service.store, timeScale: 1, now: () => NOW, pollMs: 5 },
      deliveriesWritten: () => wakes++,
      log: {
        info: (facts, message) => told.push([facts, message]),
        warn: (facts, message) => told.push([facts, message]),
      },
    });
    await sent(3, { complained: true });
    await until('the alarm', () => wakes > 0);
    await sent(5000);
    await until('its end', () => told.length >= 4);
    await watch.stop();
    expect(wakes).toBe(1);
    expect(told).toHaveLength(4);
    expect(JSON.stringify(told)).not.toContain('cus_');
  });
});
