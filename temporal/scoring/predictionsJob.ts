/**
 * What is to be expected of everybody who has ordered: the models are fitted on all of them (domain/clv/), then each is predicted by what
 * was fitted. Times are UTC calendar days, as in RFM, and follow no time scale. While there is too little to learn from, that is said in
 * the place of numbers, and those of earlier days go.
 */
import { calibrate, holdoutWeeksFor, type Calibration } from '../domain/clv/calibration.ts';
import type { NoFit } from '../domain/clv/fit.ts';
import { dataGate, type ShopHistory } from '../domain/clv/gates.ts';
import { fitValue } from '../domain/clv/predict.ts';
import { PurchaseLog } from '../domain/clv/purchaseLog.ts';
import { learnedPredictions, Predictor, type PredictionsModel } from '../domain/clv/shopPredictions.ts';
import { purchasesOf, summaryOf, type ShopPurchases } from '../domain/clv/shopPurchases.ts';
import type { CustomerSummary } from '../domain/clv/summary.ts';
import type { ScoreSettings } from '../domain/scoreSettings.ts';
import { isoDay, utcDay } from '../domain/utcDay.ts';
import { countBuyers, readBuyersAfter, readMainCurrency, readOrdersOf } from '../store/buyersOrders.ts';
import {
  changedPredictions,
  deletePredictions,
  readPredicted,
  writePredictions,
  writePredictionsModel,
} from '../store/predictions.ts';
import { sessionOf, type Session } from '../store/rows.ts';
import { writeModel } from '../store/scoreModels.ts';
import { readScoreSettings } from '../store/scoreSettings.ts';
import type { Store } from '../store/store.ts';
import type { JobContext } from './job.ts';

/** Customers in memory, and rows written at a time. */
const PAGE = 250;
/** The hold-out is tried on so many customers: sums of more say the same. */
const MOST_HELD_OUT = 250_000;
/** The models' unit; days are what recency and `predict` go by. */
const UNIT = 'day';

export async function predictionsJob({ store, now, isStopping }: JobContext): Promise<void> {
  const session: Session = { db: store.db, dialect: store.dialect };
  const { predictions: settings } = await readScoreSettings(store.db);
  const today = utcDay(now);
  const currency = await readMainCurrency(session);
  const learning = new Learning(today, Math.ceil((await countBuyers(session)) / MOST_HELD_OUT));
  for await (const page of pages(session, currency ?? '', today, isStopping)) learning.add(page.values());
  if (isStopping()) return;

  const { predictions, calibration } = learning.learned(settings, currency);
  await writePredictionsModel(session, predictions, now);
  await writeModel(store.db, 'calibration', calibration, now);
  if ('notEnoughData' in predictions) return await deleteAll(store, 'all', isStopping);

  const predictor = new Predictor(predictions, today);
  for await (const page of pages(session, predictions.currency, today, isStopping)) {
    const predicted = new Map([...page].map(([id, purchases]) => [id, predictor.predict(purchases)]));
    const changed = await changedPredictions(session, predicted);
    if (changed.size > 0) await store.transaction((db) => writePredictions(sessionOf(db), changed, now));
  }
  await deleteAll(store, 'withoutOrder', isStopping);
}

async function* pages(
  session: Session,
  currency: string,
  today: number,
  isStopping: () => boolean,
): AsyncGenerator<Map<string, ShopPurchases>> {
  let reached = '';
  while (!isStopping()) {
    const ids = await readBuyersAfter(session, reached, PAGE);
    const orders = await readOrdersOf(session, ids);
    yield new Map(
      ids.flatMap((id) => {
        const purchases = purchasesOf(orders.get(id) ?? [], currency, today);
        return purchases === null ? [] : [[id, purchases]];
      }),
    );
    if (ids.length < PAGE) return;
    reached = ids.at(-1) ?? reached;
  }
}

async function deleteAll(store: Store, whose: 'all' | 'withoutOrder', isStopping: () => boolean): Promise<void> {
  while (!isStopping()) {
    // Looked for without keeping others from writing.
    const ids = await readPredicted({ db: store.db, dialect: store.dialect }, whose, PAGE);
    if (ids.length > 0) await store.transaction((db) => deletePredictions(sessionOf(db), ids));
    if (ids.length < PAGE) return;
  }
}

