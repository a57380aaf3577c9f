/** Twilio: signature over address and form, statuses, and messages that come back. */
import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { twilio } from '../../../../temporal/domain/providerEvents/twilio.ts';
import { contentOf, hookRequest, NOW } from './request.ts';

const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString();

describe('the signature of Twilio', () => {
  // The example of https://www.twilio.com/docs/usage/webhooks/webhooks-security and of Twilio's own libraries
  // (https://github.com/twilio/twilio-python/blob/main/tests/unit/test_request_validator.py): token 12345.
  const URL_ = 'https://mycompany.com/myapp.php?foo=1&bar=2';
  const FIELDS = {
    CallSid: 'CA1234567890ABCDE',
    Digits: '1234',
    From: '+14158675309',
    To: '+18005551212',
    Caller: '+14158675309',
  };
  const SIGNATURE = 'RSOYDt4T1cUTdK1PDd93/VVr8B8=';
  const proved = ({ url = URL_, fields = FIELDS, signature = SIGNATURE, token = '12345' } = {}) =>
    twilio.isProved(hookRequest(form(fields), { 'x-twilio-signature': signature }, url), ['old', token], NOW, '');

  it('is that of the published example', () => {
    expect(proved()).toBe(true);
  });

  it.each([
    ['another query', { url: 'https://mycompany.com/myapp.php?foo=1&bar=3' }],
    ['http', { url: 'http://mycompany.com/myapp.php?foo=1&bar=2' }],
    ['another field', { fields: { ...FIELDS, Digits: '1235' } }],
    ['one field more', { fields: { ...FIELDS, More: '1' } }],
    ['another token', { token: '12346' }],
    ['no token', { token: '' }],
    ['another signature', { signature: 'RSOYDt4T1cUTdK1PDd93/VVr8B9=' }],
  ])('is not proved by %s', (_what, change) => {
    expect(proved(change)).toBe(false);
  });

  it('is found with and without the port, and with fields of the same name', () => {
    const sign = (url: string, parameters: string) =>
      createHmac('sha1', 't')
        .update(url + parameters)
        .digest('base64');
    const check = (signedUrl: string, url: string) =>
      twilio.isProved(
        hookRequest('b=2&a=1&b=1&b=2&c=%2B%20x', { 'x-twilio-signature': sign(signedUrl, 'a1b1b2c+ x') }, url),
        ['t'],
        NOW,
        '',
      );
    expect(check('https://j.example.com:443/h', 'https://j.example.com/h')).toBe(true);
    expect(check('https://j.example.com/h', 'https://j.example.com:443/h')).toBe(true);
    expect(check('https://j.example.com:8443/h', 'https://j.example.com:8443/h')).toBe(true);
    expect(check('https://j.example.com/h', 'https://j.example.com:8443/h')).toBe(false);
  });

  it('covers a JSON body by its digest in the address', () => {
    const body = '{"property": "value", "boolean": true}';
    const digest = createHash('sha256').update(body).digest('hex');
    // The digest that Twilio's libraries have for this body.
    expect(digest).toBe('0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620');
    const url = `${URL_}&bodySHA256=${digest}`;
    const check = (text: string) =>
      twilio.isProved(
        hookRequest(text, { 'x-twilio-signature': 'a9nBmqA0ju/hNViExpshrM61xv4=' }, url),
        ['12345'],
        NOW,
        '',
      );
    expect(check(body)).toBe(true);
    expect(check(`${body} `)).toBe(false);
  });
});

describe('what Twilio tells', () => {
  const read = (fields: Record<string, string>, url = 'https://journeys.example.com/hooks/twilio/x?send_id=snd_1') =>
    contentOf(twilio.read(hookRequest(form(fields), {}, url), NOW));
  // https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
  const status = (MessageStatus: string, more: Record<string, string> = {}) =>
    read({
      MessageSid: 'SM1',
      SmsStatus: MessageStatus,
      MessageStatus,
      To: '+436601234567',
      From: '+436607654321',
      AccountSid: 'AC1',
      ...more,
    }).events;

  it('names the send by the query of the callback', () => {
    expect(status('delivered')).toEqual([
      {
        kind: 'delivered',
        id: 'SM1/delivered',
        at: NOW,
        sendId: 'snd_1',
        providerMessageId: 'SM1',
        channel: 'sms',
        address: '+436601234567',
        reason: null,
      },
    ]);
    expect(status('read', { To: 'whatsapp:+436601234567' })).toMatchObject([{ kind: 'opened', channel: 'whatsapp' }]);
  });

  it.each([
    ['accepted', undefined, []],
    ['queued', undefined, []],
    ['sending', undefined, []],
    ['sent', undefined, [{ kind: 'sent' }]],
    ['canceled', undefined, [{ kind: 'failed' }]],
    ['undelivered', undefined, [{ kind: 'bounced', bounceType: 'soft' }]],
    // https://www.twilio.com/docs/api/errors
    ['undelivered', '30003', [{ kind: 'bounced', bounceType: 'soft', reason: 'Twilio error 30003' }]],
    ['undelivered', '30005', [{ kind: 'bounced', bounceType: 'hard' }]],
    ['undelivered', '30006', [{ kind: 'bounced', bounceType: 'hard' }]],
    ['undelivered', '30007', [{ kind: 'failed' }]],
    ['failed', '30002', [{ kind: 'failed' }]],
    ['failed', '30008', [{ kind: 'bounced', bounceType: 'soft' }]],
    ['failed', '99999', [{ kind: 'failed' }]],
    [
      'failed',
      '21610',
      [
        { kind: 'failed', id: 'SM1/failed' },
        { kind: 'unsubscribed', id: 'SM1/failed/unsubscribed' },
      ],
    ],
  ])('of the status %s %s', (name, code, expected) => {
    const events = status(name, code === undefined ? {} : { ErrorCode: code });
    expect(events).toMatchObject(expected);
    expect(events).toHaveLength(expected.length);
  });

  it('brings messages of customers, with what Advanced Opt-Out has understood', () => {
    // https://www.twilio.com/docs/messaging/guides/webhook-request
    const inbound = {
      MessageSid: 'SM2',
      SmsStatus: 'received',
      From: '+436601234567',
      To: '+436607654321',
      NumMedia: '0',
    };
    expect(read({ ...inbound, Body: 'Stop' }).messages).toEqual([
      { id: 'SM2', channel: 'sms', from: '+436601234567', text: 'Stop', at: NOW },
    ]);
    expect(read({ ...inbound, Body: 'NOMORE', OptOutType: 'STOP' }).messages).toMatchObject([{ keyword: 'stop' }]);
    expect(read({ ...inbound, From: 'whatsapp:+436601234567', Body: 'Hi' }).messages).toMatchObject([
      { channel: 'whatsapp', from: '+436601234567' },
    ]);
    expect(read({ ...inbound, From: 'SHOP', Body: 'Hi' })).toMatchObject({ events: [], messages: [] });
  });

  it('refuses what is no form of Twilio', () => {
    expect(twilio.read(hookRequest('{"a":1}'), NOW).problem?.path).toBe('/MessageSid');
    expect(twilio.read(hookRequest(Buffer.from([0xff, 0xfe])), NOW).problem?.message).toMatch(/UTF-8/);
    expect(twilio.read(hookRequest('MessageSid=S&Body=%00'), NOW).problem?.message).toMatch(/NUL/);
  });
});
