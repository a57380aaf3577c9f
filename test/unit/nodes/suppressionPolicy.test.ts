/** The policy, read and changed by the Suppression node. */
import type { IDataObject } from 'n8n-workflow';
import { beforeEach, describe, expect, it } from 'vitest';
import { besideService } from './besideService.ts';

const { service, n8n } = besideService();

beforeEach(() => {
  service.calls.length = 0;
});

const node = (parameters: IDataObject = {}) => ({ name: 'Check', type: 'suppression', id: 'check-node', parameters });

describe('the policy', () => {
  const policy = {
    gaps: { email: 'PT16H', sms: 'PT24H', push: 'PT24H', whatsapp: 'PT24H', onGap: 'skip' },
    caps: [{ channels: ['email'], count: 5, window: 'P7D', days: 'rolling' }],
    promoPause: { after: 'paid_social', window: 'P3D' },
    holdoutPercent: 0,
    killSwitch: false,
  };
  const update = (changes: IDataObject, items = [{ a: 1 }], more: { mode?: 'manual' } = {}) =>
    n8n.run({ node: node({ operation: 'updatePolicy', changes }), items, ...more });

  beforeEach(() => {
    service.policy = structuredClone(policy);
  });

  it('is read once for all items', async () => {
    const { outputs } = await n8n.run({ node: node({ operation: 'getPolicy' }), items: [{ a: 1 }, { a: 2 }] });
    expect(outputs.map((output) => output.map(({ json }) => json))).toEqual([
      [
        { a: 1, policy },
        { a: 2, policy },
      ],
    ]);
    expect(service.callsTo('/v1/policy')).toHaveLength(1);
  });

  it('is changed where something is filled in, and stays as it is elsewhere', async () => {
    const changes = {
      ...{ gapEmail: 8, gapSms: 0, onGap: 'defer', holdoutPercent: 5, killSwitch: true },
      ...{ rules: '{"promoPause":null,"caps":[],"gaps":{"push":"PT1H"}}', shopTimezone: 'Europe/Vienna' },
    };
    const { outputs } = await update(changes, [{ a: 1 }, { a: 2 }]);
    const expected = {
      gaps: { email: 'PT480M', sms: null, push: 'PT1H', whatsapp: 'PT24H', onGap: 'defer' },
      ...{ caps: [], promoPause: null, holdoutPercent: 5, killSwitch: true, shopTimezone: 'Europe/Vienna' },
    };
    expect(service.policy).toEqual(expected);
    expect(outputs[0]?.[1]?.json).toEqual({ a: 2, policy: expected });
    expect(service.calls.filter(({ method }) => method === 'PUT')).toHaveLength(1);
  });

  it('switches messages on again', async () => {
    service.policy = { ...policy, killSwitch: true };
    await update({ killSwitch: false });
    expect(service.policy).toEqual(policy);
  });

  it('says what is wrong with a change, and changes nothing', async () => {
    const { error } = await update({ rules: { holdoutPercent: 200 } });
    expect(error?.message).toContain('/holdoutPercent has to be a number from 0 to 100');
    expect(service.policy).toEqual(policy);
  });

  it.each([[{}], [{ rules: '{}' }]])('refuses nothing to do: %j', async (changes) => {
    expect((await update(changes)).error?.message).toBe('There is nothing to change');
  });

  it.each([['[1]'], ['{no'], ['null']])('refuses rules that are no object: %s', async (rules) => {
    expect((await update({ rules })).error?.message).toBe('The further rules are no JSON object');
  });

  it('is not changed by the test of a journey', async () => {
    const test = { run: { id: 'run_test', segment: 1 } } as unknown as { a: number };
    const { outputs } = await update({ killSwitch: true }, [test], { mode: 'manual' });
    expect(service.policy).toEqual(policy);
    expect(outputs[0]?.[0]?.json.policy).toEqual({ ...policy, killSwitch: true });
  });
});
