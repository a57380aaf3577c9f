/**
 * Turns an operator's message into a customer's: Liquid over the n8n item. Values are escaped in HTML and nowhere else; a
 * variable that is not there is an error, never a gap in somebody's inbox; templates reach no file and have limits.
 */
import { compile } from 'html-to-text';
import { Liquid, type Template } from 'liquidjs';
import { currencyExponent } from './domain/money.ts';

export interface MessageSource {
  subject: string;
  /** '' when there is only text. */
  html: string;
  /** '' to make it from the HTML. */
  text: string;
  /** The n8n item. */
  data: Readonly<Record<string, unknown>>;
}

export interface RenderedMessage {
  subject: string;
  html: string;
  text: string;
}

export type MessagePart = 'subject' | 'html' | 'text';

/** What is wrong with the template for this item, in the operator's words. */
export class RenderProblem extends Error {
  readonly part: MessagePart;
  constructor(part: MessagePart, message: string) {
    super(message);
    this.name = 'RenderProblem';
    this.part = part;
  }
}

/** Characters of a template; a message of 102 kB is cut by Gmail already. */
const PARSE_LIMIT = 500_000;
/** ms for one part. Usual ones take less than one. */
const RENDER_LIMIT_MS = 1000;
/** LiquidJS counts characters and array elements. */
const MEMORY_LIMIT = 10_000_000;
/** Templates of a journey are the same for all customers. */
const CACHED_TEMPLATES = 200;

const limits = { parseLimit: PARSE_LIMIT, renderLimit: RENDER_LIMIT_MS, memoryLimit: MEMORY_LIMIT };
const common = {
  ...limits,
  strictVariables: true,
  strictFilters: true,
  // `{% if x %}` and `| default:` are how a template says that something may be missing.
  lenientIf: true,
  ownPropertyOnly: true,
  // Includes are looked up here instead of on disk: there are none.
  templates: {},
  timezoneOffset: 0,
};

const htmlEngine = withFilters(new Liquid({ ...common, outputEscape: 'escape' }));
const textEngine = withFilters(new Liquid(common));
const engines: Record<MessagePart, Liquid> = { subject: textEngine, html: htmlEngine, text: textEngine };
const parsed = new Map<string, Template[]>();

const toText = compile({
  wordwrap: false,
  selectors: [
    { selector: 'img', format: 'skip' },
    { selector: 'a', options: { hideLinkHrefIfSameAsText: true } },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
  ],
});

/** @throws RenderProblem */
export function renderMessage({ subject, html, text, data }: MessageSource): RenderedMessage {
  if (html.trim() === '' && text.trim() === '') {
    throw new RenderProblem('html', 'is empty, and so is the text. Write one of the two');
  }
  const renderedHtml = html.trim() === '' ? '' : render('html', html, data);
  const renderedText = text.trim() === '' ? toText(renderedHtml).trim() : render('text', text, data);
  // Header fields are one line: a line break in a value must not begin another header.
  const renderedSubject = render('subject', subject, data)
    .replace(/[\s\u0085\u2028\u2029\p{Cc}]+/gu, ' ')
    .trim();
  if (renderedSubject === '') throw new RenderProblem('subject', 'is empty for this customer');
  return { subject: renderedSubject, html: renderedHtml, text: renderedText };
}

function render(part: MessagePart, source: string, data: MessageSource['data']): string {
  try {
    return String(engines[part].renderSync(templateOf(part, source), data));
  } catch (error) {
    throw new RenderProblem(part, inWords(error as Error));
  }
}

function templateOf(part: MessagePart, source: string): Template[] {
  const key = `${part === 'html' ? 'html' : 'text'}\0${source}`;
  let template = parsed.get(key);
  if (template) {
    parsed.delete(key);
  } else {
    template = engines[part].parse(source);
    const oldest = parsed.size >= CACHED_TEMPLATES ? parsed.keys().next().value : undefined;
    if (oldest !== undefined) parsed.delete(oldest);
  }
  parsed.set(key, template);
  return template;
}

/** What went wrong, where, and the way out. */
function inWords(error: Error): string {
  const place = / ?,? ?line:(\d+), col:(\d+)/.exec(error.message);
  const where = place ? ` (line ${place[1]})` : '';
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
  const format = { style: 'currency', currency: String(currency), minimumFractionDigits: digits } as const;
  return new Intl.NumberFormat(String(locale), format).format(amount / 10 ** digits);
}
