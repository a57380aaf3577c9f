/**
 * Liquid in MJML, kept safe while that is compiled. MJML drops text between its elements, where `{% for %}` stands, and reads values
 * of attributes: each Liquid tag is a word meanwhile, and between elements one in `mj-raw`, which is passed on as it is.
 */
import { Parser } from 'htmlparser2';
import { unescapeHtml } from '../domain/htmlText.ts';
import { liquidTags, spliced, type Edit } from './liquidTags.ts';

interface ProtectedMjml {
  mjml: string;
  /** Taken out of `mj-preview`: Liquid, as text. */
  preheader: string;
  /** With the Liquid back in its place. */
  restored: (text: string) => string;
  /** What the compiler finds wrong is only that a colour is not known yet. */
  isFine: (error: string) => boolean;
  /** A line of `mjml` as the operator counts. */
  lineOf: (line: number) => number;
}

/** Elements with elements in them, and `mj-raw` among these (mjml-preset-core, "dependencies"). */
const CONTAINERS = new Set([
  'mjml',
  'mj-head',
  'mj-body',
  'mj-wrapper',
  'mj-section',
  'mj-group',
  'mj-column',
  'mj-hero',
  'mj-navbar',
  'mj-social',
  'mj-accordion',
  'mj-accordion-element',
]);
/** The same without. */
const CLOSED_CONTAINERS = new Set(['mj-attributes', 'mj-carousel', 'mj-html-attributes', 'mj-selector']);

const wordOf = (index: number) => `liquid${index}tag`;
const WORDS = /liquid(\d+)tag/g;

export function protectedMjml(source: string): ProtectedMjml | { problem: string } {
  const tags = liquidTags(source);
  const texts = tags.map(({ start, end }) => source.slice(start, end));
  const guarded = spliced(
    source,
    tags.map(({ start, end }, index) => ({ start, end, text: wordOf(index) })),
  );
  const restored = (text: string) => text.replace(WORDS, (word, index: string) => texts[Number(index)] ?? word);
  const lineOf = lineCounter(guarded, texts);
  const read = readMjml(guarded);
  if (read.problem !== null) {
    const { at, message } = read.problem;
    return { problem: message(lineOf(lineAt(guarded, at))) };
  }
  const { before, after } = read;
  return {
    mjml: spliced(guarded, read.edits),
    preheader: restored(unescapeHtml(read.preview)),
    restored: (text) => restored(`${before}${text}${after}`),
    isFine: (error) => /has invalid value: .*liquid\d+tag.* for type Color/.test(error),
    lineOf,
  };
}

interface ReadMjml {
  edits: Edit[];
  /** Liquid outside of head and body. */
  before: string;
  after: string;
  preview: string;
  problem: { at: number; message: (line: number) => string } | null;
}

function readMjml(mjml: string): ReadMjml {
  const read: ReadMjml = { edits: [], before: '', after: '', preview: '', problem: null };
  const open: string[] = [];
  let hasBody = false;
  let previewStart = 0;
  const refuse = (at: number, message: (line: number) => string) => {
    read.problem ??= { at, message };
  };
  const between = (text: string, start: number) => {
    const inside = open.at(-1);
    if (inside !== undefined && CLOSED_CONTAINERS.has(inside)) {
      if (hasWord(text))
        refuse(start, (line) => `has Liquid between the elements of ${inside} (line ${line}), where MJML takes none`);
      return;
    }
    if (!open.every((name) => CONTAINERS.has(name))) return;
    for (const { 0: word, index } of text.matchAll(WORDS)) {
      const at = { start: start + index, end: start + index + word.length };
      if (inside === undefined || inside === 'mjml') {
        if (hasBody) read.after += word;
        else read.before += word;
        read.edits.push({ ...at, text: '' });
      } else {
        read.edits.push({ ...at, text: `<mj-raw>${word}</mj-raw>` });
      }
    }
  };
  const parser = new Parser(
    {
      onopentag: (name) => {
        if (name === 'mj-include') {
          refuse(
            parser.startIndex,
            (line) => `includes another file (line ${line}), which is not possible. Put its text here`,
          );
        }
        if (name === 'mj-body') hasBody = true;
        if (name === 'mj-preview') previewStart = parser.endIndex + 1;
        open.push(name);
      },
      onclosetag: (name, isImplied) => {
        if (name === 'mj-preview' && !isImplied) {
          const { startIndex: end } = parser;
          read.preview = mjml.slice(previewStart, end).trim();
          read.edits.push({ start: previewStart, end, text: '' });
        }
        open.pop();
      },
      ontext: (text) => {
        between(text, parser.startIndex);
      },
    },
    // As MJML reads it.
    { recognizeCDATA: true, decodeEntities: false, recognizeSelfClosing: true, lowerCaseAttributeNames: false },
  );
  parser.write(mjml);
  parser.end();
  return read;
}

const hasWord = (text: string) => /liquid\d+tag/.test(text);

const lineAt = (text: string, at: number) => text.slice(0, at).split('\n').length;

/** Liquid of several lines has become a word on one. */
function lineCounter(guarded: string, texts: readonly string[]) {
  const extra: { line: number; lines: number }[] = [];
  let line = 1;
  for (const part of guarded.split(/(\n|liquid\d+tag)/)) {
    if (part === '\n') line++;
    const [, index] = /^liquid(\d+)tag$/.exec(part) ?? [];
    const lines = index === undefined ? 0 : (texts[Number(index)] ?? '').split('\n').length - 1;
    if (lines > 0) extra.push({ line, lines });
  }
  return (wanted: number) => wanted + extra.reduce((sum, one) => (one.line < wanted ? sum + one.lines : sum), 0);
}
