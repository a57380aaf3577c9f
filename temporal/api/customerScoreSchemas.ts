/** What is calculated of a customer, as the API shows it. */
import { Type, type TSchema } from 'typebox';
import { CHURN_RISKS } from '../domain/audience.ts';
import { CHANNELS } from '../domain/event.ts';
import { SEGMENTS } from '../domain/rfm/segments.ts';

const orNull = <T extends TSchema>(type: T) => Type.Union([type, Type.Null()]);
const Score = Type.Integer({ minimum: 1, maximum: 5 });
const Share = Type.Number({ minimum: 0, maximum: 1 });
const Count = Type.Integer({ minimum: 0 });

export const SegmentSchema = Type.Enum([...SEGMENTS]);

const Rfm = Type.Object({
  ...{ r: Score, f: Score, m: Score, segment: SegmentSchema },
  recencyDays: Type.Integer({ description: 'Whole UTC days from the last order to scoredAt' }),
  orders: Count,
  moneyMinor: Type.Integer({ description: 'Net of refunds, in the currency of the totals' }),
  averageOrderMinor: Type.Integer(),
  scoredAt: Type.String({ description: 'When the scores were last found to be these' }),
});

const Prediction = Type.Object({
  alive: Type.Number({ description: 'Probability that they will ever order again' }),
  expectedOrders: Type.Number({ description: 'Within horizonDays' }),
  horizonDays: Type.Integer(),
  spendMinor: Type.Number({ description: 'Expected per order' }),
  valueMinor: Type.Number({ description: 'Expected within horizonDays, discounted' }),
  currency: Type.String(),
  nextOrderAt: orNull(Type.String({ description: 'Expected date of the next order' })),
  churn: Type.Enum([...CHURN_RISKS]),
  predictedAt: Type.String(),
});
const NotEnoughData = Type.Object({ notEnoughData: Type.String({ description: 'Why there is no number' }) });

const ChannelScore = Type.Object({ score: Share, messages: Count, opened: Count, clicked: Count, ordered: Count });
/** Kept as they were calculated: a customer can be shown also when an earlier version has done that. */
const Affinities = Type.Partial(
  Type.Object({
    channel: orNull(Type.Enum([...CHANNELS], { description: 'That they answer best' })),
    channels: Type.Partial(
      Type.Object({ email: ChannelScore, sms: ChannelScore, whatsapp: ChannelScore, push: ChannelScore }),
    ),
    priceSensitivity: orNull(
      Type.Object({
        score: Share,
        orders: Count,
        discountedOrders: Count,
        moneyShare: Type.Number(),
        depth: orNull(Type.Number()),
      }),
    ),
    preferredHour: orNull(Type.Integer({ minimum: 0, maximum: 23, description: 'Of the clock in zone' })),
    zone: orNull(Type.String()),
    categories: Type.Array(Type.Object({ category: Type.String(), interest: Share, lastOn: Type.String() })),
  }),
);

export const scoresExample = {
  rfm: {
    ...{ r: 3, f: 4, m: 3, segment: 'loyal', recencyDays: 36, orders: 2, moneyMinor: 15900, averageOrderMinor: 7950 },
    scoredAt: '2026-11-22T03:00:00.000Z',
  },
  prediction: {
    ...{ alive: 0.83, expectedOrders: 1.4, horizonDays: 365, spendMinor: 7810, valueMinor: 10450, currency: 'EUR' },
    ...{ nextOrderAt: '2027-02-14T00:00:00.000Z', churn: 'low', predictedAt: '2026-11-22T03:00:00.000Z' },
  },
  affinities: {
    channel: 'email',
    channels: { email: { score: 0.31, messages: 9, opened: 5, clicked: 2, ordered: 1 } },
    priceSensitivity: { score: 0.22, orders: 2, discountedOrders: 0, moneyShare: 0, depth: 0.12 },
    preferredHour: 19,
    zone: 'Europe/Vienna',
    categories: [{ category: 'shoes', interest: 0.8, lastOn: '2026-11-22' }],
  },
};

export const CustomerScoresSchema = Type.Object(
  {
    rfm: orNull(Rfm),
    prediction: Type.Union([Prediction, NotEnoughData]),
    affinities: orNull(Affinities),
  },
  { description: 'What is calculated: segment, what is to be expected, what they like', examples: [scoresExample] },
);
