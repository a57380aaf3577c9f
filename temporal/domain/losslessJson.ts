/** JSON of shops, whose ids can be numbers of 19 digits: what a double cannot hold becomes text, with every digit (CONTRACT section 3). */

/** A whole number of 16 digits or more outside of quotes, as far as one can tell without parsing. */
const LONG_NUMBER = /[:[,\s]-?\d{16,}\s*[,\]}]/;
const WHOLE = /^-?\d+$/;
/** Strings, so that digits within them stay what they are, and numbers. */
const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g;

/** Worth a second, slower reading? */
export const hasLongNumber = (text: string): boolean => LONG_NUMBER.test(text);

/**
 * Works on the text and not with a reviver: one would go down as deep as the text is nested, and the stack is not.
 * Amounts such as 19.99 stay numbers.
 *
 * @throws SyntaxError
 */
export function parseKeepingDigits(text: string): unknown {
  // What is no JSON must not become some.
  JSON.parse(text);
  return JSON.parse(
    text.replace(STRING_OR_NUMBER, (token) => (token[0] !== '"' && isLost(token) ? `"${token}"` : token)),
  );
}

const isLost = (token: string): boolean => WHOLE.test(token) && !Number.isSafeInteger(Number(token));

/**
 * Looks at the text alone: millions of brackets would already cost a second to parse.
 *
 * @returns whether lists and objects stand in each other more than `levels` deep
 */
export function isNestedBeyond(text: string, levels: number): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"') at = endOfString(text, at);
    else if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
    if (depth > levels) return true;
  }
  return false;
}

/** @returns where the string that begins at `from` has its closing quote; the end of the text when it has none */
function endOfString(text: string, from: number): number {
  for (let end = text.indexOf('"', from + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}
