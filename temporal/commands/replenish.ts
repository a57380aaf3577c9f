/** `commerce-journeys replenish`: in how many days each purchase of an events file will be followed by the next. Offline. */
import { nameOf, STDIN } from '../import/fileLines.ts';
import { writeOut } from '../offline/output.ts';
import { Progress } from '../offline/progress.ts';
import { replenishmentOfFiles, type ReplenishmentOfFiles } from '../offline/replenishmentOfFiles.ts';
import { wordsOfReading } from '../offline/wordsOfReading.ts';

export interface ReplenishCommand {
  /** Paths, or `-` for one of them. */
  orders: string;
  events: string;
  /** UTC day number; null: the last line of the orders. */
  fitUntil: number | null;
  skipBad: boolean;
}

/** Thousandths of a day: a minute and a half. */
const DIGITS = 1000;

/** Prints `{event_id: {q40, q50, q60, q80}}` in days. @throws Error with a sentence for the operator: line number and reason */
export async function replenish(command: ReplenishCommand): Promise<void> {
  const { orders, events } = command;
  if (orders === STDIN && events === STDIN) throw new Error('Only one of --orders and --events can be standard input.');
  const progress = new Progress('lines');
  const onProgress = (lines: number) => progress.show(lines);
  const done = await replenishmentOfFiles({ ...command, onOrders: onProgress, onEvents: onProgress }).finally(() =>
    progress.end(),
  );
  const products = done.model.products.length;
  const gaps = `${done.model.gaps.toLocaleString('en')} gaps of ${products.toLocaleString('en')} products`;
  console.error(`${nameOf(orders)}: ${wordsOfReading(done.orders)}; learned from ${gaps}.`);
  if (done.withoutProduct > 0) {
    console.error(`${done.withoutProduct.toLocaleString('en')} lines without product_id say nothing here.`);
  }
  console.error(`${nameOf(events)}: ${wordsOfReading(done.events)}.`);
  await writeOut(json(done.answers()));
}

function* json(answers: ReturnType<ReplenishmentOfFiles['answers']>): Generator<string> {
  let before = '{';
  for (const { eventId, days } of answers) {
    yield `${before}\n${JSON.stringify(eventId)}:${JSON.stringify(days, rounded)}`;
    before = ',';
  }
  yield before === '{' ? '{}\n' : '\n}\n';
}

const rounded = (_key: string, value: unknown) =>
  typeof value === 'number' ? Math.round(value * DIGITS) / DIGITS : value;
