/** What happened to customers, many at once: their events or their orders, newest first. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { survivingIds } from '../store/identities.ts';
import { eventsOfMany, ordersOfMany } from '../store/listsOfMany.ts';
import type { Session } from '../store/rows.ts';
import { ItemError, ItemRef, unknownCustomer } from './batchSchemas.ts';
import type { ServiceContext } from './context.ts';
import { Nullable } from './customerSchemas.ts';
import { CUSTOMER_ID } from './examples.ts';
import { CustomerEvent } from './listSchemas.ts';
import { ProblemSchema } from './problem.ts';

const MAX_ITEMS = 500;
const MOST = 1000;
const DEFAULT = 50;

const orderExample = {
  source: 'shop',
  orderId: '1001',
  occurredAt: '2026-11-20T09:12:00.000Z',
  valueMinor: 8400,
  refundedMinor: 0,
  currency: 'EUR',
  salesChannel: null,
  items: [{ productId: 'p1', variantId: null, sku: 'S1', category: 'shoes', quantity: 2, priceMinor: 4200 }],
};

const OrderSchema = Type.Object(
  {
    source: Type.String(),
    orderId: Type.String(),
    occurredAt: Type.String(),
    valueMinor: Type.Integer({ description: 'What was ordered; refunds are not taken off' }),
    refundedMinor: Type.Integer(),
    currency: Type.String(),
    salesChannel: Nullable(Type.String({ description: '`pos`: in a shop one can walk into' })),
    items: Type.Array(
      Type.Object({
        productId: Nullable(Type.String()),
        variantId: Nullable(Type.String()),
        sku: Nullable(Type.String()),
        category: Nullable(Type.String()),
        quantity: Type.Number(),
        priceMinor: Nullable(Type.Integer()),
      }),
    ),
  },
  { examples: [orderExample] },
);

const items = <T extends Parameters<typeof Type.Object>[0]>(more: T, example: object) =>
  Type.Object({
    items: Type.Array(
      Type.Object(
        {
          ref: ItemRef,
          customerId: Type.String(),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MOST, default: DEFAULT })),
          ...more,
        },
        { examples: [{ ref: 0, customerId: CUSTOMER_ID, ...example }] },
      ),
      { maxItems: MAX_ITEMS },
    ),
  });

export function historyRoutes({ store }: ServiceContext): FastifyPluginCallbackTypebox {
  const session: Session = { db: store.db, dialect: store.dialect };
  const tags = ['customers'];

  /** The customers' own ids in place of merged ones; those that do not exist get an error. */
  async function known<T extends { ref: string | number; customerId: string; limit?: number }>(list: readonly T[]) {
    const survivors = await survivingIds(session, new Set(list.map(({ customerId }) => customerId)));
    const requests = list.flatMap((item, index) => {
      const customerId = survivors.get(item.customerId);
      return customerId === undefined ? [] : [{ ...item, index, customerId, limit: item.limit ?? DEFAULT }];
    });
    const errorOf = (index: number) =>
      survivors.has(list[index]?.customerId ?? '') ? {} : { error: unknownCustomer(`/items/${index}/customerId`) };
    return { requests, errorOf };
  }

  return (app, _options, done) => {
    app.post(
      '/customers/events/lookup',
      {
        schema: {
          tags,
          summary: 'Events of many customers, newest first',
          body: items(
            {
              types: Type.Optional(Type.Array(Type.String(), { maxItems: 50, description: 'All types when left out' })),
            },
            { types: ['viewed_product', 'added_to_cart'], limit: 10 },
          ),
          response: {
            200: Type.Object({
              items: Type.Array(
                Type.Object({ ref: ItemRef, events: Type.Array(CustomerEvent), error: Type.Optional(ItemError) }),
              ),
            }),
            400: ProblemSchema,
          },
        },
      },
      async ({ body }) => {
        const { requests, errorOf } = await known(body.items);
        const found = await eventsOfMany(
          session,
          requests.map(({ types, ...request }) => ({
            ...request,
            types: types && types.length > 0 ? [...new Set(types)] : null,
          })),
        );
        return {
          items: body.items.map(({ ref }, index) => ({ ref, events: found.get(index) ?? [], ...errorOf(index) })),
        };
      },
    );

    app.post(
      '/customers/orders/lookup',
      {
        schema: {
          tags,
          summary: 'Orders of many customers, newest first',
          description: 'Imported ones too. Cancelled orders that were never paid are left out.',
          body: items({}, { limit: 10 }),
          response: {
            200: Type.Object({
              items: Type.Array(
                Type.Object({ ref: ItemRef, orders: Type.Array(OrderSchema), error: Type.Optional(ItemError) }),
              ),
            }),
            400: ProblemSchema,
          },
        },
      },
      async ({ body }) => {
        const { requests, errorOf } = await known(body.items);
        const found = await ordersOfMany(session, requests);
        return {
          items: body.items.map(({ ref }, index) => ({ ref, orders: found.get(index) ?? [], ...errorOf(index) })),
        };
      },
    );
    done();
  };
}
