/** `/v1/scores/settings` on both stores: what is shown, written back, refused, noted; and what is due because of it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_SCORE_SETTINGS } from '../../temporal/domain/scoreSettings.ts';
import { DIALECTS } from './stores.ts';
import { NOW, TestService } from './service.ts';

describe.each(DIALECTS)('the settings of scores on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect);
  });
  afterAll(() => service.close());

  const read = async () => (await service.call('GET', '/v1/scores/settings')).body;
  const write = async (body: unknown) => await service.call('PUT', '/v1/scores/settings', body);
  const due = async () =>
    (await service.store.db.selectFrom('score_jobs').selectAll().orderBy('name').execute())
      .filter(({ due_at }) => due_at <= service.now)
      .map(({ name }) => name);
  const notes = async () =>
    (
      await service.store.db.selectFrom('audit').selectAll().where('action', '=', 'scoreSettings.changed').execute()
    ).map(({ actor, details_json }) => ({ actor, details: JSON.parse(details_json) as unknown }));

  it('are the published conventions before anything was written', async () => {
    // CONTRACT section 6 (predict) and the issue: quintiles, Pareto/NBD, 365 days, 0.1 a year.
    expect(await read()).toEqual({
      rfm: { thresholds: null },
      predictions: { model: 'pareto-nbd', horizonDays: 365, discountRate: 0.1, churnDays: 90 },
      nextProducts: {
        withinDays: 30,
        minimumBuyers: 20,
        minimumShare: 0.02,
        overstockWeight: 0,
        marginWeight: 0,
        overstockDays: 90,
        excluded: [],
      },
    });
  });

  it('take back what was read: nothing is noted, nothing is due', async () => {
    expect(await write(await read())).toMatchObject({ status: 200 });
    expect([await notes(), await due()]).toEqual([[], []]);
  });

  it('make due what goes by the part that has changed, also when it has just been done', async () => {
    const thresholds = {
      recencyDays: [7, 30, 90, 365],
      orders: [2, 3, 5, 10],
      moneyMinor: [5000, 10_000, 20_000, 50_000],
    };
    const changed = { ...DEFAULT_SCORE_SETTINGS, rfm: { thresholds } };
    expect(await write({ rfm: { thresholds } })).toMatchObject({ status: 200, body: changed });
    expect(await read()).toEqual(changed);
    expect(await due()).toEqual(['rfm']);
    expect(await notes()).toEqual([
      { actor: 'api', details: { rfm: { from: { thresholds: null }, to: { thresholds } } } },
    ]);
    await service.store.db
      .updateTable('score_jobs')
      .set({ due_at: NOW + 3600_000 })
      .execute();
    await write({ predictions: { churnDays: 60 }, nextProducts: { excluded: ['p1'] } });
    expect(await due()).toEqual(['nextProducts', 'predictions', 'rfm']);
  });

  it.each([
    [
      { rfm: { thresholds: { recencyDays: [7, 30, 90], orders: [2, 3, 5, 10], moneyMinor: [1, 2, 3, 4] } } },
      '/rfm/thresholds/recencyDays',
    ],
    [
      { rfm: { thresholds: { recencyDays: [7, 30, 90, 90], orders: [2, 3, 5, 10], moneyMinor: [1, 2, 3, 4] } } },
      '/rfm/thresholds/recencyDays',
    ],
    [
      { rfm: { thresholds: { recencyDays: [7, 30, 90, 365], orders: [0, 3, 5, 10], moneyMinor: [1, 2, 3, 4] } } },
      '/rfm/thresholds/orders',
    ],
    [{ rfm: { thresholds: { recencyDays: [7, 30, 90, 365], moneyMinor: [1, 2, 3, 4] } } }, '/rfm/thresholds/orders'],
    [{ predictions: { model: 'gut-feeling' } }, '/predictions/model'],
    [{ predictions: { horizonDays: 0 } }, '/predictions/horizonDays'],
    [{ predictions: { discountRate: '0.1' } }, '/predictions/discountRate'],
    [{ nextProducts: { minimumShare: 1.01 } }, '/nextProducts/minimumShare'],
    [{ nextProducts: { excluded: ['a', 'a'] } }, '/nextProducts/excluded/1'],
    [{ clv: {} }, '/clv'],
    [[], ''],
  ])('refuse %j and name what is wrong', async (body, path) => {
    const before = await read();
    expect(await write(body)).toMatchObject({ status: 400, body: { errors: [{ path }] } });
    expect(await read()).toEqual(before);
  });
});
