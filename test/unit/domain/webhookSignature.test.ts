/** Who a delivery comes from: the documented signatures of each sender, and everything that only looks like one. */
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  hasWriteKey,
  isOneOf,
  isSignedByProgram,
  isSignedBySegment,
  isSignedByShop,
  signatureOfProgram,
} from '../../../temporal/domain/webhookSignature.ts';

const bytes = (text: string) => Buffer.from(text);
const basic = (user: string) => `Basic ${Buffer.from(user).toString('base64')}`;

describe('a shop', () => {
  // As in https://shopify.dev/docs/apps/build/webhooks/verify-deliveries: base64 of HMAC-SHA256 over the raw body.
  const sign = (body: string, secret: string) => createHmac('sha256', secret).update(body).digest('base64');

  it('is believed with any of its secrets', () => {
    const body = '{"id":1,"note":"café €"}';
    for (const secret of ['new', 'old']) {
      expect(isSignedByShop(bytes(body), sign(body, secret), ['new', 'old'])).toBe(true);
    }
    expect(isSignedByShop(bytes(body), sign(body, 'older'), ['new', 'old'])).toBe(false);
    expect(isSignedByShop(bytes(body), sign(body, ''), [''])).toBe(false);
    expect(isSignedByShop(bytes(body), '', ['new'])).toBe(false);
  });

  it('is not believed when a byte of body or signature differs', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (raw, at, by) => {
          const body = Buffer.from(raw);
          const signature = sign(body.toString('latin1'), 's');
          const signed = createHmac('sha256', 's').update(body).digest('base64');
          const changed = Buffer.from(body);
          changed[at % body.length] = (changed[at % body.length] ?? 0) ^ by;
          const forged = [...signed];
          forged[at % forged.length] = forged[at % forged.length] === 'A' ? 'B' : 'A';
          expect(isSignedByShop(body, signed, ['s'])).toBe(true);
          expect(isSignedByShop(changed, signed, ['s'])).toBe(false);
          expect(isSignedByShop(body, forged.join(''), ['s'])).toBe(false);
          // Of the characters instead of the bytes: right only where they are the same.
          expect(isSignedByShop(body, signature, ['s'])).toBe(body.every((byte) => byte < 128));
        },
      ),
    );
  });
});

describe('Segment', () => {
  it('is believed with its write key as Basic user', () => {
    expect(hasWriteKey(basic('key:'), ['key'])).toBe(true);
    expect(hasWriteKey(basic('key'), ['other', 'key'])).toBe(true);
    expect(hasWriteKey(`basic   ${Buffer.from('key:').toString('base64')}`, ['key'])).toBe(true);
    for (const header of [basic('wrong:'), basic(':key'), basic(''), 'Basic', 'Bearer key', '', 'Basic ???']) {
      expect(hasWriteKey(header, ['key']), header).toBe(false);
    }
  });

  it('is believed with hex HMAC-SHA1 of the body', () => {
    const body = bytes('{"type":"track"}');
    const signature = createHmac('sha1', 'shared').update(body).digest('hex');
    expect(isSignedBySegment(body, signature, ['shared'])).toBe(true);
    expect(isSignedBySegment(body, signature.toUpperCase(), ['shared'])).toBe(true);
    expect(isSignedBySegment(bytes('{"type":"track"} '), signature, ['shared'])).toBe(false);
  });
});

it('compares secrets that are sent as they are', () => {
  expect(isOneOf('b', ['a', 'b'])).toBe(true);
  expect(isOneOf('c', ['a', 'b'])).toBe(false);
  expect(isOneOf('', ['a', ''])).toBe(false);
});

describe('an own program', () => {
  const NOW = Date.parse('2026-11-22T12:00:00Z');
  const body = bytes('{"id":"e1"}');
  const header = (secret = 's', seconds = NOW / 1000) =>
    `t=${seconds},v1=${signatureOfProgram(body, String(seconds), secret)}`;
  const isBelieved = (text: string, secrets = ['s']) => isSignedByProgram(body, text, secrets, NOW);

  it('signs time and body', () => {
    const expected = createHmac('sha256', 's')
      .update(`${NOW / 1000}.{"id":"e1"}`)
      .digest('hex');
    expect(header()).toBe(`t=${NOW / 1000},v1=${expected}`);
    expect(isBelieved(header())).toBe(true);
    expect(isBelieved(`${header('x')}, v1=${expected}`)).toBe(true);
    expect(isBelieved(header('old'), ['s', 'old'])).toBe(true);
    expect(isBelieved(header('x'))).toBe(false);
  });

  it('is believed for five minutes around the clock', () => {
    const at = (offset: number) => isBelieved(header('s', NOW / 1000 + offset));
    expect([-301, -300, 0, 300, 301].map(at)).toEqual([false, true, true, true, false]);
  });

  it.each([
    ['no time', header().replace(/t=\d+,/, '')],
    ['two times', `t=${NOW / 1000},${header()}`],
    ['a time that was not signed', header().replace(/t=\d+/, `t=${NOW / 1000 + 1}`)],
    ['a time that is none', header().replace(/t=\d+/, 't=now')],
    ['no signature', `t=${NOW / 1000}`],
    ['an empty one', `t=${NOW / 1000},v1=`],
    ['nothing', ''],
    ['commas', ',,,=,=='],
  ])('is not believed with %s', (_name, text) => {
    expect(isBelieved(text)).toBe(false);
  });

  it('answers whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.array(fc.string()), (text, secrets) => {
        for (const answer of [
          isSignedByProgram(body, text, secrets, NOW),
          isSignedByShop(body, text, secrets),
          isSignedBySegment(body, text, secrets),
          hasWriteKey(text, secrets),
        ]) {
          expect(typeof answer).toBe('boolean');
        }
      }),
    );
  });
});
