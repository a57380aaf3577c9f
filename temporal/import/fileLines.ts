/**
 * A file as bytes and as lines: `-` is standard input, gzip is recognised by its first bytes. A line that is longer than any
 * real one is passed over and told of, so that memory does not depend on the file.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

export const STDIN = '-';
/** A line of an export has a few kilobytes at most; a whole article in a note column still fits. */
export const LONGEST_LINE = 1024 * 1024;
const HEAD_BYTES = 64 * 1024;
const LF = 0x0a;
const GZIP = [0x1f, 0x8b];

/** @throws Error with a sentence for the operator when the file cannot be read */
export async function readingBytes(file: string): Promise<AsyncIterable<Buffer>> {
  const raw: Readable = file === STDIN ? process.stdin : createReadStream(file, { highWaterMark: 256 * 1024 });
  const chunks = raw[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let first: Buffer = Buffer.alloc(0);
  try {
    while (first.length < GZIP.length) {
      const next = await chunks.next();
      if (next.done) break;
      first = Buffer.concat([first, next.value]);
    }
  } catch (error) {
    throw unreadable(file, error);
  }
  const whole = Readable.from(bytesFrom(first, chunks, file), { objectMode: false });
  if (!GZIP.every((byte, index) => first[index] === byte)) return whole;
  const gunzip = createGunzip();
  whole.on('error', (error) => gunzip.destroy(error));
  return unzipped(whole.pipe(gunzip), file);
}

async function* bytesFrom(first: Buffer, rest: AsyncIterator<Buffer>, file: string): AsyncGenerator<Buffer> {
  if (first.length > 0) yield first;
  try {
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } catch (error) {
    throw unreadable(file, error);
  } finally {
    await rest.return?.();
  }
}

async function* unzipped(bytes: AsyncIterable<Buffer>, file: string): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of bytes) yield chunk;
  } catch (error) {
    throw unreadable(file, error);
  }
}

const WORDS: Record<string, string> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a folder',
  Z_BUF_ERROR: 'the compressed file ends too early; get it again',
  Z_DATA_ERROR: 'the compressed file is damaged; get it again',
};

function unreadable(file: string, error: unknown): Error {
  const { code = '', message } = error as { code?: string; message: string };
  if (message.startsWith(`${nameOf(file)} cannot be read`)) return error as Error;
  return new Error(`${nameOf(file)} cannot be read: ${WORDS[code] ?? message}.`, { cause: error });
}

export const nameOf = (file: string): string => (file === STDIN ? 'Standard input' : file);

/** What tells this file from another: its size and its beginning. Null for standard input, which cannot be read twice. */
export async function fileKeyOf(
  file: string,
  options: readonly string[],
): Promise<{ key: string; size: number } | null> {
  if (file === STDIN) return null;
  try {
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      const head = Buffer.alloc(HEAD_BYTES);
      const { bytesRead } = await handle.read(head, 0, HEAD_BYTES, 0);
      const hash = createHash('sha256').update(JSON.stringify([size, ...options]));
      return { key: hash.update(head.subarray(0, bytesRead)).digest('hex'), size };
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** Without its line end; null: longer than LONGEST_LINE. */
export type Line = Buffer | null;

/** The lines of each chunk together: one await for thousands of lines. */
export async function* linesOf(bytes: AsyncIterable<Buffer>): AsyncGenerator<Line[]> {
  let rest: Buffer[] = [];
  let restLength = 0;
  let isTooLong = false;
  for await (const chunk of bytes) {
    const lines: Line[] = [];
    let from = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
      const piece = chunk.subarray(from, end);
      from = end + 1;
      if (isTooLong || restLength + piece.length > LONGEST_LINE) lines.push(null);
      else lines.push(restLength === 0 ? piece : Buffer.concat([...rest, piece]));
      rest = [];
      restLength = 0;
      isTooLong = false;
    }
    if (from < chunk.length) {
      rest.push(chunk.subarray(from));
      restLength += chunk.length - from;
      if (restLength > LONGEST_LINE) {
        isTooLong = true;
        rest = [];
        restLength = 0;
      }
    }
    if (lines.length > 0) yield lines;
  }
  if (isTooLong) yield [null];
  else if (restLength > 0) yield [Buffer.concat(rest)];
}
