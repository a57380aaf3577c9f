/** Lines and cells of real exports: separators, line ends, quotes that are not closed, text that is none. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linesOf, LONGEST_LINE } from '../../../temporal/import/fileLines.ts';
import type { FileRecord } from '../../../temporal/import/fileRecord.ts';
import { csvCell, delimiterOf, LineSource, nextCsvRecord } from '../../../temporal/import/records.ts';

async function recordsOf(
  content: string | Buffer,
  delimiter = ',',
  pieces = 1,
  encoding: 'utf-8' | 'windows-1252' = 'utf-8',
) {
  const bytes = Buffer.from(content as string);
  const size = Math.max(1, Math.ceil(bytes.length / pieces));
  async function* chunks() {
    for (let from = 0; from < bytes.length; from += size)
      yield await Promise.resolve(bytes.subarray(from, from + size));
  }
  const source = new LineSource(linesOf(chunks()), encoding);
  const records: FileRecord[] = [];
  for (let next = await nextCsvRecord(source, delimiter); next; next = await nextCsvRecord(source, delimiter)) {
    records.push(next);
  }
  return { records, digest: source.digest() };
}
const cellsOf = async (...given: Parameters<typeof recordsOf>) =>
  (await recordsOf(...given)).records.map(({ cells }) => cells);

describe('records of a CSV file', () => {
  it.each([
    ['a,b\n1,2\n', ','],
    ['a;b\r\n1;2\r\n', ';'],
    ['a\tb\n1\t2', '\t'],
    ['a|b\n\n1|2\n\n', '|'],
  ])('are found in %j', async (content, delimiter) => {
    expect(delimiterOf(content.split('\n')[0] ?? '')).toBe(delimiter);
    expect(await cellsOf(content, delimiter)).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ]);
  });

  it('keep separators, quotes and line breaks within quotes (RFC 4180 section 2)', async () => {
    const { records } = await recordsOf('"a,b","say ""hi""",c\n"two\r\nlines",,"x"\n7,8,9\n');
    expect(records.map(({ cells, line }) => [line, cells])).toEqual([
      [1, ['a,b', 'say "hi"', 'c']],
      [2, ['two\nlines', '', 'x']],
      [4, ['7', '8', '9']],
    ]);
  });

  it('lose only the line whose quote is not closed', async () => {
    const { records } = await recordsOf('1,"open,2\n3,4\n"5"x,6\n7,8\n');
    expect(records.map(({ line, cells, problem }) => cells ?? `${line} ${problem}`)).toEqual([
      '1 has a quote that is not closed',
      ['3', '4'],
      '3 has text after a closing quote',
      ['7', '8'],
    ]);
  });

  it('name lines that are no text, and go on', async () => {
    const huge = `${'x'.repeat(LONGEST_LINE * 3)},1`;
    const content = Buffer.concat([
      Buffer.from(`a\0b,1\n${huge}\n`),
      Buffer.from([0x4d, 0xfc, 0x6c, 0x0a]),
      Buffer.from('ok,1'),
    ]);
    const { records } = await recordsOf(content, ',', 50);
    expect(records.map(({ line, cells, problem }) => cells ?? `${line} ${problem}`)).toEqual([
      '1 has a NUL character',
      '2 is longer than 1,048,576 bytes',
      '3 is not valid UTF-8 (a file that Excel saved as plain CSV needs --encoding windows-1252)',
      ['ok', '1'],
    ]);
    expect(await cellsOf(Buffer.from([0x4d, 0xfc, 0x6c]), ',', 1, 'windows-1252')).toEqual([['Mül']]);
  });

  it('are the same however the bytes are cut, and written cells are read back', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', 'ü', '"', ',', '\n', ' ', '7'), maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 8 }),
        fc.nat(200),
        async (rows, pieces) => {
          const content = rows.map((cells) => cells.map((text) => csvCell(text, ',')).join(',')).join('\n');
          const { records, digest } = await recordsOf(content, ',', pieces + 1);
          // Rows of blanks alone are blank lines.
          const wanted = rows.filter(
            (cells) =>
              cells
                .map((text) => csvCell(text, ','))
                .join(',')
                .trim() !== '',
          );
          expect(records.map(({ cells }) => cells)).toEqual(wanted);
          expect(digest).toBe((await recordsOf(content)).digest);
        },
      ),
    );
  });
});
