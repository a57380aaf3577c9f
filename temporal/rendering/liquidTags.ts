/** Where Liquid stands in a document of another language, so that this can be read without taking Liquid for a part of it. */

export interface LiquidTag {
  start: number;
  /** Exclusive. */
  end: number;
}

const NOT_RENDERED = /^\{%-?\s*(raw|comment)\b/;

/** @param source valid Liquid. What stands in `raw` and `comment` belongs to the tag. */
export function liquidTags(source: string): LiquidTag[] {
  const tags: LiquidTag[] = [];
  let at = 0;
  for (;;) {
    const start = nextTag(source, at);
    if (start === -1) return tags;
    const closing = source[start + 1] === '{' ? '}}' : '%}';
    const close = source.indexOf(closing, start + 2);
    if (close === -1) return tags;
    let end = close + 2;
    const [, block] = NOT_RENDERED.exec(source.slice(start, end)) ?? [];
    if (block !== undefined) {
      const finish = new RegExp(String.raw`\{%-?\s*end${block}\s*-?%\}`, 'g');
      finish.lastIndex = end;
      if (finish.exec(source)) end = finish.lastIndex;
    }
    tags.push({ start, end });
    at = end;
  }
}

function nextTag(source: string, from: number): number {
  for (let at = source.indexOf('{', from); at !== -1; at = source.indexOf('{', at + 1)) {
    if (source[at + 1] === '{' || source[at + 1] === '%') return at;
  }
  return -1;
}

/** The document with letters in place of Liquid: every position stays what it was. */
export function withoutLiquid(source: string, tags: readonly LiquidTag[]): string {
  return spliced(
    source,
    tags.map(({ start, end }) => ({ start, end, text: 'x'.repeat(end - start) })),
  );
}

export interface Edit extends LiquidTag {
  text: string;
}

/** @param edits in order, not overlapping */
export function spliced(source: string, edits: readonly Edit[]): string {
  let result = '';
  let at = 0;
  for (const { start, end, text } of edits) {
    result += source.slice(at, start) + text;
    at = end;
  }
  return result + source.slice(at);
}
