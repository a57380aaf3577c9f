/** Resend's webhooks: Svix's signature and events; the signature of Standard Webhooks beside it. */
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { resend } from '../../../../temporal/domain/providerEvents/resend.ts';
import { isStandardSigned } from '../../../../temporal/domain/providerEvents/standardWebhooks.ts';
import { contentOf, hookRequest, NOW } from './request.ts';

describe('the signature of Svix and Standard Webhooks', () => {
  // The published example: https://docs.svix.com/receiving/verifying-payloads/how , and the `sign` test of
  // https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/javascript/src/webhook.test.ts
  const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const ID = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
  const TIME = '1614265330';
  const BODY = '{"test": 2432232314}';
  const SIGNATURE = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
  const AT = Number(TIME) * 1000;
  const proved = ({ id = ID, time = TIME, signature = SIGNATURE, body = BODY, secret = SECRET, now = AT } = {}) =>
    (['svix', 'webhook'] as const).map((names) =>
      isStandardSigned(
        hookRequest(body, { [`${names}-id`]: id, [`${names}-timestamp`]: time, [`${names}-signature`]: signature }),
        names,
        ['whsec_b3RoZXI=', secret],
        now,
      ),
    );

  it('is that of the published example', () => {
    expect(proved()).toEqual([true, true]);
    expect(proved({ signature: `v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= ${SIGNATURE}` })).toEqual([true, true]);
  });

  it.each([
    ['another id', { id: 'msg_other' }],
    ['another time', { time: '1614265331' }],
    ['no time', { time: 'hello' }],
    ['another body', { body: `${BODY} ` }],
    ['another secret', { secret: 'whsec_c29tZXRoaW5nIGVsc2U=' }],
    ['another version', { signature: SIGNATURE.replace('v1', 'v2') }],
    ['a part of it', { signature: SIGNATURE.slice(0, 8) }],
    ['an old one', { now: AT + 301_000 }],
    ['one of the future', { now: AT - 301_000 }],
  ])('is not proved by %s', (_what, change) => {
    expect(proved(change)).toEqual([false, false]);
  });

  it('takes any text without the prefix', () => {
    const signature = `v1,${createHmac('sha256', 'plain').update(`${ID}.${TIME}.${BODY}`).digest('base64')}`;
    expect(proved({ secret: 'plain', signature })).toEqual([true, true]);
    expect(proved({ secret: '', signature: 'v1,' })).toEqual([false, false]);
  });
});

describe('events of Resend', () => {
  // Shapes of https://resend.com/docs/webhooks/event-types
  const data = {
    created_at: '2026-11-22T10:00:00.000Z',
    email_id: '56761188-7520-42d8-8898-ff6fc54ce618',
    from: 'Acme <onboarding@example.com>',
    to: ['Ada <ada@example.com>'],
    subject: 'Sending this example',
    tags: { send_id: 'snd_1' },
  };
  const eventsOf = (type: string, more: object = {}) =>
    contentOf(
      resend.read(
        hookRequest(
          { type, created_at: '2026-11-22T10:00:05.000Z', data: { ...data, ...more } },
          { 'svix-id': 'msg_1' },
        ),
        NOW,
      ),
    ).events;

  it('name the send by its tag', () => {
    expect(eventsOf('email.delivered')).toEqual([
      {
        kind: 'delivered',
        id: 'msg_1',
        at: Date.parse('2026-11-22T10:00:05Z'),
        sendId: 'snd_1',
        providerMessageId: '56761188-7520-42d8-8898-ff6fc54ce618',
        channel: 'email',
        address: 'ada@example.com',
      },
    ]);
    expect(eventsOf('email.sent', { tags: [{ name: 'send_id', value: 'snd_2' }] })).toMatchObject([
      { sendId: 'snd_2' },
    ]);
    expect(eventsOf('email.sent', { tags: null, to: ['ada@example.com'] })).toMatchObject([
      { sendId: null, address: 'ada@example.com' },
    ]);
  });

  it.each([
    ['email.sent', {}, [{ kind: 'sent' }]],
    ['email.opened', {}, [{ kind: 'opened' }]],
    [
      'email.clicked',
      { click: { link: 'https://shop.example.com', timestamp: '2026-11-22T10:00:01Z', ipAddress: '192.0.2.1' } },
      [{ kind: 'clicked', url: 'https://shop.example.com', at: Date.parse('2026-11-22T10:00:01Z') }],
    ],
    ['email.clicked', { click: { link: 'x', userAgent: 'curl/8.0' } }, [{ kind: 'clicked', machine: true }]],
    [
      'email.bounced',
      { bounce: { type: 'Permanent', subType: 'General', message: 'no such mailbox' } },
      [{ kind: 'bounced', bounceType: 'hard', reason: 'no such mailbox' }],
    ],
    [
      'email.bounced',
      { bounce: { type: 'Transient', subType: 'MailboxFull' } },
      [{ kind: 'bounced', bounceType: 'soft' }],
    ],
    ['email.bounced', { bounce: { type: 'Undetermined' } }, [{ kind: 'bounced', bounceType: 'soft' }]],
    ['email.bounced', { bounce: { message: 'hard bounce' } }, [{ kind: 'bounced', bounceType: 'hard' }]],
    ['email.suppressed', { suppressed: { message: 'on the list' } }, [{ kind: 'bounced', bounceType: 'hard' }]],
    ['email.complained', {}, [{ kind: 'complained' }]],
    [
      'email.failed',
      { failed: { reason: 'reached_daily_quota' } },
      [{ kind: 'failed', reason: 'reached_daily_quota' }],
    ],
    ['email.delivery_delayed', {}, []],
    ['domain.updated', {}, []],
  ])('of the type %s %j', (type, more, expected) => {
    const read = eventsOf(type, more);
    expect(read).toMatchObject(expected);
    expect(read).toHaveLength(expected.length);
  });

  it('of a contact that has unsubscribed', () => {
    const contact = (unsubscribed: boolean) =>
      contentOf(
        resend.read(
          hookRequest({ type: 'contact.updated', data: { id: 'c-1', email: 'ada@example.com', unsubscribed } }),
          NOW,
        ),
      ).events;
    expect(contact(true)).toMatchObject([{ kind: 'unsubscribed', address: 'ada@example.com', sendId: null }]);
    expect(contact(false)).toEqual([]);
  });

  it('takes signing secrets only', () => {
    expect(resend.secretProblem?.('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')).toBeNull();
    expect(resend.secretProblem?.('re_an_api_key')).toMatch(/whsec_/);
  });
});
