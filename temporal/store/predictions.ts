/** What is to be expected of customers: the model that was learned, and one row for each who has ordered, while there is enough data. */
import { sql } from 'kysely';
import {
  Predictor,
  type LearnedPredictions,
  type Prediction,
  type PredictionsModel,
} from '../domain/clv/shopPredictions.ts';
import { purchasesOf } from '../domain/clv/shopPurchases.ts';
import type { NotEnoughData, ShownPrediction } from '../domain/customerScores.ts';
import { isoTime } from '../domain/textValues.ts';
import { utcDay } from '../domain/utcDay.ts';
import { readOrdersOf } from './buyersOrders.ts';
import { lockCustomers } from './identities.ts';
import { columnList, idsOf, replaced, rowsOf, type Session } from './rows.ts';
import { readModel, writeModel } from './scoreModels.ts';

const MODEL = 'predictions';

export const readPredictionsModel = ({ db }: Session) => readModel<PredictionsModel>(db, MODEL);
export const writePredictionsModel = ({ db }: Session, model: PredictionsModel, now: number) =>
  writeModel(db, MODEL, model, now);

const NOTHING_LEARNED = 'not enough data: nothing has been predicted yet; that is done once a day, or by a refresh';
const NO_ORDER = 'not enough data: no order yet';
const NOT_PREDICTED = 'not enough data: the orders are newer than the last calculation';

/** @returns by customer, of all who were asked for */
export async function readPredictions(
  session: Session,
  customerIds: Iterable<string>,
): Promise<Map<string, ShownPrediction | NotEnoughData>> {
  const ids = new Set(customerIds);
  if (ids.size === 0) return new Map();
  const known = await readPredictionsModel(session);
  const model = known?.model ?? { notEnoughData: NOTHING_LEARNED };
  if ('notEnoughData' in model) {
    const { notEnoughData } = model;
    return new Map(Array.from(ids, (id) => [id, { notEnoughData }]));
  }
  const { horizonDays, currency } = model;
  const rows = await readRows(session, ids);
  const buyers = await readBuyers(
    session,
    [...ids].filter((id) => !rows.has(id)),
  );
  return new Map(
    Array.from(ids, (id): [string, ShownPrediction | NotEnoughData] => {
      const row = rows.get(id);
      if (row) {
        // Rows are written only when something in them is another: everybody has been looked at since.
        const predictedAt = isoTime(Math.max(row.predictedAt, known?.learnedAt ?? 0));
        const nextOrderAt = row.nextOrderAt === null ? null : isoTime(row.nextOrderAt);
        return [id, { ...row, horizonDays, currency, nextOrderAt, predictedAt }];
      }
      return [id, { notEnoughData: buyers.has(id) ? NOT_PREDICTED : NO_ORDER }];
    }),
  );
}

async function readRows(session: Session, ids: Iterable<string>) {
  const { rows } = await sql<{
    customer_id: string;
    alive: number;
    expected_orders: number;
    spend_minor: number;
    value_minor: number;
    next_order_at: number | null;
    churn: Prediction['churn'];
    predicted_at: number;
  }>`
    select p.* from ${idsOf(session.dialect, ids)} as r cross join predictions p where p.customer_id = r.id`.execute(
    session.db,
  );
  return new Map(
    rows.map((row) => [
      row.customer_id,
      {
        alive: row.alive,
        expectedOrders: row.expected_orders,
        spendMinor: row.spend_minor,
        valueMinor: row.value_minor,
        nextOrderAt: row.next_order_at,
        churn: row.churn,
        predictedAt: row.predicted_at,
      },
    ]),
  );
}

async function readBuyers(session: Session, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const { rows } = await sql<{ customer_id: string }>`
    select t.customer_id from ${idsOf(session.dialect, ids)} as r cross join totals t
    where t.customer_id = r.id and t.orders > 0`.execute(session.db);
  return new Set(rows.map(({ customer_id }) => customer_id));
}

/** By customer; null: nothing can be predicted of them. */
export type Predictions = ReadonlyMap<string, Prediction | null>;

/** @returns those that are not what is in the store */
export async function changedPredictions(session: Session, predictions: Predictions): Promise<Predictions> {
  const rows = await readRows(session, predictions.keys());
  return new Map(
    [...predictions].filter(([id, prediction]) => {
      const row = rows.get(id);
      if (!row || prediction === null) return (row === undefined) !== (prediction === null);
      return (Object.keys(prediction) as (keyof Prediction)[]).some((name) => prediction[name] !== row[name]);
    }),
  );
}

