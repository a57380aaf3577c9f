/** Numbers that a double cannot hold become text; everything else stays what it was. */
import { expect, it } from 'vitest';
import { hasLongNumber, isNestedBeyond, parseKeepingDigits } from '../../../temporal/domain/losslessJson.ts';

it.each([
  ['{"orderId":5234567890123456789}', { orderId: '5234567890123456789' }],
  ['{"ids":[ -9007199254740993 ,1]}', { ids: ['-9007199254740993', 1] }],
  ['{"id":9007199254740991}', { id: 9007199254740991 }],
  ['{"text":"5234567890123456789"}', { text: '5234567890123456789' }],
  ['{"value":0.30000000000000004,"big":1e30}', { value: 0.30000000000000004, big: 1e30 }],
])('reads %s', (text, expected) => {
  expect(parseKeepingDigits(text)).toEqual(expected);
});

it('looks closely only where there is a long number', () => {
  expect(hasLongNumber('{"orderId": 5234567890123456789}')).toBe(true);
  expect(hasLongNumber('{"orderId": "5234567890123456789", "quantity": 2}')).toBe(false);
});

it('is not led astray by what stands in strings', () => {
  expect(parseKeepingDigits('["\\"5234567890123456789",5234567890123456789]')).toEqual([
    '"5234567890123456789',
    '5234567890123456789',
  ]);
});

it('does not run out of stack', () => {
  const text = `${'['.repeat(1_000_000)}5234567890123456789${']'.repeat(1_000_000)}`;
  let value = parseKeepingDigits(text);
  while (Array.isArray(value)) [value] = value as unknown[];
  expect(value).toBe('5234567890123456789');
});

it.each([
  ['[[1],[2]]', 2, false],
  ['[[1],[2]]', 1, true],
  ['{"a":["[[\\"[[",1]}', 2, false],
  ['["\\\\",[1]]', 1, true],
  ['["no end [[', 1, false],
])('%s is nested beyond %i levels: %s', (text, levels, expected) => {
  expect(isNestedBeyond(text, levels)).toBe(expected);
});
