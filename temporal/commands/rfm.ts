/** `commerce-journeys rfm`: scores and segments of the customers of an orders file, offline. */
import { csvCell } from '../import/records.ts';
import { nameOf } from '../import/fileLines.ts';
import { writeOut } from '../offline/output.ts';
import { Progress } from '../offline/progress.ts';
import { rfmOfFile, type RfmRow } from '../offline/rfmOfFile.ts';
import { counted, wordsOfReading } from '../offline/wordsOfReading.ts';

export const RFM_FORMATS = ['csv', 'json'] as const;

export interface RfmCommand {
  /** Path, or `-`. */
  orders: string;
  /** UTC day number. */
  asOf: number;
  format: (typeof RFM_FORMATS)[number];
  skipBad: boolean;
  /** Digits of minor units of the currency. */
  minorDigits: number;
}

/** @throws Error with a sentence for the operator: line number and reason */
export async function rfm({ orders: file, asOf, format, skipBad, minorDigits }: RfmCommand): Promise<void> {
  const progress = new Progress('lines');
  const reading = { file, skipBad, minorDigits, asOfDay: asOf, onProgress: (lines: number) => progress.show(lines) };
  const scored = await rfmOfFile(reading).finally(() => progress.end());
  console.error(
    `${nameOf(file)}: ${counted(scored.customers, 'customer', 'customers')} with an order; ${wordsOfReading(scored.result)}.`,
  );
  await writeOut(format === 'csv' ? csv(scored.rows()) : json(scored.rows()));
}

const COLUMNS = ['customer_id', 'recency_days', 'orders', 'money', 'r', 'f', 'm', 'segment'] as const;

function* csv(rows: Iterable<RfmRow>): Generator<string> {
  yield `${COLUMNS.join(',')}\n`;
  for (const { customerId, recencyDays, orders, moneyMinor, r, f, m, segment } of rows) {
    yield `${csvCell(customerId, ',')},${recencyDays},${orders},${moneyMinor},${r},${f},${m},${segment}\n`;
  }
}

function* json(rows: Iterable<RfmRow>): Generator<string> {
  let before = '[';
  for (const { customerId, recencyDays, orders, moneyMinor, r, f, m, segment } of rows) {
    const values: Record<(typeof COLUMNS)[number], unknown> = {
      customer_id: customerId,
      recency_days: recencyDays,
      orders,
      money: moneyMinor,
      r,
      f,
      m,
      segment,
    };
    yield `${before}\n${JSON.stringify(values)}`;
    before = ',';
  }
  yield before === '[' ? '[]\n' : '\n]\n';
}
