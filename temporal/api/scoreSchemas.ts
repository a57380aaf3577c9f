/** Shapes of scores in the API. What is sent as settings is read by `domain/scoreSettings.ts`, field by field. */
import { Type } from 'typebox';
import { DEFAULT_SCORE_SETTINGS, PREDICTION_MODELS } from '../domain/scoreSettings.ts';
import { JOB_NAMES } from '../scoring/job.ts';
import { Nullable } from './customerSchemas.ts';

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
