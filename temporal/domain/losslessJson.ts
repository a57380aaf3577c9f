/** JSON of shops, whose ids can be numbers of 19 digits: what a double cannot hold becomes text, with every digit (CONTRACT section 3). */

/** A whole number of 16 digits or more outside of quotes, as far as one can tell without parsing. */
const LONG_NUMBER = /[:[,\s]-?\d{16,}\s*[,\]}]/;
const WHOLE = /^-?\d+$/;

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;
const parseWithSource = JSON.parse as (text: string, reviver: Reviver) => unknown;

/** Worth a second, slower reading? */
export const hasLongNumber = (text: string): boolean => LONG_NUMBER.test(text);

/** @throws SyntaxError */
export function parseKeepingDigits(text: string): unknown {
  return parseWithSource(text, (_key, value, { source = '' }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && WHOLE.test(source) ? source : value,
  );
}
