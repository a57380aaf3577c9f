/** What typed text can mean, and how names are compared. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  firstMatch,
  foldName,
  nameKeys,
  rangeOf,
  searchTerms,
  type SearchField,
} from '../../../temporal/domain/customerSearch.ts';

const termsOf = (text: string) => Object.fromEntries(searchTerms(text).map(({ field, prefix }) => [field, prefix]));

describe('names in a search', () => {
  it.each([
    ['  Jürgen   MÜLLER ', 'jurgen muller'],
    ['Ærøskøbing Groß', 'aeroskobing gross'],
    ['Łukasz Żółć', 'lukasz zolc'],
    ['İpek Işık', 'ipek isik'],
    ['Nguyễn', 'nguyen'],
    ["O'Connor-Day", "o'connor-day"],
    ['山田 太郎', '山田 太郎'],
    ['a\u0000b\tc', 'a b c'],
  ])('folds %j', (name, folded) => {
    expect(foldName(name)).toBe(folded);
  });

  it('is the same with marks apart from their letters, and folded again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), (text) => {
        const folded = foldName(text);
        expect(foldName(text.normalize('NFD'))).toBe(folded);
        expect(foldName(folded)).toBe(folded);
      }),
    );
  });

  it('fits into an index, whatever is given', () => {
    // PostgreSQL's limit for an index entry is 2,704 bytes; U+FDFA is 18 letters when taken apart.
    const { name_key, surname_key } = nameKeys({ firstName: '\uFDFA'.repeat(5000), lastName: '😀'.repeat(5000) });
    for (const key of [name_key, surname_key]) expect(Buffer.byteLength(key ?? '')).toBeLessThan(2000);
    expect(surname_key?.isWellFormed()).toBe(true);
  });

  it.each([
    [{ firstName: 'Ada', lastName: 'Lovelace' }, 'ada lovelace', 'lovelace ada'],
    [{ firstName: 'Ada' }, 'ada', null],
    [{ lastName: 'Lovelace', firstName: ' ' }, 'lovelace', null],
    [{ firstName: 7, lastName: { a: 1 } }, null, null],
    [{}, null, null],
  ])('of %j', (properties, name_key, surname_key) => {
    expect(nameKeys(properties)).toEqual({ name_key, surname_key });
  });
});

describe('what typed text can mean', () => {
  it.each([
    ['+43 660 123', '+43660123'],
    ['43660', '+43660'],
    [' 43660', '+43660'],
    ['0043 (660) 12-3', '+43660123'],
    ['ada', undefined],
    ['+', undefined],
  ])('phone %j', (text, phone) => {
    expect(termsOf(text)['phone']).toBe(phone);
  });

  it('an e-mail address in its stored form, with a plus sign that the query has lost', () => {
    expect(termsOf('Ada news@Ex')).toMatchObject({ email: 'ada+news@ex', externalId: 'Ada news@Ex' });
  });

  it('our own id, only when it is one', () => {
    expect(termsOf('cus_1')).toMatchObject({ id: 'cus_1' });
    expect(termsOf('customer')).not.toHaveProperty('id');
  });

  it('no name where nothing is left of it', () => {
    expect(termsOf('\u0301\u0301')).not.toHaveProperty('name');
  });
});

describe('where a customer is listed', () => {
  const listed = (text: string, values: Partial<Record<SearchField, string[]>>) =>
    firstMatch(searchTerms(text), (field) => values[field] ?? []);

  it('at the first field that fits, of several values at the first', () => {
    const values = { email: ['ada2@example.com', 'ada1@example.com'], name: ['ada lovelace'] };
    expect(listed('ada', values)).toEqual({ field: 'email', value: 'ada1@example.com' });
    expect(listed('Ada L', values)).toEqual({ field: 'name', value: 'ada lovelace' });
    expect(listed('bob', values)).toBeNull();
  });

  it('by the whole of an id only', () => {
    expect(listed('cus_12', { id: ['cus_12'] })).toEqual({ field: 'id', value: 'cus_12' });
    expect(listed('cus_1', { id: ['cus_12'] })).toBeNull();
  });

  it('has in its range exactly the texts with the prefix, in the order of bytes', () => {
    const text = fc.string({ unit: 'binary', maxLength: 12 });
    fc.assert(
      fc.property(text, text, fc.boolean(), (prefix, other, isJoined) => {
        const value = isJoined ? prefix + other : other;
        fc.pre([prefix, value].every((one) => one.isWellFormed() && !one.includes('\u{10FFFF}')));
        const { from, below } = rangeOf(prefix);
        const bytes = Buffer.from(value);
        const isInRange = bytes.compare(Buffer.from(from)) >= 0 && bytes.compare(Buffer.from(below)) < 0;
        expect(isInRange).toBe(value.startsWith(prefix));
      }),
    );
  });
});
