/** `/v1/policy` on both stores: what is shown, written back, refused, noted. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../temporal/domain/gate/policy.ts';
import { DIALECTS } from './stores.ts';
import { TestService } from './service.ts';
import { setPolicy } from './travellers.ts';

describe.each(DIALECTS)('the policy on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect);
  });
  afterAll(() => service.close());

  const read = async () => (await service.call('GET', '/v1/policy')).body;
  const notes = async () =>
    (await service.store.db.selectFrom('audit').selectAll().where('action', '=', 'policy.changed').execute()).map(
      ({ customer_id, actor, details_json }) => ({ customer_id, actor, details: JSON.parse(details_json) as unknown }),
    );

  it('shows its defaults before anything was written', async () => {
    // CONTRACT section 3, "The policy", its shopTimezone, and the rule for open tickets (TEMPLATES, post-purchase).
    expect(await read()).toEqual({
      gaps: { email: 'PT16H', sms: 'PT24H', push: 'PT24H', whatsapp: 'PT24H', onGap: 'skip' },
      caps: [
        { channels: ['email'], count: 5, window: 'P7D', days: 'rolling' },
        { channels: ['sms'], count: 2, window: 'P7D', days: 'rolling' },
      ],
      quietHours: {
        email: null,
        push: null,
        whatsapp: { from: '21:00', to: '08:00', action: 'defer' },
        sms: {
          from: '21:00',
          to: '08:00',
          action: 'defer',
          countries: { FR: { from: '22:00', to: '08:00', days: ['SUN'] } },
        },
      },
      openTicket: { window: 'P14D' },
      promoPause: { after: 'paid_social', window: 'P3D' },
      abandonmentSms: { perEvent: 1, window: 'PT48H' },
      disengaged: { noOpenOrClick: 'P180D', minimumMessages: 5, noOrder: 'P365D' },
      holdoutPercent: 0,
      killSwitch: false,
      shopTimezone: 'UTC',
    });
  });

  it('takes back what was read, and notes nothing for it', async () => {
    expect(await service.call('PUT', '/v1/policy', await read())).toMatchObject({ status: 200 });
    expect(await notes()).toEqual([]);
  });

  it('is replaced whole: what is left out has its default', async () => {
    const caps = [{ channels: ['email', 'sms'], count: 2, window: 'P1D', days: 'calendar' }];
    await setPolicy(service, { caps, holdoutPercent: 0.5 });
    expect(await read()).toEqual({ ...DEFAULT_POLICY, caps, holdoutPercent: 0.5 });
    const { status, body } = await service.call('PUT', '/v1/policy', {
      gaps: { email: null },
      promoPause: null,
      quietHours: { sms: { from: '20:00', to: '09:30', days: ['SUN'] } },
      shopTimezone: 'Europe/Vienna',
    });
    const changed = {
      ...DEFAULT_POLICY,
      gaps: { ...DEFAULT_POLICY.gaps, email: null },
      promoPause: null,
      quietHours: {
        ...DEFAULT_POLICY.quietHours,
        sms: { from: '20:00', to: '09:30', days: ['SUN'], action: 'defer' },
      },
      shopTimezone: 'Europe/Vienna',
    };
    expect([status, body]).toEqual([200, changed]);
    expect(await read()).toEqual(changed);
    expect(await notes()).toMatchObject([
      { customer_id: null, actor: 'api', details: { holdoutPercent: { from: 0, to: 0.5 } } },
      { details: { shopTimezone: { from: 'UTC', to: 'Europe/Vienna' }, holdoutPercent: { from: 0.5, to: 0 } } },
    ]);
    await setPolicy(service, {});
    expect(await read()).toEqual(DEFAULT_POLICY);
  });

  it('of an earlier version has the defaults of the rules that came later', async () => {
    const { openTicket, ...earlier } = DEFAULT_POLICY;
    const policy_json = JSON.stringify({ ...earlier, holdoutPercent: 3 });
    await setPolicy(service, { holdoutPercent: 2 });
    await service.store.db.updateTable('policy').set({ policy_json }).execute();
    expect(await read()).toEqual({ ...earlier, openTicket, holdoutPercent: 3 });
    await setPolicy(service, {});
  });

  it('names each field that is wrong, and changes nothing', async () => {
    const { status, body } = await service.call('PUT', '/v1/policy', {
      gaps: { email: '16h', onGap: 'drop' },
      caps: [
        { channels: ['email'], count: 0 },
        { channels: ['fax'], count: 1, window: 'PT36H', days: 'calendar' },
      ],
      holdoutPercent: 101,
      killswitch: true,
    });
    expect(status).toBe(400);
    expect(body.errors.map(({ path }: { path: string }) => path)).toEqual([
      '/killswitch',
      '/gaps/email',
      '/gaps/onGap',
      '/caps/0/count',
      '/caps/0/window',
      '/caps/1/channels/0',
      '/holdoutPercent',
    ]);
    expect(await read()).toEqual(DEFAULT_POLICY);
    for (const body of [[], '"policy"', '4', 'null']) {
      expect(await service.call('PUT', '/v1/policy', body, { 'content-type': 'application/json' })).toMatchObject({
        status: 400,
        body: { errors: [{ path: '', message: expect.stringMatching(/^has to be an object with gaps, caps/) }] },
      });
    }
  });
});
