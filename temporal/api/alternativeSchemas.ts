/** Shapes of what `/v1/products/alternatives` takes and answers. */
import { Type } from 'typebox';
import { ItemRef } from './batchSchemas.ts';
import { Nullable } from './customerSchemas.ts';
import { PRODUCT_EXAMPLE, ProductSchema } from './productSchemas.ts';

export const MAX_ALTERNATIVE_ITEMS = 500;
export const MOST_ALTERNATIVES = 20;
/** What one looks like too long at is no help. */
export const DEFAULT_ALTERNATIVES = 3;

export const AlternativesItem = Type.Object(
  {
    ref: ItemRef,
    productIds: Type.Array(Type.String(), { maxItems: 100, description: 'Which cannot be had' }),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MOST_ALTERNATIVES, default: DEFAULT_ALTERNATIVES })),
  },
  { examples: [{ ref: 0, productIds: ['p9'] }] },
);

export const AlternativesAnswer = Type.Object(
  {
    ref: ItemRef,
    products: Type.Array(ProductSchema),
    reason: Type.Optional(Nullable(Type.String({ description: 'Why there are none' }))),
  },
  { examples: [{ ref: 0, products: [PRODUCT_EXAMPLE] }] },
);