/** Everybody's purchases, as far as the models need them: some 30 bytes for each customer. */
class Learning {
  readonly #today: number;
  /** Every so many customers are in the hold-out. */
  readonly #every: number;
  readonly #summaries: CustomerColumns = new CustomerColumns();
  readonly #log = new PurchaseLog();
  #heldOut = 0;
  #first = Infinity;
  #last = -Infinity;
  #withThreeOrders = 0;

  constructor(today: number, every: number) {
    this.#today = today;
    this.#every = every;
  }

  add(purchases: Iterable<ShopPurchases>): void {
    for (const one of purchases) {
      if (this.#summaries.size % this.#every === 0) {
        const place = this.#heldOut++;
        one.days.forEach((day, at) => {
          this.#log.add(place, day, one.money[at] ?? 0);
        });
      }
      this.#summaries.add(summaryOf(one, this.#today));
      this.#first = Math.min(this.#first, one.days[0] ?? Infinity);
      this.#last = Math.max(this.#last, one.days.at(-1) ?? -Infinity);
      if (one.orders >= 3) this.#withThreeOrders++;
    }
  }

  learned(
    settings: ScoreSettings['predictions'],
    currency: string | null,
  ): { predictions: PredictionsModel; calibration: Calibration | NoFit } {
    const history = this.#history();
    const gate = dataGate(history);
    if (gate !== null || currency === null) {
      const notEnoughData = gate ?? 'not enough data: nobody has ordered';
      return { predictions: { notEnoughData }, calibration: { notEnoughData } };
    }
    const { model, ...terms } = settings;
    const fitted = fitValue(model, UNIT, this.#summaries);
    return {
      predictions:
        'notEnoughData' in fitted
          ? fitted
          : learnedPredictions(fitted, { ...terms, asOf: isoDay(this.#today), currency }),
      calibration: this.#calibration(model, history.historyDays),
    };
  }

  #history(): ShopHistory {
    const customers = this.#summaries.size;
    return {
      customers,
      historyDays: customers === 0 ? 0 : this.#today - this.#first,
      daysSinceLastOrder: customers === 0 ? null : this.#today - this.#last,
      withThreeOrders: this.#withThreeOrders,
    };
  }

  #calibration(model: ScoreSettings['predictions']['model'], historyDays: number): Calibration | NoFit {
    const weeks = holdoutWeeksFor(historyDays);
    if (weeks === null) return { notEnoughData: 'not enough data: the history is too short to hold a part of it out' };
    const log = this.#log;
    return calibrate(model, UNIT, { [Symbol.iterator]: () => log.purchases() }, this.#today, weeks);
  }
}

const FIRST_ROOM = 4096;

/** Summaries in columns, to be gone through several times: 20 bytes for each customer. */
class CustomerColumns implements Iterable<CustomerSummary> {
  size = 0;
  #x = new Int32Array(FIRST_ROOM);
  #tx = new Int32Array(FIRST_ROOM);
  #T = new Int32Array(FIRST_ROOM);
  #m = new Float64Array(FIRST_ROOM);

  add({ x, tx, T, m }: CustomerSummary): void {
    const at = this.size++;
    if (at === this.#x.length) this.#grow();
    this.#x[at] = x;
    this.#tx[at] = tx;
    this.#T[at] = T;
    this.#m[at] = m;
  }

  *[Symbol.iterator](): Generator<CustomerSummary> {
    for (let at = 0; at < this.size; at++) {
      yield { x: this.#x[at]!, tx: this.#tx[at]!, T: this.#T[at]!, m: this.#m[at]! };
    }
  }

  #grow(): void {
    this.#x = grown(this.#x);
    this.#tx = grown(this.#tx);
    this.#T = grown(this.#T);
    this.#m = grown(this.#m);
  }
}

function grown<Column extends Int32Array<ArrayBuffer> | Float64Array<ArrayBuffer>>(before: Column): Column {
  const larger = new (before.constructor as new (length: number) => Column)(before.length * 2);
  larger.set(before);
  return larger;
}
