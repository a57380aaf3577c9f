/** Numbers that a double cannot hold become text; everything else stays what it was. */
import { expect, it } from 'vitest';
import { hasLongNumber, parseKeepingDigits } from '../../../temporal/domain/losslessJson.ts';

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
