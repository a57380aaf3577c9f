/** Reading a provider's JSON, which may have any shape. */

/** A member of an object; undefined when there is none. */
export function member(value: unknown, ...path: string[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}

/** '' when it is no text. */
export function textMember(value: unknown, ...path: string[]): string {
  const found = member(value, ...path);
  return typeof found === 'string' ? found : '';
}

/** Codes come as numbers, and now and then as text; null when it is neither. */
export function codeMember(value: unknown, ...path: string[]): number | null {
  const found = member(value, ...path);
  const code = typeof found === 'string' && found.trim() !== '' ? Number(found) : found;
  return typeof code === 'number' && Number.isInteger(code) ? code : null;
}

/** [] when it is no list. */
export function listMember(value: unknown, ...path: string[]): unknown[] {
  const found = member(value, ...path);
  return Array.isArray(found) ? found : [];
}
