/** What may be written as a policy, and what is said of the rest. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY, WEEKDAYS } from '../../../../temporal/domain/gate/policy.ts';
import { readPolicyDocument } from '../../../../temporal/domain/gate/policyDocument.ts';

const problemsOf = (document: unknown) => readPolicyDocument(document).problems ?? [];
const quiet = (rule: object) => ({ quietHours: { sms: { from: '21:00', to: '08:00', ...rule } } });
const cap = (rule: object) => ({ caps: [{ channels: ['email'], count: 1, window: 'P1D', ...rule }] });

describe('a policy document', () => {
  it('is whole with its defaults, which can be written back', () => {
    expect(readPolicyDocument({})).toEqual({ policy: DEFAULT_POLICY, problems: null });
    expect(readPolicyDocument(JSON.parse(JSON.stringify(DEFAULT_POLICY)))).toEqual({
      policy: DEFAULT_POLICY,
      problems: null,
    });
  });

  it('can switch every rule off', () => {
    const off = {
      gaps: { email: null, sms: null, push: null, whatsapp: null },
      caps: [],
      quietHours: { email: null, sms: null, push: null, whatsapp: null },
      ...{ promoPause: null, abandonmentSms: null, disengaged: null },
    };
    expect(readPolicyDocument(off).policy).toEqual({
      ...DEFAULT_POLICY,
      ...off,
      gaps: { ...off.gaps, onGap: 'skip' },
    });
  });

  it.each<[object, string, RegExp]>([
    [{ cap: [] }, '/cap', /^is not known: one of gaps, caps/],
    [{ gaps: null }, '/gaps', /^has to be an object with email/],
    [{ gaps: { fax: 'P1D' } }, '/gaps/fax', /^is not known/],
    [{ gaps: { email: '16 hours' } }, '/gaps/email', /^has to be an ISO 8601 duration.*PT16H/],
    [{ gaps: { email: 'P1M' } }, '/gaps/email', /duration/],
    [{ gaps: { email: 'PT0S' } }, '/gaps/email', /duration/],
    [{ gaps: { email: 16 } }, '/gaps/email', /duration/],
    [{ gaps: { onGap: 'wait' } }, '/gaps/onGap', /^has to be one of skip, defer$/],
    [{ caps: {} }, '/caps', /^has to be a list$/],
    [{ caps: null }, '/caps', /^has to be a list$/],
    [{ caps: [{}] }, '/caps/0/channels', /^is missing$/],
    [cap({ channels: [] }), '/caps/0/channels', /^is empty$/],
    [cap({ channels: ['email', 'email'] }), '/caps/0/channels/1', /^is in the list twice$/],
    [cap({ channels: ['fax'] }), '/caps/0/channels/0', /^has to be one of email, sms, whatsapp, push$/],
    [cap({ count: 0 }), '/caps/0/count', /^has to be a whole number from 1/],
    [cap({ count: 1.5 }), '/caps/0/count', /whole number/],
    [cap({ count: '1' }), '/caps/0/count', /whole number/],
    [cap({ days: 'working' }), '/caps/0/days', /^has to be one of rolling, calendar$/],
    [cap({ days: 'calendar', window: 'PT36H' }), '/caps/0/window', /^has to be whole days/],
    [cap({ every: 1 }), '/caps/0/every', /^is not known: one of channels, count, window, days$/],
    [{ caps: Array.from({ length: 51 }, () => ({})) }, '/caps', /^has more than 50 entries$/],
    [quiet({ from: '9:00' }), '/quietHours/sms/from', /^has to be a time of day such as 21:00$/],
    [quiet({ to: '24:00' }), '/quietHours/sms/to', /time of day/],
    [quiet({ to: '21:00' }), '/quietHours/sms/to', /^is the same as from/],
    [quiet({ to: undefined }), '/quietHours/sms/to', /^is missing$/],
    [quiet({ days: ['SUNDAY'] }), '/quietHours/sms/days/0', /^has to be one of MON/],
    [quiet({ days: [...WEEKDAYS] }), '/quietHours/sms/days', /^leaves no day/],
    [quiet({ action: 'hold' }), '/quietHours/sms/action', /^has to be one of skip, defer$/],
    [quiet({ countries: [] }), '/quietHours/sms/countries', /^has to be an object by country/],
    [quiet({ countries: { fr: { from: '22:00', to: '08:00' } } }), '/quietHours/sms/countries/fr', /^is no country/],
    [
      quiet({ countries: { 'X/X': { from: '22:00', to: '08:00' } } }),
      '/quietHours/sms/countries/X~1X',
      /^is no country/,
    ],
    [quiet({ countries: { FR: null } }), '/quietHours/sms/countries/FR', /^has to be an object/],
    [quiet({ countries: { FR: { from: '22:00', to: '22:00' } } }), '/quietHours/sms/countries/FR/to', /^is the same/],
    [
      quiet({ countries: { FR: { from: '22:00', to: '08:00', action: 'skip' } } }),
      '/quietHours/sms/countries/FR/action',
      /^is not known/,
    ],
    [{ promoPause: { after: 'newsletter', window: 'P3D' } }, '/promoPause/after', /^has to be one of paid_social$/],
    [{ promoPause: {} }, '/promoPause/window', /^is missing$/],
    [{ abandonmentSms: { perEvent: 0, window: 'P2D' } }, '/abandonmentSms/perEvent', /whole number/],
    [
      { disengaged: { noOpenOrClick: 'P180D', minimumMessages: -1, noOrder: 'P1Y' } },
      '/disengaged/minimumMessages',
      /whole number/,
    ],
    [{ holdoutPercent: '10' }, '/holdoutPercent', /^has to be a number from 0 to 100$/],
    [{ holdoutPercent: -1 }, '/holdoutPercent', /number/],
    [{ holdoutPercent: null }, '/holdoutPercent', /number/],
    [{ killSwitch: 'on' }, '/killSwitch', /^has to be true or false$/],
    [{ shopTimezone: 'Vienna' }, '/shopTimezone', /^has to be the name of a time zone/],
    [{ shopTimezone: 'local' }, '/shopTimezone', /time zone/],
  ])('%j: %s', (document, path, message) => {
    expect(problemsOf(document)).toContainEqual({ path, message: expect.stringMatching(message) });
  });

  it('tells all that is wrong at once', () => {
    expect(problemsOf({ killSwitch: 1, holdoutPercent: 200, gaps: { email: 1, sms: 2 } })).toHaveLength(4);
  });

  it('is read whatever comes, and what was read reads the same again', () => {
    const anything = fc.anything({ maxDepth: 3 });
    const named = fc.record(
      Object.fromEntries(Object.keys(DEFAULT_POLICY).map((name) => [name, fc.anything({ maxDepth: 4 })])),
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(anything, named), (document) => {
        const { policy, problems } = readPolicyDocument(document);
        if (policy) expect(readPolicyDocument(JSON.parse(JSON.stringify(policy)))).toEqual({ policy, problems: null });
        else expect(problems?.length).toBeGreaterThan(0);
      }),
    );
  });
});
