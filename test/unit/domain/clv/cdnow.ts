/**
 * The CDNOW sample: every tenth of 23,570 people who bought there first in the first quarter of 1997, with all their orders until June
 * 1998. Public (Fader, Hardie 2001, brucehardie.com/datasets; here from the file CDNOW_sample.txt of Python's lifetimes 0.11.3, ids and
 * amounts as they are, quantity is the number of CDs). It names nobody.
 */
import { readFileSync } from 'node:fs';
import { PurchaseLog, summaryAsOf } from '../../../../temporal/domain/clv/purchaseLog.ts';
import type { CustomerSummary } from '../../../../temporal/domain/clv/summary.ts';

export const CDNOW_FILE = new URL('cdnow.csv', import.meta.url).pathname;

export const dayOf = (date: string): number => Date.parse(date) / 86_400_000;

/** The published estimates are of the first 39 weeks. */
export const CALIBRATION_ENDS = dayOf('1997-09-30');

export function cdnowLog(): PurchaseLog {
  const log = new PurchaseLog();
  for (const line of readFileSync(CDNOW_FILE, 'utf8').trimEnd().split('\n').slice(1)) {
    const [customer, date, , revenue] = line.split(',');
    log.add(Number(customer), dayOf(date!), Number(revenue));
  }
  return log;
}

/** Times in days. */
export function cdnowSummaries(asOf = CALIBRATION_ENDS): CustomerSummary[] {
  return [...cdnowLog().purchases()].flatMap((purchases) => summaryAsOf(purchases, asOf) ?? []);
}
