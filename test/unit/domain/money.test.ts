/** Minor units. Digits of each currency: ISO 4217 list one, https://www.six-group.com/en/products-services/financial-information/market-reference-data/data-standards.html */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { currencyExponent, readMinor, toMinor } from '../../../temporal/domain/money.ts';

describe('money', () => {
  it.each([
    // From ../shared/TRAPS.md, intake 5.
    ['20', 'VND', 20],
    ['2935.00', 'JPY', 2935],
    ['2.000', 'USD', 200],
    ['1.234', 'KWD', 1234],
    ['4.35', 'EUR', 435],
    // Binary fractions: 4.35 * 100 is 434.99999999999994.
    [4.35, 'EUR', 435],
    [0.1 + 0.2, 'USD', 30],
    [12.1 + 7.8, 'USD', 1990],
    [84, 'EUR', 8400],
    [' 84.5 ', 'EUR', 8450],
    ['84.', 'EUR', 8400],
    ['-5.00', 'EUR', -500],
    ['0.00', 'EUR', 0],
    ['-0.00', 'EUR', 0],
    // CLDR, which Intl uses, has 0 digits for these; ISO 4217 has not.
    ['1.50', 'IDR', 150],
    ['1.50', 'HUF', 150],
    ['1.234', 'IQD', 1234],
    ['90071992547409.91', 'EUR', Number.MAX_SAFE_INTEGER],
  ])('%j %s is %d', (value, currency, minor) => {
    expect(toMinor(value, currency)).toEqual({ minor });
  });

  it.each([
    ['84,00', 'EUR', 'point'],
    ['1,234.00', 'EUR', 'separators'],
    ['€5', 'EUR', 'decimal number'],
    ['1e3', 'EUR', 'decimal number'],
    ['', 'EUR', 'decimal number'],
    [Number.NaN, 'EUR', 'decimal number'],
    [true, 'EUR', 'decimal number'],
    ['1.005', 'EUR', 'EUR has 2'],
    ['0.5', 'JPY', 'JPY has 0'],
    ['90071992547409.92', 'EUR', 'larger'],
    ['1', 'EURO', 'known currency'],
  ])('%j %s is refused', (value, currency, reason) => {
    expect(toMinor(value, currency)).toEqual({ problem: expect.stringContaining(reason) });
  });

  it('gives back any amount of cents, as text and as number', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 1e12 }), (minor) => {
        const sign = minor < 0 ? '-' : '';
        const digits = String(Math.abs(minor)).padStart(3, '0');
        const text = `${sign}${digits.slice(0, -2)}.${digits.slice(-2)}`;
        expect(toMinor(text, 'EUR')).toEqual({ minor });
        expect(toMinor(Number(text), 'EUR')).toEqual({ minor });
      }),
    );
  });

  it('reads minor units that are whole', () => {
    expect(readMinor(8400)).toEqual({ minor: 8400 });
    expect(readMinor('8400')).toEqual({ minor: 8400 });
    expect(readMinor('84.00').problem).toContain('whole number');
    expect(readMinor(84.5).problem).toContain('whole number');
  });

  it('knows currencies', () => {
    expect(['USD', 'JPY', 'KWD', 'CLF', 'XXX1'].map(currencyExponent)).toEqual([2, 0, 3, 4, null]);
  });
});
