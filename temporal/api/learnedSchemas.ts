/** What was learned of all customers for predictions and affinities, as the API shows it. */
import { Type, type TObject } from 'typebox';
import { PREDICTION_MODELS } from '../domain/scoreSettings.ts';
import { Nullable } from './customerSchemas.ts';

const Share = Type.Number({ minimum: 0, maximum: 1 });
const Params = (description: string) => Type.Unsafe<readonly number[]>(Type.Array(Type.Number(), { description }));
const Days = (description: string) => Type.Integer({ description });

const NotEnoughData = Type.Object({
  notEnoughData: Type.String({
    description: 'A sentence that begins with "not enough data:" and says what is missing',
  }),
});

const orWhyNot = <T extends TObject>(learned: T, description: string) =>
  Type.Union([learned, NotEnoughData, Type.Null()], { description: `${description}; null: nothing was learned yet` });

const AtLimit = Type.Array(Type.String(), {
  description: 'Names of parameters held near a limit that the likelihood only approaches; usually none',
});

export const PredictionsSchema = orWhyNot(
  Type.Object({
    asOf: Type.String({ description: 'UTC day' }),
    model: Type.Enum([...PREDICTION_MODELS]),
    unit: Type.Enum(['day', 'week']),
    paramNames: Type.Unsafe<readonly string[]>(Type.Array(Type.String())),
    params: Params('As published, times in the unit'),
    logLikelihood: Type.Number({ description: 'Sum over customers' }),
    customers: Type.Integer({ description: 'With an order' }),
    atLimit: AtLimit,
    gammaGamma: Type.Object({
      params: Params('p, q, v; v in minor units of the currency'),
      logLikelihood: Type.Number(),
      customers: Type.Integer({ description: 'With a repeat purchase that was paid' }),
      atLimit: AtLimit,
    }),
    currency: Type.String({ description: 'Of all predicted money: that most customers pay in' }),
    horizonDays: Days('Orders and value are expected within so many days'),
    discountRate: Type.Number({ description: 'A year' }),
    churnDays: Days('Churn is no order within so many days'),
  }),
  'The fit behind the predictions',
);

export const CalibrationSchema = orWhyNot(
  Type.Object({
    model: Type.Enum([...PREDICTION_MODELS]),
    holdoutWeeks: Type.Integer({ description: 'At the end of the history: the model did not know of them' }),
    knownUntil: Days('UTC day since 1970-01-01: the last that the model knew of'),
    customers: Type.Integer(),
    params: Params('As they were without the weeks held out'),
    weeks: Type.Array(Type.Object({ week: Type.Integer(), expected: Type.Number(), actual: Type.Integer() }), {
      description: 'Repeat purchases of all customers, week by week',
    }),
    classes: Type.Array(
      Type.Object({
        repeats: Type.Integer({ description: 'Repeat purchases before' }),
        andMore: Type.Boolean(),
        customers: Type.Integer(),
        expected: Type.Number({ description: 'Mean of a customer, in all weeks held out' }),
        actual: Type.Number(),
      }),
    ),
    expected: Type.Number(),
    actual: Type.Integer(),
    bias: Nullable(Type.Number({ description: 'expected / actual - 1; null: nobody bought' })),
    meanError: Type.Number({ description: "Mean absolute error of a customer's number of purchases" }),
    meanErrorOfPace: Type.Number({ description: 'That of the rule "goes on at the same pace"' }),
  }),
  'How far the predictions can be trusted: the last weeks as the model would have expected them, and as they came',
);

const ShopMean = Type.Object({
  mean: Nullable(Share),
  strength: Type.Number({ description: 'So many observations of a customer weigh as much as the shop' }),
  customers: Type.Integer(),
  observations: Type.Integer(),
});

export const AffinitiesModelSchema = Nullable(
  Type.Object(
    {
      channels: Type.Object(
        { email: ShopMean, sms: ShopMean, whatsapp: ShopMean, push: ShopMean },
        { description: 'What a marketing message is worth: 1 an order, 0.5 a click, 0.2 an opening' },
      ),
      prices: Type.Object({ share: ShopMean, depth: ShopMean }, { description: 'Orders at a discount, and how deep' }),
      hours: Type.Object({
        customers: Type.Integer(),
        shares: Params('Of the 24 hours of their clocks, from 0 on'),
      }),
    },
    { description: 'What is usual in the shop, towards which customers with little history are drawn' },
  ),
);

const shopMean = (mean: number, strength: number) => ({ mean, strength, customers: 4210, observations: 38_900 });

export const predictionsExample = {
  ...{ asOf: '2026-11-22', model: 'pareto-nbd', unit: 'day', paramNames: ['r', 'alpha', 's', 'beta'] },
  ...{ params: [0.553, 74.05, 0.606, 81.68], logLikelihood: -17_923.4, customers: 5120, atLimit: [] },
  gammaGamma: { params: [6.25, 3.74, 1544], logLikelihood: -8820.1, customers: 1910, atLimit: [] },
  ...{ currency: 'EUR', horizonDays: 365, discountRate: 0.1, churnDays: 90 },
};

export const calibrationExample = {
  ...{ model: 'pareto-nbd', holdoutWeeks: 26, knownUntil: 20_597, customers: 4730, params: [0.56, 73.9, 0.6, 80.2] },
  weeks: [{ week: 1, expected: 81.4, actual: 85 }],
  classes: [{ repeats: 0, andMore: false, customers: 2990, expected: 0.21, actual: 0.19 }],
  ...{ expected: 1960.2, actual: 2011, bias: -0.025, meanError: 0.44, meanErrorOfPace: 0.71 },
};

export const affinitiesModelExample = {
  channels: {
    email: shopMean(0.08, 12.4),
    sms: shopMean(0.06, 9.1),
    whatsapp: { mean: null, strength: 10, customers: 0, observations: 0 },
    push: { mean: null, strength: 10, customers: 0, observations: 0 },
  },
  prices: { share: shopMean(0.31, 2.6), depth: shopMean(0.14, 5.2) },
  hours: { customers: 4980, shares: Array.from({ length: 24 }, () => 1 / 24) },
};
