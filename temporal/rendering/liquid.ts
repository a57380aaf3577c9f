/**
 * Liquid over the n8n item. Values are escaped in HTML and nowhere else; a variable that is not there is an error, never a gap in
 * somebody's inbox; templates reach no file and have limits. Each template is parsed once.
 */
import { Liquid, type Template } from 'liquidjs';
import { currencyExponent } from '../domain/money.ts';
import { preparedHtml } from './htmlTemplate.ts';
import { addAddressTag, collectAddresses, RefusedAddress, type Address } from './linkTag.ts';
import { RenderProblem } from './renderProblem.ts';
import { TemplateCache } from './templateCache.ts';

/** What a message is rendered over: the item, and what the service adds. */
export type MessageData = Readonly<Record<string, unknown>>;

/** Characters of a template; a message of 102 kB is cut by Gmail already. */
const PARSE_LIMIT = 500_000;
/** Tags of a template: what LiquidJS takes to read one grows with the square of their number, and is 50 ms here. */
const MOST_TAGS = 5000;
/** ms for one part. Usual ones take less than one. */
const RENDER_LIMIT_MS = 1000;
/** LiquidJS counts characters and array elements. */
const MEMORY_LIMIT = 10_000_000;

const common = {
  parseLimit: PARSE_LIMIT,
  renderLimit: RENDER_LIMIT_MS,
  memoryLimit: MEMORY_LIMIT,
  strictVariables: true,
  strictFilters: true,
  // `{% if x %}` and `| default:` are how a template says that something may be missing.
  lenientIf: true,
  ownPropertyOnly: true,
  // Includes are looked up here instead of on disk: there are none.
  templates: {},
  timezoneOffset: 0,
};

const htmlEngine = addAddressTag(withFilters(new Liquid({ ...common, outputEscape: 'escape' })));
const textEngine = withFilters(new Liquid(common));
const htmlTemplates = new TemplateCache<Template[]>();
const textTemplates = new TemplateCache<Template[]>();

/** @param part for the problem @throws RenderProblem */
export function renderText(part: string, source: string, data: MessageData): string {
  return said(part, () => String(textEngine.renderSync(textTemplates.get(source, parsedText), data)));
}

/**
 * @param hasLines whether the lines of `source` are the operator's own
 * @returns a document with marks, and the addresses that they stand for @throws RenderProblem
 */
export function renderHtml(
  part: string,
  source: string,
  data: MessageData,
  hasLines = true,
): { html: string; addresses: Address[] } {
  const scope = { ...data };
  const addresses = collectAddresses(scope);
  const html = said(part, () => String(htmlEngine.renderSync(htmlTemplates.get(source, parsedHtml), scope)), hasLines);
  return { html, addresses };
}

function parsedText(source: string): Template[] {
  refuseMoreTags(source);
  return textEngine.parse(source);
}

function parsedHtml(source: string): Template[] {
  refuseMoreTags(source);
  // First as it is: what is wrong with it is said of what the operator has written.
  htmlEngine.parse(source);
  return htmlEngine.parse(preparedHtml(source, isLiquid), undefined);
}

/** In LiquidJS's words for its own limits. */
function refuseMoreTags(source: string): void {
  const tags = source.match(/\{[{%]/g)?.length ?? 0;
  if (tags > MOST_TAGS) throw new Error('parse tags limit exceeded');
}

function isLiquid(part: string): boolean {
  try {
    htmlEngine.parse(part);
    return true;
  } catch {
    return false;
  }
}

function said<T>(part: string, render: () => T, hasLines = true): T {
  try {
    return render();
  } catch (error) {
    const isStopped = /(render|memory)[a-z ]* limit exceeded/.test((error as Error).message);
    throw new RenderProblem(part, inWords(error as Error, hasLines), isStopped);
  }
}

/** What went wrong, where, and the way out. */
function inWords(error: Error, hasLines: boolean): string {
  const { originalError } = error as { originalError?: Error };
  if (originalError instanceof RefusedAddress) return originalError.message;
  const place = / ?,? ?line:(\d+), col:(\d+)/.exec(error.message);
  const where = place && hasLines ? ` (line ${place[1]})` : '';
  const what = error.message.replace(/,? ?(file:[^,]*, ?)?line:\d+, col:\d+.*$/s, '');
  const variable = /undefined variable: (\S+)/.exec(what)?.[1];
  if (variable) {
    return `uses ${variable}${where}, which this item does not have. Check the spelling, or give a fallback: {{ ${variable} | default: "…" }}`;
  }
  const filter = /undefined filter: (\S+)/.exec(what)?.[1];
  if (filter)
    return `uses the filter "${filter}"${where}, which does not exist. See https://liquidjs.com/filters/overview.html`;
  const limit = /(parse|render|memory)[a-z ]* limit exceeded/.exec(what)?.[1];
  if (limit)
    return `${limit === 'parse' ? 'is too long' : 'takes too much to render'}${where}. Check its loops and the size of what they run over`;
  if (/ENOENT|Failed to lookup/.test(what))
    return `includes another file${where}, which is not possible. Put its text here`;
  return `is not valid Liquid${where}: ${asSentence(what)}`;
}

const asSentence = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 300);

function withFilters(engine: Liquid): Liquid {
  engine.registerFilter('money', money);
  return engine;
}

/** `{{ item.priceMinor | money: "EUR" }}` → `€42.00`; minor units of ISO 4217, a locale as second argument. */
function money(minor: unknown, currency: unknown, locale: unknown = 'en'): string {
  const amount = Number(minor);
  const digits = typeof currency === 'string' ? currencyExponent(currency) : null;
  if (digits === null || minor === null || minor === '' || !Number.isFinite(amount)) {
    throw new Error('money needs an amount in minor units and a currency, e.g. {{ item.priceMinor | money: "EUR" }}');
  }
  return formatOf(String(locale), String(currency), digits).format(amount / 10 ** digits);
}

/** Making one takes longer than rendering a paragraph. */
const formats = new Map<string, Intl.NumberFormat>();
/** More than there are currencies and languages of one shop. */
const MOST_FORMATS = 500;

function formatOf(locale: string, currency: string, minimumFractionDigits: number): Intl.NumberFormat {
  const key = `${locale}/${currency}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(locale, { style: 'currency', currency, minimumFractionDigits });
    if (formats.size >= MOST_FORMATS) formats.clear();
    formats.set(key, format);
  }
  return format;
}
