/** `/v1/products/{productId}/changes`: what has changed about a product, and how many customers have been told of it. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { listProductChanges } from '../store/productChanges.ts';
import { readProducts } from '../store/products.ts';
import type { ServiceContext } from './context.ts';
import { Nullable } from './customerSchemas.ts';
import { pageAnswer, PageOf, PageQuery, pageRequest } from './paging.ts';
import { notFound, ProblemSchema } from './problem.ts';

const Pieces = Nullable(Type.Number({ description: 'null: not counted' }));
const Change = Type.Object(
  {
    kind: Type.Enum(['stock', 'price']),
    variantId: Nullable(Type.String({ description: 'null: the product as a whole' })),
    at: Type.String(),
    stock: Type.Optional(Pieces),
    previousStock: Type.Optional(Pieces),
    stockLocation: Type.Optional(Type.String({ description: 'Where, when it changed in one place only' })),
    priceMinor: Type.Optional(Type.Integer()),
    previousPriceMinor: Type.Optional(Type.Integer()),
    currency: Type.Optional(Type.String()),
    state: Type.Enum(['new', 'telling', 'told', 'merged'], {
      description: '`merged`: told together with an earlier change that nobody had been told of yet',
    }),
    told: Type.Integer({ description: 'Customers who have got an event for it' }),
  },
  {
    examples: [
      {
        kind: 'stock',
        variantId: 'p1-41',
        at: '2026-11-22T10:00:00.000Z',
        stock: 3,
        previousStock: 0,
        stockLocation: 'Vienna',
        state: 'told',
        told: 12,
      },
    ],
  },
);

export function productChangeRoutes({ store }: ServiceContext): FastifyPluginCallbackTypebox {
  return (app, _options, done) => {
    app.get(
      '/products/:productId/changes',
      {
        schema: {
          tags: ['products'],
          summary: 'Changes of stock and price, newest first, and who has been told',
          description: 'Kept for 30 days after they have been told.',
          params: Type.Object({ productId: Type.String({ minLength: 1 }) }),
          querystring: Type.Object(PageQuery),
          response: { 200: PageOf(Change), 400: ProblemSchema, 404: ProblemSchema },
        },
      },
      async ({ params: { productId }, query }) => {
        const session = { db: store.db, dialect: store.dialect };
        const page = await listProductChanges(session, productId, pageRequest(query, true));
        if (page.items.length === 0 && !(await readProducts(session, [productId])).has(productId)) {
          throw notFound('product', productId);
        }
        return pageAnswer(page);
      },
    );
    done();
  };
}
