/** SendGrid's event webhook: signature and events. */
import { createSign, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sendgrid } from '../../../../temporal/domain/providerEvents/sendgrid.ts';
import { contentOf, hookRequest, NOW } from './request.ts';

const headers = (signature: string, time: string) => ({
  'x-twilio-email-event-webhook-signature': signature,
  'x-twilio-email-event-webhook-timestamp': time,
});

describe('the signature of SendGrid', () => {
  // The test vector of SendGrid's own library:
  // https://github.com/sendgrid/sendgrid-nodejs/blob/main/packages/eventwebhook/src/eventwebhook.spec.js
  const KEY =
    'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEDr2LjtURuePQzplybdC+u4CwrqDqBaWjcMMsTbhdbcwHBcepxo7yAQGhHPTnlvFYPAZFceEu/1FwCM/QmGUhA==';
  const SIGNATURE = 'MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH2j/0=';
  const TIME = '1588788367';
  const BODY = '{"category":"example_payload","event":"test_event","message_id":"message_id"}';
  const proved = (
    { body = BODY, signature = SIGNATURE, time = TIME, keys = [KEY] },
    now = Number(TIME) * 1000 + 1000,
  ) => sendgrid.isProved(hookRequest(body, headers(signature, time)), keys, now, '');

  it('is that of its published example', () => {
    expect(proved({})).toBe(true);
    expect(proved({ keys: ['-----BEGIN PUBLIC KEY-----\n' + KEY + '\n-----END PUBLIC KEY-----'] })).toBe(true);
    expect(proved({ keys: ['no key', KEY] })).toBe(true);
  });

  it.each([
    ['another body', { body: BODY.replace('example', 'exemple') }],
    ['another time', { time: '1588788368' }],
    ['no number for a time', { time: 'now' }],
    ['another signature', { signature: SIGNATURE.replace('2j/0=', '3j/0=') }],
    ['nonsense for a signature', { signature: '%%%' }],
    [
      'another key',
      {
        keys: [
          'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqTxd43gyp8IOEto2LdIfjRQrIbsd4SXZkLW6jDutdhXSJCWHw8REntlo7aNDthvj+y7GjUuFDb/R1NGe1OPzpA==',
        ],
      },
    ],
    ['no key', { keys: [] }],
    ['a key that is none', { keys: ['AAAA'] }],
  ])('is not proved by %s', (_what, change) => {
    expect(proved(change)).toBe(false);
  });

  it('is good for as long as SendGrid tries again', () => {
    const signedAt = Number(TIME) * 1000;
    expect(proved({}, signedAt + 24 * 3_600_000)).toBe(true);
    expect(proved({}, signedAt + 25 * 3_600_000)).toBe(false);
    expect(proved({}, signedAt - 6 * 60_000)).toBe(false);
  });

  it('takes keys of the elliptic curve only', () => {
    expect(sendgrid.secretProblem?.(KEY)).toBeNull();
    expect(sendgrid.secretProblem?.('SG.an-api-key')).toMatch(/verification key/);
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = rsa.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
    expect(sendgrid.secretProblem?.(pem)).toMatch(/verification key/);
    const signature = createSign('sha256')
      .update(TIME + BODY)
      .sign(rsa.privateKey, 'base64');
    expect(proved({ keys: [pem], signature })).toBe(false);
  });
});

