/** Shapes of what `/v1/next-products` takes and answers. */
import { Type } from 'typebox';
import { ID_MAX } from '../domain/textValues.ts';
import { ItemError, ItemRef } from './batchSchemas.ts';
import { Nullable } from './customerSchemas.ts';
import { CUSTOMER_ID } from './examples.ts';

export const MAX_NEXT_ITEMS = 500;
const MAX_PRODUCTS = 100;
const MAX_LIMIT = 20;
export const DEFAULT_LIMIT = 3;

const ProductId = Type.String({ minLength: 1, maxLength: ID_MAX });

export const NextProductsItem = Type.Object(
  {
    ref: ItemRef,
    customerId: Type.String(),
    orderId: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: ID_MAX,
        description: 'What follows the products of this order of theirs',
      }),
    ),
    productIds: Type.Optional(
      Type.Array(ProductId, {
        maxItems: MAX_PRODUCTS,
        description: 'What follows these; with neither, what follows their last order',
      }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_LIMIT, description: `Default: ${DEFAULT_LIMIT}` })),
  },
  { examples: [{ ref: 0, customerId: CUSTOMER_ID, orderId: '1001' }] },
);

export const OfferedProduct = Type.Object({
  title: Nullable(Type.String()),
  url: Nullable(Type.String()),
  imageUrl: Nullable(Type.String()),
  priceMinor: Nullable(Type.Integer()),
  currency: Nullable(Type.String()),
});

const example = {
  ...{ productId: 'spray', after: 'boots', buyers: 1250, also: 275, share: 0.22, lowerBound: 0.198 },
  ...{ fromDays: 2, toDays: 9, offerAfterDays: 7, score: 0.198 },
  product: {
    ...{ title: 'Protective spray', url: 'https://shop.example.com/spray', imageUrl: null },
    ...{ priceMinor: 990, currency: 'EUR' },
  },
};

export const NextProductSchema = Type.Object(
  {
    productId: Type.String({ description: 'To be offered' }),
    after: Type.String({ description: 'The product that was bought' }),
    buyers: Type.Integer({ description: 'Customers who bought `after`, long enough ago' }),
    also: Type.Integer({ description: 'Of these, bought `productId` later, within `withinDays` of the settings' }),
    share: Type.Number({ description: '`also` / `buyers`' }),
    lowerBound: Type.Number({ description: 'Of the 95 % interval of the share (Wilson)' }),
    fromDays: Type.Number({ description: 'The middle 70 % of `also` bought it from so many days after `after` on …' }),
    toDays: Type.Number({ description: '… to so many' }),
    offerAfterDays: Type.Integer({
      description: '70 % of the days within which nearly all (95 %) of `also` bought it: of 10 days, day 7',
    }),
    score: Type.Number({ description: '`lowerBound`, weighted by overstock and margin as the settings say' }),
    product: Nullable(OfferedProduct),
  },
  { examples: [example] },
);

export const NextProductsAnswer = Type.Object(
  {
    ref: ItemRef,
    products: Type.Array(NextProductSchema, { description: 'The best first' }),
    reason: Type.Optional(Type.String({ description: 'Where there are none: why' })),
    error: Type.Optional(ItemError),
  },
  { examples: [{ ref: 0, products: [example] }] },
);
