/**
 * An HTML template made ready once, for all customers: a whole document, its addresses tagged (linkTag.ts), and marks where the
 * preheader, the way out and the pixel go. What a template says itself is left as it is.
 */
import { QuoteType, Tokenizer } from 'htmlparser2';
import { addressTag, type AddressUse } from './linkTag.ts';
import { liquidTags, spliced, withoutLiquid, type Edit } from './liquidTags.ts';
import { mark } from './marks.ts';

/** @param isLiquid whether this part of the template stands for itself @returns Liquid */
export function preparedHtml(source: string, isLiquid: (part: string) => boolean): string {
  const tags = liquidTags(source);
  const read = readHtml(withoutLiquid(source, tags));
  const hasLiquid = ({ start, end }: Span) => tags.some((tag) => tag.start >= start && tag.end <= end);
  const edits: Edit[] = read.attributes.flatMap((attribute) => {
    const { start, end, isQuoted } = attribute;
    const value = source.slice(start, end);
    const use = useOf(attribute);
    const isDynamic = hasLiquid(attribute);
    const isAddress = use === 'link' || (use === 'shown' && isDynamic);
    const text = use !== null && isAddress && isLiquid(value) ? addressTag(use, value) : value;
    // Without quotes, a space in a customer's value would begin another attribute.
    if (!isQuoted && (isDynamic || text !== value)) return [{ start, end, text: `"${text}"` }];
    return text === value ? [] : [{ start, end, text }];
  });
  return spliced(
    source,
    [...edits, ...documentEdits(source, read)].sort((a, b) => a.start - b.start),
  );
}

interface Span {
  start: number;
  /** Exclusive. */
  end: number;
}

interface Attribute extends Span {
  tag: string;
  name: string;
  isQuoted: boolean;
}

interface ReadHtml {
  attributes: Attribute[];
  /** Positions: after `<head …>`, `<html …>`, `<body …>`; before `</body>`, `</html>`. The first of each that begins, the last that ends. */
  after: Partial<Record<string, number>>;
  before: Partial<Record<string, number>>;
}

const STRUCTURE = new Set(['html', 'head', 'body']);
const ADDRESSES = new Set(['href', 'src', 'action', 'formaction', 'background', 'xlink:href']);

/** Buttons for Outlook are drawn by VML elements, which are links too. */
const isLink = (tag: string) => tag === 'a' || tag === 'area' || tag.startsWith('v:');

function useOf({ tag, name }: Attribute): AddressUse | null {
  if (!ADDRESSES.has(name)) return null;
  return name === 'href' && isLink(tag) ? 'link' : 'shown';
}

function readHtml(html: string, offset = 0, read: ReadHtml = { attributes: [], after: {}, before: {} }): ReadHtml {
  let tag = '';
  let name = '';
  let value: Span | null = null;
  const tokenizer = new Tokenizer(
    { decodeEntities: false },
    {
      onopentagname: (start, end) => {
        tag = html.slice(start, end).toLowerCase();
      },
      onopentagend: (at) => {
        if (STRUCTURE.has(tag)) read.after[tag] ??= offset + at + 1;
      },
      onclosetag: (start, end) => {
        const closed = html.slice(start, end).toLowerCase();
        if (STRUCTURE.has(closed)) read.before[closed] = offset + html.lastIndexOf('<', start);
      },
      onattribname: (start, end) => {
        name = html.slice(start, end).toLowerCase();
        value = null;
      },
      onattribdata: (start, end) => {
        value = { start: offset + (value === null ? start : value.start - offset), end: offset + end };
      },
      onattribend: (quote) => {
        const isQuoted = quote === QuoteType.Double || quote === QuoteType.Single;
        if (value !== null) read.attributes.push({ ...value, tag, name, isQuoted });
      },
      oncomment: (start, end, endOffset) => {
        // Of conditional comments, Outlook reads what is in them.
        const text = html.slice(start, end - endOffset);
        const [condition] = /^\[if [^\]]*\]>/.exec(text) ?? [];
        const finish = text.lastIndexOf('<![endif]');
        if (condition === undefined || finish < condition.length) return;
        const inside: ReadHtml = { attributes: read.attributes, after: {}, before: {} };
        readHtml(text.slice(condition.length, finish), offset + start + condition.length, inside);
      },
      ...NOTHING,
    },
  );
  tokenizer.write(html);
  tokenizer.end();
  return read;
}

const ignored = () => {};
const NOTHING = {
  onattribentity: ignored,
  oncdata: ignored,
  ondeclaration: ignored,
  onend: ignored,
  onprocessinginstruction: ignored,
  onselfclosingtag: ignored,
  ontext: ignored,
  ontextentity: ignored,
};

/** What makes a fragment a document, and our marks. Everything on the first line: the template's own lines keep their numbers. */
function documentEdits(source: string, { after, before }: ReadHtml): Edit[] {
  const insert = (at: number, text: string): Edit => ({ start: at, end: at, text });
  const end = before['body'] ?? before['html'] ?? source.length;
  if ([after['html'], after['body'], before['body'], before['html']].some((at) => at !== undefined)) {
    const [head = after['html']] = [after['head']];
    const scheme = colourScheme(source, false);
    const start = after['body'] ?? after['head'] ?? after['html'] ?? 0;
    return [
      ...(head === undefined || scheme === '' ? [] : [insert(head, after['head'] ? scheme : `<head>${scheme}</head>`)]),
      ...(after['body'] === undefined ? [] : [insert(start, mark('start'))]),
      insert(end, mark('end')),
    ];
  }
  const head = `${STANDARD_HEAD}${colourScheme(source, true)}<title>${mark('title')}</title>`;
  return [
    insert(0, `<!doctype html><html ${mark('language')}><head>${head}</head><body>${mark('start')}`),
    insert(source.length, `${mark('end')}</body></html>`),
  ];
}

const STANDARD_HEAD = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">';
const BOTH_SCHEMES =
  '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">';

/**
 * Mail programs with a dark mode take these for "I look well in both": that is so where a template has rules for the dark one
 * (Apple Mail heeds them only then), or no colours at all. Said of black text, it would stand on a black background.
 */
function colourScheme(source: string, isFragment: boolean): string {
  if (/color-scheme/i.test(source.replace(/prefers-color-scheme/gi, ''))) return '';
  if (/prefers-color-scheme/i.test(source)) return BOTH_SCHEMES;
  return isFragment && !/\b(?:bg)?color\b|\bbackground\b|<style|<font/i.test(source) ? BOTH_SCHEMES : '';
}
