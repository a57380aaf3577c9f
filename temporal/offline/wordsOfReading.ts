/** What became of the lines of an orders file, in words. */
import type { OrderFileResult } from './orderFile.ts';

export const counted = (count: number, one: string, more: string): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : more}`;

/** `1,000 lines read, 1 bad line passed over (orders.csv, line 17: …), 20 lines after the day passed over` */
export function wordsOfReading({ lines, skipped, later, firstProblem }: OrderFileResult): string {
  const words = [`${counted(lines, 'line', 'lines')} read`];
  if (skipped > 0) {
    words.push(
      `${counted(skipped, 'bad line', 'bad lines')} passed over (the first: ${firstProblem?.replace(/\.$/, '')})`,
    );
  }
  if (later > 0) words.push(`${counted(later, 'line', 'lines')} after the day passed over`);
  return words.join(', ');
}
