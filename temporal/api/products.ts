/** `/v1/products`: the catalogue, product by product, as a list, and as a feed (CONTRACT section 3). */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { handStatement } from '../domain/catalogue/saidByHand.ts';
import { readProduct, type SaidProduct } from '../domain/catalogue/readProduct.ts';
import { applyStatement, type ProductStatement } from '../domain/catalogue/statement.ts';
import type { FieldProblem } from '../domain/identity.ts';
import { changeProducts } from '../intake/productChanges.ts';
import { insertAudit } from '../store/audit.ts';
import { deleteProduct, listProducts, readProducts } from '../store/products.ts';
import type { Session } from '../store/rows.ts';
import { ItemError, ItemRef } from './batchSchemas.ts';
import type { ServiceContext } from './context.ts';
import { Nullable } from './customerSchemas.ts';
import { pageAnswer, PageOf, PageQuery, pageRequest } from './paging.ts';
import { notFound, Problem, ProblemSchema } from './problem.ts';
import {
  FeedItem,
  PRODUCT_BODY_EXAMPLE,
  PRODUCT_EXAMPLE,
  ProductBody,
  ProductSchema,
  productView,
} from './productSchemas.ts';
import { keepDigits } from './requestBodies.ts';

const ACTOR = 'api';
const MAX_ITEMS = 1000;
const tags = ['products'];
const params = Type.Object({ productId: Type.String({ minLength: 1 }) });
const withExample = <T extends object>(schema: T, example: unknown): T => ({ ...schema, examples: [example] });
const Product = withExample(ProductSchema, PRODUCT_EXAMPLE);
/** Read field by field, so that a bad one is named and, in a feed, costs only its item. */
const readByHand = { validatorCompiler: () => () => true };

const FeedAnswer = Type.Object({
  items: Type.Array(
    Type.Object({
      index: Type.Integer(),
      productId: Nullable(Type.String()),
      error: Type.Optional(ItemError),
    }),
  ),
});

