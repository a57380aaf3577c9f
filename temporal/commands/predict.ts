/** `commerce-journeys predict`: what customers will buy, from an orders file; or the formulas alone, for points. Offline. */
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { MODELS } from '../domain/clv/fit.ts';
import { evaluatePoint, PointError } from '../domain/clv/points.ts';
import { fitValue, predictValue, type FittedValue, type PredictionTerms } from '../domain/clv/predict.ts';
import { PurchaseLog, summaryAsOf } from '../domain/clv/purchaseLog.ts';
import type { ModelName, TimeUnit } from '../domain/clv/purchaseModel.ts';
import type { CustomerSummary } from '../domain/clv/summary.ts';
import { nameOf } from '../import/fileLines.ts';
import { IdTable } from '../offline/idTable.ts';
import { REST_UNIT } from '../offline/fieldValues.ts';
import { readOrderFile } from '../offline/orderFile.ts';
import { writeOut } from '../offline/output.ts';
import { Progress } from '../offline/progress.ts';
import { counted, wordsOfReading } from '../offline/wordsOfReading.ts';

export interface PredictCommand extends PredictionTerms {
  /** Path, or `-`. */
  orders: string;
  /** UTC day since the epoch: lines of it count, later ones do not. */
  asOf: number;
  model: ModelName;
  unit: TimeUnit;
  skipBad: boolean;
}

/** Of an amount read from the file; it has no meaning here beyond that, for money goes out in the unit that it came in. */
const MINOR_DIGITS = 2;
const MINOR_UNIT = 10 ** MINOR_DIGITS;

/** Prints parameters and predictions as one JSON document. @throws Error with a sentence for the operator */
export async function predict(command: PredictCommand): Promise<void> {
  const customers = new IdTable();
  const summaries = await summariesIn(command, customers);
  console.error(`Fitting ${MODELS[command.model].title} to ${counted(summaries.length, 'customer', 'customers')} …`);
  const fitted = fitValue(
    command.model,
    command.unit,
    summaries.map(({ summary }) => summary),
  );
  if ('notEnoughData' in fitted) throw new Error(`${fitted.notEnoughData}.`);
  for (const name of [...fitted.atLimit, ...fitted.gammaGamma.atLimit]) {
    console.error(
      `Parameter ${name} stands near a limit: customers hardly differ in it, so that no value of it is best, and from there on ` +
        'nothing changes. Predictions count; the number itself says no more than "very large" or "very small".',
    );
  }
  await writeOut(documentOf(fitted, command, summaries, customers));
}

interface Summarised {
  customer: number;
  summary: CustomerSummary;
}

/** Customers with a purchase up to the day, in the order of their first line. */
async function summariesIn({ orders, asOf, skipBad }: PredictCommand, customers: IdTable): Promise<Summarised[]> {
  const log = new PurchaseLog();
  const progress = new Progress('lines');
  const reading = readOrderFile(
    {
      file: orders,
      required: ['customer_id', 'ordered_at', 'revenue'],
      optional: ['quantity'],
      untilDay: asOf,
      minorDigits: MINOR_DIGITS,
      skipBad,
      customers,
      onProgress: (lines) => progress.show(lines),
    },
    ({ customer, day, isReturn, revenueMinor, revenueRest }) => {
      if (!isReturn) log.add(customer, day, revenueMinor + revenueRest / REST_UNIT);
    },
  );
  const result = await reading.finally(() => progress.end());
  console.error(`${nameOf(orders)}: ${wordsOfReading(result)}.`);
  const found: Summarised[] = [];
  for (const purchases of log.purchases()) {
    const summary = summaryAsOf(purchases, asOf);
    if (summary === null) continue;
    found.push({ customer: purchases.customer, summary: { ...summary, m: summary.m / MINOR_UNIT } });
  }
  return found;
}

/** In pieces: a million customers are one line each. */
function* documentOf(
  fitted: FittedValue,
  terms: PredictionTerms,
  summaries: readonly Summarised[],
  customers: IdTable,
): Generator<string> {
  const { model, unit, params, logLikelihood, gammaGamma } = fitted;
  const head = {
    model,
    unit,
    params,
    logLikelihood,
    gammaGamma: { params: gammaGamma.params, logLikelihood: gammaGamma.logLikelihood },
  };
  yield `${JSON.stringify(head).slice(0, -1)},"customers":{`;
  let separator = '\n';
  for (const { customer, summary } of summaries) {
    const { alive, orders, value, spend } = predictValue(fitted, summary, terms);
    yield `${separator}${JSON.stringify(customers.textOf(customer))}:${JSON.stringify({ alive, orders, value, spend })}`;
    separator = ',\n';
  }
  yield '\n}}\n';
}

/** Prints the answers as a JSON array. @param file a path, or `-` for stdin @throws Error that names the point and what is wrong */
export async function predictPoints(file: string): Promise<void> {
  const points = await pointsIn(file);
  const answers = points.map((point, index) => {
    try {
      return evaluatePoint(point);
    } catch (error) {
      if (!(error instanceof PointError)) throw error;
      throw new Error(`Point ${index} (the first is 0): ${error.message}.`, { cause: error });
    }
  });
  console.log(`[${answers.map((answer) => `\n${JSON.stringify(answer)}`).join(',')}\n]`);
}

async function pointsIn(file: string): Promise<unknown[]> {
  let points: unknown;
  try {
    points = JSON.parse((file === '-' ? await buffer(process.stdin) : await readFile(file)).toString('utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined)
      throw new Error(`The points are no valid JSON: ${(error as Error).message}`, { cause: error });
    throw new Error(`${file} cannot be read (${code}). Give the path of a file, or - for stdin.`, { cause: error });
  }
  if (!Array.isArray(points)) throw new Error('The points have to be a JSON array, such as [{"model":"bg-nbd",…}].');
  return points as unknown[];
}
