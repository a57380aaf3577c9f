/** Hostile and unusual bytes: what is refused, and what is read as which value. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJson } from '../../../temporal/domain/jsonBytes.ts';
import { hasLongNumber } from '../../../temporal/domain/losslessJson.ts';

const read = (text: string | Uint8Array) => readJson(Buffer.from(text as string));

describe('readJson', () => {
  it.each([
    [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'is no valid UTF-8'],
    // The first half of "é", an overlong "/", and a surrogate: RFC 3629 section 3 and 10.
    [Buffer.from([0x22, 0xc3, 0x22]), 'is no valid UTF-8'],
    [Buffer.from([0x22, 0xc0, 0xaf, 0x22]), 'is no valid UTF-8'],
    [Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'is no valid UTF-8'],
    ['', 'is empty: JSON is needed'],
    [' \n', 'is empty: JSON is needed'],
    ['{"id": 1', 'is no valid JSON'],
    ['{"id": 01}', 'is no valid JSON'],
    ['{"id": 12345678901234567890,}', 'is no valid JSON'],
  ])('refuses %j', (bytes, message) => {
    expect(read(bytes)).toEqual({ problem: { path: '', message } });
  });

  it('leaves a byte order mark out', () => {
    expect(read('\ufeff{"id":1}')).toEqual({ value: { id: 1 } });
  });

  it.each([
    ['[', '1', ']'],
    ['{"a":', '1', '}'],
    ['[1234567890123456789,', '1', ']'],
  ])('refuses 5 MB of %s without running out of stack', (open, inner, close) => {
    const times = Math.floor(5_000_000 / (open.length + 1));
    expect(read(open.repeat(times) + inner + close.repeat(times))).toEqual({
      problem: { path: '', message: 'is nested more than 100 levels deep' },
    });
  });

  it.each(['{"__proto__":{"isAdmin":true},"a":1}', '{"__pr\\u006fto__":{"isAdmin":true},"a":1}'])(
    'leaves the key of %s out',
    (text) => {
      const { value } = read(text) as { value: Record<string, unknown> };
      expect(Object.keys(value)).toEqual(['a']);
      expect(value['isAdmin']).toBeUndefined();
      expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined();
    },
  );

  it('keeps a "constructor" that is data, and leaves one out that reaches for the prototype', () => {
    expect(read('{"constructor":"Team","a":{"constructor":{"prototype":{"b":1}}}}')).toEqual({
      value: { constructor: 'Team', a: {} },
    });
  });

  it('takes the last of two equal keys', () => {
    expect(read('{"id":1,"id":2}')).toEqual({ value: { id: 2 } });
  });

  it.each([
    ['{"a":[{"b/c":"x\\u0000"}]}', '/a/0/b~1c'],
    ['{"a":{"\\u0000":1}}', '/a'],
  ])('names the path of the NUL in %s', (text, path) => {
    expect(read(text)).toEqual({ problem: { path, message: 'has a NUL character: leave it out' } });
  });

  it('takes a backslash before "u0000" for what it is', () => {
    expect(read('{"a":"C:\\\\u0000"}')).toEqual({ value: { a: 'C:\\u0000' } });
  });

  it('keeps digits of ids, and prices as numbers', () => {
    expect(read('{"id":820982911946154508,"price":19.99,"note":"no, 820982911946154508 , it is"}')).toEqual({
      value: { id: '820982911946154508', price: 19.99, note: 'no, 820982911946154508 , it is' },
    });
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        readJson(bytes);
      }),
    );
  });

  it('reads any JSON without long numbers as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        fc.pre(!hasLongNumber(text) && !/__proto__|constructor|\\u/.test(text));
        expect(read(text)).toEqual({ value: JSON.parse(text) as unknown });
      }),
    );
  });
});
