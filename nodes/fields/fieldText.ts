/** The text in a field or an item: what an expression gives can be anything. */

/** Text, numbers and booleans as text; everything else, and nothing, is empty. */
export function fieldText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
