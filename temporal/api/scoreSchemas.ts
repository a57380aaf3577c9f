/** Shapes of scores in the API. What is sent as settings is read by `domain/scoreSettings.ts`, field by field. */
import { Type } from 'typebox';
import { DEFAULT_SCORE_SETTINGS, PREDICTION_MODELS } from '../domain/scoreSettings.ts';
import { JOB_NAMES } from '../scoring/job.ts';
import { SegmentSchema } from './customerScoreSchemas.ts';
import { AnyObject, Nullable } from './customerSchemas.ts';
import {
  affinitiesModelExample,
  AffinitiesModelSchema,
  calibrationExample,
  CalibrationSchema,
  predictionsExample,
  PredictionsSchema,
} from './learnedSchemas.ts';

const Steps = (description: string) => Type.Array(Type.Integer(), { minItems: 4, maxItems: 4, description });
const Days = (description: string) => Type.Integer({ minimum: 1, description });

export const ScoreSettingsSchema = Type.Object(
  {
    rfm: Type.Object({
      thresholds: Nullable(
        Type.Object(
          {
            recencyDays: Steps('Days since the last order: at most the first scores 5, at most the fourth 2, more 1'),
            orders: Steps('At least the first scores 2, at least the fourth 5, fewer than the first 1'),
            moneyMinor: Steps('Net of refunds, minor units of the currency that most customers pay in; as orders'),
          },
          { description: "Instead of quintiles of the shop's own customers" },
        ),
      ),
    }),
    predictions: Type.Object({
      model: Type.Enum([...PREDICTION_MODELS]),
      horizonDays: Days('Orders and value are expected within so many days'),
      discountRate: Type.Number({ minimum: 0, maximum: 1, description: 'A year; 0 values all of the horizon alike' }),
      churnDays: Days('Churn is no order within so many days'),
    }),
    nextProducts: Type.Object({
      withinDays: Days('Bought within so many days after the first product'),
      minimumBuyers: Type.Integer({ minimum: 1, description: 'Fewer buyers of the first product say nothing' }),
      minimumShare: Type.Number({ minimum: 0, maximum: 1, description: 'Of them, who have bought the second' }),
      overstockWeight: Type.Number({ minimum: 0, description: 'How much more stock than is sold counts' }),
      marginWeight: Type.Number({ minimum: 0, description: 'How much the margin counts' }),
      overstockDays: Days('Stock for more days of sales than these is too much'),
      excluded: Type.Array(Type.String(), { description: 'Products that are never offered' }),
    }),
  },
  { description: 'How customers and products are calculated', examples: [DEFAULT_SCORE_SETTINGS] },
);

/** As it is sent: what is left out has its default. */
export const ScoreSettingsBody = Type.Partial(ScoreSettingsSchema, { examples: [DEFAULT_SCORE_SETTINGS] });

export const RefreshSchema = Type.Object(
  { jobs: Type.Array(Type.Enum([...JOB_NAMES]), { description: 'In the order in which they are done' }) },
  { examples: [{ jobs: [...JOB_NAMES] }] },
);

const AT = '2026-11-22T03:00:00.000Z';
const overviewExample = {
  rfm: {
    ...{ asOf: '2026-11-22', customers: 5120, by: 'quintiles', recencyDays: [301, 164, 82, 31], orders: [1, 1, 2, 4] },
    ...{ moneyMinor: { EUR: [3990, 7900, 14_850, 31_200] }, currency: 'EUR', medianAverageOrderMinor: 6450 },
    medians: { EUR: 6450 },
    segments: [
      { segment: 'champions', customers: 611, revenueMinor: 28_410_000, share: 0.34, averageOrderMinor: 7120 },
    ],
  },
  movement: { from: '2026-10-23', to: '2026-11-22', moves: [{ from: 'loyal', to: 'at_risk', customers: 48 }] },
  predictions: predictionsExample,
  calibration: calibrationExample,
  affinities: affinitiesModelExample,
  ...{ replenishment: null, nextProducts: null },
  jobs: [{ name: 'rfm', startedAt: AT, finishedAt: AT, dueAt: '2026-11-23T03:00:00.000Z', failure: null }],
};
const CutPoints = Type.Array(Type.Number(), { minItems: 4, maxItems: 4 });

export const RfmOverview = Type.Object(
  {
    asOf: Type.String({ description: 'UTC day' }),
    customers: Type.Integer({ description: 'With an order' }),
    by: Type.Enum(['quintiles', 'thresholds'], { description: 'thresholds: those of the settings' }),
    recencyDays: Nullable(CutPoints),
    orders: Nullable(CutPoints),
    moneyMinor: Type.Record(Type.String(), CutPoints, { description: 'By currency' }),
    currency: Nullable(Type.String({ description: 'That most buyers pay in; revenue is added up in it' })),
    medianAverageOrderMinor: Nullable(Type.Number({ description: "Of all buyers' average orders in this currency" })),
    medians: Type.Record(Type.String(), Type.Number(), { description: 'The same for each currency' }),
    segments: Type.Array(
      Type.Object({
        segment: SegmentSchema,
        customers: Type.Integer(),
        revenueMinor: Type.Integer({ description: 'Net of refunds' }),
        share: Nullable(Type.Number({ description: 'Of the revenue of all segments, 0 to 1' })),
        averageOrderMinor: Nullable(Type.Integer()),
      }),
    ),
  },
  {
    description: 'A score is one higher with fewer days, more orders, more money than each of the four cut points',
    examples: [overviewExample.rfm],
  },
);

const Movement = Type.Object({
  from: Type.String(),
  to: Type.String(),
  moves: Type.Array(Type.Object({ from: Nullable(SegmentSchema), to: SegmentSchema, customers: Type.Integer() }), {
    description: 'from null: had not ordered then',
  }),
});

const learned = { description: 'As it was learned; null: never yet' };

export const ScoresOverviewSchema = Type.Object(
  {
    rfm: Nullable(RfmOverview),
    movement: Nullable(Movement),
    predictions: PredictionsSchema,
    calibration: CalibrationSchema,
    affinities: AffinitiesModelSchema,
    replenishment: Type.Union([AnyObject, Type.Null()], learned),
    nextProducts: Type.Union([AnyObject, Type.Null()], learned),
    jobs: Type.Array(
      Type.Object({
        name: Type.Enum([...JOB_NAMES]),
        startedAt: Nullable(Type.String()),
        finishedAt: Nullable(Type.String()),
        dueAt: Type.String(),
        failure: Nullable(Type.String({ description: 'Why the last run failed' })),
      }),
    ),
  },
  { examples: [overviewExample] },
);