export function productRoutes(context: ServiceContext): FastifyPluginCallbackTypebox {
  const { store, now } = context;
  const session: Session = { db: store.db, dialect: store.dialect };

  async function view(productId: string) {
    const found = (await readProducts(session, [productId])).get(productId);
    if (!found) throw notFound('product', productId);
    return productView(found);
  }

  return (app, _options, done) => {
    keepDigits(app);

    app.get(
      '/products',
      {
        schema: {
          tags,
          summary: 'The catalogue, newest products first',
          querystring: Type.Object({
            category: Type.Optional(Type.String()),
            stockBelow: Type.Optional(
              Type.String({
                pattern: '^-?[0-9]{1,12}(\\.[0-9]{1,6})?$',
                description: 'a number: only products whose counted stock is below it',
              }),
            ),
            gone: Type.Optional(
              Type.Enum(['true', 'false'], { description: 'With those that the shop no longer has; default false' }),
            ),
            ...PageQuery,
          }),
          response: {
            200: withExample(PageOf(ProductSchema), { items: [PRODUCT_EXAMPLE], nextCursor: null }),
            400: ProblemSchema,
          },
        },
      },
      async ({ query }) => {
        const filter = {
          category: query.category,
          stockBelow: query.stockBelow === undefined ? undefined : Number(query.stockBelow),
          withGone: query.gone === 'true',
        };
        const { items, next } = await listProducts(session, filter, pageRequest(query));
        return pageAnswer({ items: items.map(productView), next });
      },
    );

    app.get(
      '/products/:productId',
      {
        schema: {
          tags,
          summary: 'One product, with its stock by place and its variants',
          params,
          response: { 200: Product, 404: ProblemSchema },
        },
      },
      async (request) => await view(request.params.productId),
    );

    app.put(
      '/products/:productId',
      {
        schema: {
          tags,
          summary: 'Make or change a product',
          description:
            'Fields that are left out stay as they are, null takes a value away; `variants` and `stockByLocation` are whole ' +
            'lists. What was read can be written back. Changes of stock and price reach the customers whom they concern.',
          params,
          body: withExample(ProductBody, PRODUCT_BODY_EXAMPLE),
          response: { 200: Product, 400: ProblemSchema, 503: ProblemSchema },
        },
        ...readByHand,
      },
      async (request) => {
        const productId = idOf(request.params.productId);
        const { said, problems } = readProduct(request.body ?? {}, '');
        if (said.productId !== null && said.productId !== productId) {
          problems.push({ path: '/productId', message: `is another product than the address names ("${productId}")` });
        }
        if (problems.length > 0) throw new Problem(400, 'The product cannot be written.', problems);
        const [failed] = await writeFeed([{ index: 0, path: '', productId, said }]);
        if (failed) throw new Problem(400, 'The product cannot be written.', failed.problems);
        return await view(productId);
      },
    );

    app.put(
      '/products',
      {
        schema: {
          tags,
          summary: 'Make or change many products: a feed',
          description: `Up to ${MAX_ITEMS} items, each for itself: a bad one does not cost the others. Fields as for one product.`,
          body: withExample(Type.Object({ items: Type.Array(FeedItem, { maxItems: MAX_ITEMS }) }), {
            items: [{ productId: 'p1', ...PRODUCT_BODY_EXAMPLE }],
          }),
          response: {
            200: withExample(FeedAnswer, { items: [{ index: 0, productId: 'p1' }] }),
            400: ProblemSchema,
            413: ProblemSchema,
            503: ProblemSchema,
          },
        },
        ...readByHand,
      },
      async (request) => {
        const items = listOf(request.body, MAX_ITEMS);
        const failures = new Map<number, FieldProblem[]>();
        const good = items.flatMap((item, index): FeedEntry[] => {
          const path = `/items/${index}`;
          const { said, problems } = readProduct(item, path);
          if (said.productId === null && !problems.some((problem) => problem.path === `${path}/productId`)) {
            problems.push({ path: `${path}/productId`, message: 'is missing' });
          }
          if (said.productId !== null && problems.length === 0)
            return [{ index, path, productId: said.productId, said }];
          failures.set(index, problems);
          return [];
        });
        for (const { index, problems } of await writeFeed(good)) failures.set(index, problems);
        const idAt = new Map(good.map(({ index, productId }) => [index, productId]));
        return {
          items: items.map((_, index) => {
            const problems = failures.get(index);
            return {
              index,
              productId: idAt.get(index) ?? null,
              ...(problems && { error: inOne(problems) }),
            };
          }),
        };
      },
    );

    app.post(
      '/products/lookup',
      {
        schema: {
          tags,
          summary: 'Find many products',
          body: withExample(
            Type.Object({
              items: Type.Array(Type.Object({ ref: ItemRef, productId: Type.String() }), { maxItems: MAX_ITEMS }),
            }),
            { items: [{ ref: 0, productId: 'p1' }] },
          ),
          response: {
            200: withExample(
              Type.Object({ items: Type.Array(Type.Object({ ref: ItemRef, product: Nullable(ProductSchema) })) }),
              { items: [{ ref: 0, product: PRODUCT_EXAMPLE }] },
            ),
            400: ProblemSchema,
          },
        },
      },
      async ({ body: { items } }) => {
        const found = await readProducts(
          session,
          items.map(({ productId }) => productId),
        );
        return {
          items: items.map(({ ref, productId }) => {
            const product = found.get(productId);
            return { ref, product: product ? productView(product) : null };
          }),
        };
      },
    );

    app.delete(
      '/products/:productId',
      {
        schema: {
          tags,
          summary: 'Remove a product from the catalogue',
          description:
            'Orders and events that name it stay. A shop that still has it brings it back with its next webhook.',
          params,
          response: { 204: Type.Null(), 404: ProblemSchema },
        },
      },
      async ({ params: { productId } }, reply) => {
        const isDeleted = await store.transaction(async (db) => {
          const trx = { db, dialect: store.dialect };
          if (!(await deleteProduct(trx, productId))) return false;
          await insertAudit(
            trx,
            [{ customerId: null, actor: ACTOR, action: 'product.deleted', details: { productId } }],
            now(),
          );
          return true;
        });
        if (!isDeleted) throw notFound('product', productId);
        reply.code(204);
        return null;
      },
    );
    done();
  };

  /** In one transaction; later items of a product count on earlier ones. @returns those that could not be written */
  async function writeFeed(entries: readonly FeedEntry[]): Promise<{ index: number; problems: FieldProblem[] }[]> {
    return await store.transaction(async (db) => {
      const trx = { db, dialect: store.dialect };
      const at = now();
      const failures: { index: number; problems: FieldProblem[] }[] = [];
      const ids = entries.map(({ productId }) => productId);
      const known = new Map([...(await readProducts(trx, ids))].map(([id, { product }]) => [id, product]));
      const statements: ProductStatement[] = [];
      for (const { index, path, productId, said } of entries) {
        const before = known.get(productId) ?? null;
        const { statement, problems } = handStatement(productId, said, before, { source: ACTOR, at, path });
        if (problems.length > 0) {
          failures.push({ index, problems });
          continue;
        }
        statements.push(statement);
        const after = applyStatement(before, statement);
        if (after) known.set(productId, after);
      }
      await changeProducts(trx, { statements, levels: [], actor: ACTOR, isAudited: true }, at);
      return failures;
    });
  }
}

interface FeedEntry {
  index: number;
  path: string;
  productId: string;
  said: SaidProduct;
}

const inOne = ([first, ...others]: FieldProblem[]) => ({
  path: first?.path ?? '',
  message: [first?.message, ...others.map(({ path, message }) => `${path} ${message}`)].join('; '),
});

function idOf(given: string): string {
  const id = given.trim();
  if (id !== '' && !id.includes('\0') && id.isWellFormed()) return id;
  throw new Problem(400, 'The address names no product.', [{ path: '', message: 'has no product id' }]);
}

/** @throws Problem 400 or 413 */
function listOf(body: unknown, most: number): unknown[] {
  const list = (body as { items?: unknown } | null | undefined)?.items;
  if (!Array.isArray(list)) {
    const message = 'has to be a list of products';
    throw new Problem(400, `"items" ${message}.`, [{ path: '/items', message }]);
  }
  if (list.length > most) {
    throw new Problem(413, `${list.length} products are too many for one request: send at most ${most} at a time.`);
  }
  return list;
}
