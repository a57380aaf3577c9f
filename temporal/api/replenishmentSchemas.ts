/** Shapes of what the replenishment routes take and answer. */
import { Type } from 'typebox';
import { ID_MAX } from '../domain/textValues.ts';
import { ItemError, ItemRef } from './batchSchemas.ts';
import { Nullable } from './customerSchemas.ts';
import { CUSTOMER_ID } from './examples.ts';

export const MAX_PLAN_ITEMS = 500;

const ProductId = Type.String({ minLength: 1, maxLength: ID_MAX });
const TIME = 'RFC 3339';

const planExample = {
  productId: 'p1',
  quantity: 1,
  orderedAt: '2026-11-22T10:00:00.000Z',
  basis: 'product',
  reason: null,
  startAt: '2026-12-20T07:12:00.000Z',
  middleAt: '2026-12-26T04:48:00.000Z',
  endAt: '2027-01-02T19:12:00.000Z',
  days: { q40: 27.9, q50: 30.6, q60: 33.8, q80: 41.4 },
  subscribed: false,
};

export const PlanItem = Type.Object(
  {
    ref: ItemRef,
    customerId: Type.String(),
    orderId: Type.Optional(
      Type.String({ minLength: 1, maxLength: ID_MAX, description: 'Every product of this order of theirs' }),
    ),
    productId: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: ID_MAX,
        description: 'This one; with neither an order nor a product, everything of theirs that is expected to run out',
      }),
    ),
    quantity: Type.Optional(Type.Number({ exclusiveMinimum: 0, description: 'Instead of what was bought' })),
    orderedAt: Type.Optional(
      Type.String({
        description: `${TIME}; as if \`productId\` had been bought then. Default: their last purchase of it`,
      }),
    ),
  },
  { examples: [{ ref: 0, customerId: CUSTOMER_ID, productId: 'p1' }] },
);

const Basis = Type.Enum(['product', 'category', 'byHand', 'none'], {
  description:
    'Gaps between purchases of the product (20 or more), else of its category, else a window set by hand, else `none`',
});

const Days = Type.Object(
  { q40: Type.Number(), q50: Type.Number(), q60: Type.Number(), q80: Type.Number() },
  { description: 'Days after the purchase: by `q40`, 40 % of such purchases have been followed by the next one' },
);

export const PlannedProductSchema = Type.Object(
  {
    productId: Type.String(),
    quantity: Nullable(Type.Number()),
    orderedAt: Nullable(Type.String()),
    basis: Basis,
    reason: Nullable(Type.String({ description: 'Of `none`: why' })),
    startAt: Nullable(
      Type.String({ description: 'Learned: `q40`. By hand: the low end. Follows the time scale, as all three' }),
    ),
    middleAt: Nullable(Type.String({ description: 'Learned: `q60`. By hand: the middle' })),
    endAt: Nullable(Type.String({ description: 'Learned: `q80`. By hand: the high end' })),
    days: Nullable(Days),
    subscribed: Type.Boolean({ description: 'It comes by an active subscription: nobody is reminded' }),
  },
  { examples: [planExample] },
);

export const PlanAnswer = Type.Object({
  ref: ItemRef,
  products: Type.Array(PlannedProductSchema),
  error: Type.Optional(ItemError),
});

const { basis, quantity, orderedAt, startAt, middleAt, endAt } = planExample;

export const DueSchema = Type.Object(
  {
    customerId: Type.String(),
    productId: Type.String(),
    orderId: Type.String(),
    orderedAt: Type.String(),
    quantity: Type.Number(),
    basis: Basis,
    startAt: Type.String(),
    middleAt: Type.String(),
    endAt: Type.String(),
  },
  {
    examples: [
      {
        ...{ customerId: CUSTOMER_ID, productId: 'p1', orderId: '1001', orderedAt, quantity, basis },
        ...{ startAt, middleAt, endAt },
      },
    ],
  },
);

const NumberOfDays = (description: string) =>
  Type.Optional(Type.String({ pattern: '^\\d{1,4}(\\.\\d+)?$', description }));

const dueRange = {
  from: Type.Optional(Type.String({ description: `${TIME}; now` })),
  to: Type.Optional(Type.String({ description: `${TIME}, not included; instead of \`withinDays\`` })),
  sinceDays: NumberOfDays('So many days before `from`, too; follows the time scale. Default: 0'),
  withinDays: NumberOfDays('Until so many days after `from`; follows the time scale. Default: 7'),
};
export const DueRange = Type.Object(dueRange);

export const DueQuery = { ...dueRange, productId: Type.Optional(ProductId) };

export const WindowSchema = Type.Object(
  {
    productId: Type.String(),
    title: Nullable(Type.String()),
    basis: Basis,
    reason: Nullable(Type.String()),
    gaps: Type.Integer({ description: 'Between purchases, that it rests on' }),
    days: Nullable(
      Type.Object(
        { q40: Type.Number(), q50: Type.Number(), q60: Type.Number(), q80: Type.Number() },
        { description: 'Of the gaps as they were, whatever the quantity; null: not learned' },
      ),
    ),
    learnedAt: Type.String(),
  },
  {
    examples: [
      {
        ...{ productId: 'p1', title: 'Coffee beans, 1 kg', basis: 'product', reason: null, gaps: 412 },
        ...{ days: { q40: 27, q50: 30, q60: 33, q80: 43 }, learnedAt: '2026-11-22T10:00:00.000Z' },
      },
    ],
  },
);