describe('events of SendGrid', () => {
  // Shapes of https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
  const base = {
    email: 'ada@example.com',
    timestamp: 1795341600,
    'smtp-id': '<14c5d75ce93.dfd.64b469@ismtpd-555>',
    category: ['cart'],
    sg_event_id: 'sg_event_id',
    sg_message_id: '14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0',
    send_id: 'snd_1',
  };
  const eventsOf = (...events: object[]) => contentOf(sendgrid.read(hookRequest(events), NOW)).events;

  it('name the send, the message and the address', () => {
    expect(eventsOf({ ...base, event: 'delivered', response: '250 OK' })).toEqual([
      {
        kind: 'delivered',
        id: 'sg_event_id',
        at: 1795341600_000,
        sendId: 'snd_1',
        providerMessageId: '14c5d75ce93.dfd.64b469',
        channel: 'email',
        address: 'ada@example.com',
        url: null,
        reason: null,
      },
    ]);
    const [today] = eventsOf({ ...base, event: 'delivered', sg_message_id: 'Lli-03HcQ5.recvd-5f7d-1-60-29.0' });
    expect(today?.providerMessageId).toBe('Lli-03HcQ5');
  });

  it.each([
    ['processed', {}, [{ kind: 'sent' }]],
    ['deferred', { response: '400 try again later', attempt: '5' }, []],
    ['open', { sg_machine_open: false }, [{ kind: 'opened', machine: false }]],
    ['open', { sg_machine_open: true }, [{ kind: 'opened', machine: true }]],
    // Apple's Mail Privacy Protection names itself so, where SendGrid has not seen it.
    ['open', { useragent: 'Mozilla/5.0' }, [{ kind: 'opened', machine: true }]],
    [
      'click',
      { url: 'https://shop.example.com/a', useragent: 'Barracuda Sentinel (EE)' },
      [{ kind: 'clicked', machine: true }],
    ],
    ['click', { url: 'https://shop.example.com/a' }, [{ kind: 'clicked', url: 'https://shop.example.com/a' }]],
    [
      'bounce',
      { type: 'bounce', status: '5.1.1', reason: '550 5.1.1 unknown' },
      [{ kind: 'bounced', bounceType: 'hard', reason: '550 5.1.1 unknown' }],
    ],
    ['bounce', { type: 'blocked', status: '5.7.1' }, [{ kind: 'bounced', bounceType: 'soft' }]],
    ['bounce', { type: 'bounce', status: '4.2.2' }, [{ kind: 'bounced', bounceType: 'soft' }]],
    ['dropped', { reason: 'Bounced Address' }, [{ kind: 'bounced', bounceType: 'hard' }]],
    ['dropped', { reason: 'Invalid' }, [{ kind: 'bounced', bounceType: 'hard' }]],
    ['dropped', { reason: 'Spam Content (if Spam Checker app is enabled)' }, [{ kind: 'failed' }]],
    [
      'dropped',
      { reason: 'Unsubscribed Address' },
      [
        { kind: 'failed', id: 'sg_event_id' },
        { kind: 'unsubscribed', id: 'sg_event_id/unsubscribed' },
      ],
    ],
    ['dropped', { reason: 'Spam Reporting Address' }, [{ kind: 'failed' }, { kind: 'unsubscribed' }]],
    ['spamreport', {}, [{ kind: 'complained' }]],
    ['unsubscribe', {}, [{ kind: 'unsubscribed' }]],
    ['group_unsubscribe', { asm_group_id: 10 }, [{ kind: 'unsubscribed' }]],
    ['group_resubscribe', { asm_group_id: 10 }, []],
    ['account_status_change', {}, []],
  ])('of the type %s %j', (event, more, expected) => {
    const read = eventsOf({ ...base, event, ...more });
    expect(read).toMatchObject(expected);
    expect(read).toHaveLength(expected.length);
  });

  it('go on without the ones that are none', () => {
    const { events, rejected } = contentOf(sendgrid.read(hookRequest([1, { ...base, event: 'open' }, null]), NOW));
    expect(events).toHaveLength(1);
    expect(rejected.map(({ path }) => path)).toEqual(['/0', '/2']);
    expect(sendgrid.read(hookRequest({ event: 'open' }), NOW).problem?.message).toMatch(/list of events/);
    expect(sendgrid.read(hookRequest('<html>'), NOW).problem?.message).toMatch(/JSON/);
  });

  it('have an id also where SendGrid gives none', () => {
    const bare = { event: 'delivered', sg_message_id: 'm.recvd-1' };
    expect(eventsOf({ ...bare, timestamp: '1795341600' })[0]?.id).toBe('m/delivered/1795341600000');
    expect(eventsOf({ ...bare, timestamp: 'soon' })[0]?.at).toBe(NOW);
  });
});