const COLUMNS = {
  customer_id: 'text',
  alive: 'double precision',
  expected_orders: 'double precision',
  spend_minor: 'double precision',
  value_minor: 'double precision',
  next_order_at: 'bigint',
  churn: 'text',
  predicted_at: 'bigint',
} as const;

/**
 * In a transaction. Whoever has been erased or merged since they were looked at is left out; and what was predicted of somebody after
 * `now`, with an order that has come since, stays.
 */
export async function writePredictions(session: Session, predictions: Predictions, now: number): Promise<void> {
  const locked = await lockCustomers(session, predictions.keys());
  const written = [...predictions].filter(([id]) => locked.get(id) === id);
  const rows = written.flatMap(([id, prediction]) =>
    prediction === null
      ? []
      : {
          customer_id: id,
          alive: prediction.alive,
          expected_orders: prediction.expectedOrders,
          spend_minor: prediction.spendMinor,
          value_minor: prediction.valueMinor,
          next_order_at: prediction.nextOrderAt,
          churn: prediction.churn,
          predicted_at: now,
        },
  );
  if (rows.length > 0) {
    await sql`
      insert into predictions (${columnList(COLUMNS)}) select ${columnList(COLUMNS, 'r')}
      from ${rowsOf(session.dialect, COLUMNS, rows)} as r where true
      on conflict (customer_id) do update set ${replaced(COLUMNS, ['customer_id'])}
      where predictions.predicted_at <= excluded.predicted_at`.execute(session.db);
  }
  const gone = written.flatMap(([id, prediction]) => (prediction === null ? id : []));
  if (gone.length === 0) return;
  await sql`
    delete from predictions where predicted_at <= ${now}
      and customer_id in (select r.id from ${idsOf(session.dialect, gone)} as r)`.execute(session.db);
}

/** @returns up to `limit` customers with a prediction: any, or only those who have no order (any more) */
export async function readPredicted({ db }: Session, whose: 'all' | 'withoutOrder', limit: number): Promise<string[]> {
  const some =
    whose === 'all'
      ? sql`predictions p`
      : sql`predictions p left join totals t on t.customer_id = p.customer_id where coalesce(t.orders, 0) = 0`;
  const { rows } = await sql<{ customer_id: string }>`select p.customer_id from ${some} limit ${limit}`.execute(db);
  return rows.map(({ customer_id }) => customer_id);
}

export async function deletePredictions(session: Session, customerIds: readonly string[]): Promise<void> {
  await sql`
    delete from predictions where customer_id in (select r.id from ${idsOf(session.dialect, customerIds)} as r)`.execute(
    session.db,
  );
}

/** So many at a time: each takes up to half a millisecond of the thread that answers requests. */
const MOST_AT_ONCE = 20;

interface KnownModel {
  version: number;
  learned: LearnedPredictions | null;
}

/** Says by which model to predict, in a statement that is made anyway. */
export const predictionsVersion = sql<
  number | null
>`(select learned_at from score_models where name = ${sql.lit(MODEL)})`;

/** One for each store of the process: its adapter stays the same in all transactions. */
const models = new WeakMap<object, KnownModel>();

/**
 * In a transaction in which these customers are locked: what is to be expected of them with the orders that they have now, by the
 * parameters that were learned last. Of more customers than a few, as when a file is imported, the next calculation says it.
 * @param version as `predictionsVersion`; null: nothing has been learned yet
 */
export async function predictAtOnce(
  session: Session,
  customerIds: readonly string[],
  version: number | null,
  now: number,
): Promise<void> {
  if (version === null || customerIds.length === 0 || customerIds.length > MOST_AT_ONCE) return;
  const learned = await learnedAs(session, version);
  if (learned === null) return;
  const today = utcDay(now);
  const predictor = new Predictor(learned, today);
  const orders = await readOrdersOf(session, customerIds);
  const predictions = new Map(
    customerIds.map((id) => {
      const purchases = purchasesOf(orders.get(id) ?? [], learned.currency, today);
      return [id, purchases === null ? null : predictor.predict(purchases)];
    }),
  );
  await writePredictions(session, predictions, now);
}

async function learnedAs(session: Session, version: number): Promise<LearnedPredictions | null> {
  const store = session.db.getExecutor().adapter;
  let known = models.get(store);
  if (known?.version !== version) {
    const read = await readPredictionsModel(session);
    if (read === null) return null;
    known = { version: read.learnedAt, learned: 'notEnoughData' in read.model ? null : read.model };
    models.set(store, known);
  }
  return known.learned;
}
