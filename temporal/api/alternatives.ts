/** What to offer in place of products that cannot be had. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type, type Static } from 'typebox';
import { kindKey, kindOf, type Kind } from '../domain/catalogue/alternative.ts';
import { priceOfProduct } from '../domain/catalogue/product.ts';
import { readAvailable } from '../store/alternatives.ts';
import { readProducts } from '../store/products.ts';
import type { Session } from '../store/rows.ts';
import {
  AlternativesAnswer,
  AlternativesItem,
  DEFAULT_ALTERNATIVES,
  MAX_ALTERNATIVE_ITEMS,
  MOST_ALTERNATIVES,
} from './alternativeSchemas.ts';
import type { ServiceContext } from './context.ts';
import { ProblemSchema } from './problem.ts';
import { productView } from './productSchemas.ts';

const NO_KIND = 'The catalogue does not know them, or not their category.';
const NONE = 'Nothing else of their category can be had.';
/** Whatever is named itself is passed over. */
const MOST_NAMED = 100;

export function alternativeRoutes({ store }: ServiceContext): FastifyPluginCallbackTypebox {
  const session: Session = { db: store.db, dialect: store.dialect };

  return (app, _options, done) => {
    app.post(
      '/products/alternatives',
      {
        schema: {
          tags: ['products'],
          summary: 'What to offer in place of products that cannot be had',
          description:
            'Products of the same category and currency that are in stock, those with the nearest price first.',
          body: Type.Object({ items: Type.Array(AlternativesItem, { maxItems: MAX_ALTERNATIVE_ITEMS }) }),
          response: { 200: Type.Object({ items: Type.Array(AlternativesAnswer) }), 400: ProblemSchema },
        },
      },
      async ({ body: { items } }) => ({ items: await answersTo(items) }),
    );
    done();
  };

  async function answersTo(
    items: readonly Static<typeof AlternativesItem>[],
  ): Promise<Static<typeof AlternativesAnswer>[]> {
    const named = await readProducts(
      session,
      items.flatMap(({ productIds }) => productIds),
    );
    const kinds = items.map(({ productIds }) =>
      productIds.flatMap((id): Kind[] => {
        const product = named.get(id)?.product;
        const kind = product && kindOf(product, priceOfProduct(product));
        return kind ? [kind] : [];
      }),
    );
    const available = await readAvailable(session, kinds.flat(), MOST_NAMED + MOST_ALTERNATIVES);
    return items.map(({ ref, productIds, limit = DEFAULT_ALTERNATIVES }, index) => {
      const own = kinds[index] ?? [];
      const found = own.flatMap((kind) => available.get(kindKey(kind)) ?? []);
      const others = new Map(found.map((one) => [one.product.productId, one]));
      for (const id of productIds) others.delete(id);
      const products = [...others.values()].slice(0, limit).map(productView);
      const reason = own.length === 0 ? NO_KIND : NONE;
      return { ref, products, ...(products.length === 0 && { reason }) };
    });
  }
}
