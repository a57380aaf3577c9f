/** OneSignal's event streams, and the events of an own service. */
import { describe, expect, it } from 'vitest';
import { oneSignal } from '../../../../temporal/domain/providerEvents/oneSignal.ts';
import { MAX_TOLD, webhook } from '../../../../temporal/domain/providerEvents/webhook.ts';
import { contentOf, hookRequest, NOW } from './request.ts';

describe('OneSignal', () => {
  it('proves itself by its header', () => {
    const proved = (authorization: string) =>
      oneSignal.isProved(hookRequest({}, { authorization }), ['old', 'secret'], NOW, '');
    expect(proved('Bearer secret')).toBe(true);
    expect(proved('bearer secret')).toBe(true);
    expect(proved('Bearer other')).toBe(false);
    expect(proved('secret')).toBe(false);
    expect(proved('')).toBe(false);
  });

  // https://documentation.onesignal.com/docs/event-streams-data
  const eventsOf = (kind: string) =>
    contentOf(
      oneSignal.read(
        hookRequest({
          event: { id: 'e-1', kind, datetime: '2026-11-22T10:00:00.000Z', subscription_id: 's-1' },
          message: { id: 'n-1' },
        }),
        NOW,
      ),
    ).events;

  it.each([
    ['message.push.sent', [{ kind: 'sent', channel: 'push' }]],
    ['message.push.received', [{ kind: 'delivered' }]],
    ['message.push.clicked', [{ kind: 'clicked', providerMessageId: 'n-1', at: Date.parse('2026-11-22T10:00:00Z') }]],
    ['message.push.failed', [{ kind: 'failed' }]],
    ['message.push.unsubscribed', [{ kind: 'unsubscribed' }]],
    ['message.email.hardbounced', [{ kind: 'bounced', bounceType: 'hard', channel: 'email' }]],
    ['message.email.resporedasspam', [{ kind: 'complained' }]],
    ['message.sms.undelivered', [{ kind: 'bounced', bounceType: 'soft', channel: 'sms' }]],
    ['message.iam.displayed', []],
    ['user.created', []],
  ])('tells of %s', (kind, expected) => {
    expect(eventsOf(kind)).toMatchObject(expected);
    expect(eventsOf(kind)).toHaveLength(expected.length);
  });

  it('has to say the kind', () => {
    expect(oneSignal.read(hookRequest({ event: {} }), NOW).problem?.path).toBe('/event/kind');
  });
});

describe('an own service', () => {
  const read = (...events: unknown[]) => contentOf(webhook.read(hookRequest({ events }), NOW));

  it('tells in our own words', () => {
    const event = {
      id: 'e-1',
      kind: 'clicked',
      sendId: 'snd_1',
      at: '2026-11-22T10:00:00Z',
      url: 'https://shop.example.com',
    };
    expect(read(event)).toMatchObject({
      events: [{ id: 'e-1', kind: 'clicked', sendId: 'snd_1', at: Date.parse('2026-11-22T10:00:00Z'), machine: false }],
      rejected: [],
    });
    expect(
      read({ id: 7, kind: 'bounced', bounceType: 'hard', channel: 'sms', address: '+436601234567' }).events,
    ).toMatchObject([{ id: '7', at: NOW, channel: 'sms' }]);
  });

  it.each([
    [1, ''],
    [{}, '/id'],
    [{ id: 'x' }, '/kind'],
    [{ id: 'x', kind: 'melted' }, '/kind'],
    [{ id: 'x', kind: 'sent' }, '/sendId'],
    [{ id: 'x', kind: 'sent', address: 'a@example.com' }, '/sendId'],
    [{ id: 'x', kind: 'sent', sendId: 's', at: 'yesterday' }, '/at'],
    [{ id: 'x', kind: 'bounced', sendId: 's', bounceType: 'firm' }, '/bounceType'],
    [{ id: 'x', kind: 'sent', sendId: 's', channel: 'fax' }, '/channel'],
  ])('is told what is wrong with %j', (event, path) => {
    const { events, rejected } = read({ id: 'ok', kind: 'sent', sendId: 's' }, event);
    expect(events).toHaveLength(1);
    expect(rejected.map((one) => one.path)).toEqual([`/events/1${path}`]);
  });

  it('sends a list that is not endless', () => {
    expect(webhook.read(hookRequest({ events: 'x' }), NOW).problem?.path).toBe('/events');
    const many = Array.from({ length: MAX_TOLD + 1 }, () => ({}));
    expect(webhook.read(hookRequest({ events: many }), NOW).problem?.message).toMatch(/at most 1000/);
  });
});
