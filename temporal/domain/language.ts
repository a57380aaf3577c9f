/** In which language a customer is spoken to: their own, else the browser's, else English. */

export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

const isLanguage = (tag: string): tag is Language => (LANGUAGES as readonly string[]).includes(tag);

/** `de`, `de-AT` and `DE_at` are German; null for languages that we do not speak. */
function known(tag: unknown): Language | null {
  if (typeof tag !== 'string') return null;
  const [primary = ''] = tag.trim().toLowerCase().split(/[-_]/, 1);
  return isLanguage(primary) ? primary : null;
}

/**
 * @param property the customer's `language`
 * @param acceptLanguage header as in RFC 9110 12.5.4, such as `de-AT, en;q=0.7`
 */
export function languageFor(property: unknown, acceptLanguage = ''): Language {
  const own = known(property);
  if (own !== null) return own;
  const ranked = acceptLanguage
    .slice(0, 500)
    .split(',')
    .map((entry) => {
      const [tag = '', ...parameters] = entry.split(';');
      const quality = parameters.map((parameter) => /^\s*q=([\d.]+)\s*$/i.exec(parameter)?.[1]).find(Boolean);
      return { language: known(tag), quality: quality === undefined ? 1 : Number(quality) };
    })
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality);
  return ranked.find(({ language }) => language !== null)?.language ?? 'en';
}

const normal = (tag: string): string => tag.trim().toLowerCase().replaceAll('_', '-');

/**
 * The nearest of several languages (the look-up of RFC 4647, 3.4): `de-AT` is served by `de-AT`, else by `de`; `de` not by `de-AT`.
 *
 * @returns one of `tags` as it is written there; null when none fits
 */
export function bestLanguage(tags: readonly string[], wanted: string | null): string | null {
  if (wanted === null) return null;
  const byTag = new Map(tags.map((tag) => [normal(tag), tag]));
  const subtags = normal(wanted).split('-');
  for (let length = subtags.length; length > 0; length--) {
    const found = byTag.get(subtags.slice(0, length).join('-'));
    if (found !== undefined) return found;
  }
  return null;
}
