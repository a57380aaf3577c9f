/** Large files that are the same each time. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

/** A linear congruential generator (Numerical Recipes): the same file for the same seed. */
export function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

export async function writeRows(file: string, header: string, rows: Iterable<string>): Promise<void> {
  const stream = createWriteStream(file);
  stream.write(`${header}\n`);
  let block = '';
  for (const row of rows) {
    block += `${row}\n`;
    if (block.length < 1 << 20) continue;
    if (!stream.write(block)) await once(stream, 'drain');
    block = '';
  }
  stream.end(block);
  await once(stream, 'finish');
}
