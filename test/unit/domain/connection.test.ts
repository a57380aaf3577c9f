/** Which secrets of a connection are accepted while they are rotated, and what an origin is. */
import { describe, expect, it } from 'vitest';
import { acceptedSecrets, changeSecrets, readOrigin, type Secrets } from '../../../temporal/domain/connection.ts';

const DAY = 24 * 3600_000;
const first = changeSecrets(null, { secret: 'a', previousSecrets: undefined }, 0);
const put = (before: Secrets, secret?: string, previousSecrets?: string[], now = DAY) =>
  changeSecrets(before, { secret, previousSecrets }, now);

describe('secrets', () => {
  it('accepts a replaced secret for seven days', () => {
    const second = put(first, 'b');
    expect(acceptedSecrets(second, DAY)).toEqual(['b', 'a']);
    expect(acceptedSecrets(second, 8 * DAY - 1)).toEqual(['b', 'a']);
    expect(acceptedSecrets(second, 8 * DAY)).toEqual(['b']);
    expect(second.changedAt).toBe(DAY);
  });

  it('accepts only what previousSecrets names, without end', () => {
    expect(acceptedSecrets(put(first, 'b', []), DAY)).toEqual(['b']);
    expect(acceptedSecrets(put(first, 'b', ['x', 'a']), 1000 * DAY)).toEqual(['b', 'x', 'a']);
    expect(acceptedSecrets(put(put(first, 'b'), undefined, []), DAY)).toEqual(['b']);
  });

  it('changes nothing with the same secret again, and forgets what has ended', () => {
    const second = put(first, 'b');
    expect(put(second, 'b', undefined, 2 * DAY)).toEqual(second);
    expect(put(second, undefined, undefined, 9 * DAY)).toEqual({ current: 'b', changedAt: DAY, previous: [] });
  });

  it('keeps several that follow each other, each for its own time, and each once', () => {
    const third = put(put(first, 'b', undefined, DAY), 'c', undefined, 2 * DAY);
    expect(third.previous).toEqual([
      { secret: 'b', until: 9 * DAY },
      { secret: 'a', until: 8 * DAY },
    ]);
    expect(acceptedSecrets(put(third, 'a', undefined, 3 * DAY), 3 * DAY)).toEqual(['a', 'c', 'b']);
  });
});

describe('origins', () => {
  it.each([
    ['https://shop.example.com', 'https://shop.example.com'],
    ['https://Shop.Example.com/', 'https://shop.example.com'],
    ['http://localhost:8080', 'http://localhost:8080'],
    ['https://shop.example.com:443', 'https://shop.example.com'],
    ['https://shop.example.com/page', null],
    ['https://user@shop.example.com', null],
    ['shop.example.com', null],
    ['*', null],
    ['javascript:alert(1)', null],
    ['https://', null],
  ])('reads %s as %s', (text, origin) => {
    expect(readOrigin(text)).toBe(origin);
  });
});
