/** Header fields are one line: a line break in a name or subject must not become a header of its own. */
export function singleLine(text: string): string {
  return text.replace(/[\r\n\u0085\u2028\u2029]+/g, ' ').trim();
}
