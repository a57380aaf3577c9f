/** What a customer is likely to want next, after an order or after products: from what everybody else bought next. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type, type Static } from 'typebox';
import {
  availabilityOfProduct,
  marginOf,
  priceOfProduct,
  stockOfProduct,
  type Product,
} from '../domain/catalogue/product.ts';
import { offersOf, type Offer, type OfferFacts } from '../domain/nextProduct/offer.ts';
import { survivingIds } from '../store/identities.ts';
import { readNextProducts } from '../store/nextProducts.ts';
import { customerProductKey } from '../store/productSubscriptions.ts';
import { readProducts, type KnownProduct } from '../store/products.ts';
import { orderAskKey, readOrderPurchases, readPurchases, type Purchases } from '../store/purchases.ts';
import { isReplenishable } from '../store/replenishmentPlans.ts';
import type { Session } from '../store/rows.ts';
import { readScoreSettings } from '../store/scoreSettings.ts';
import { unknownCustomer } from './batchSchemas.ts';
import type { ServiceContext } from './context.ts';
import {
  DEFAULT_LIMIT,
  MAX_NEXT_ITEMS,
  NextProductsAnswer,
  NextProductsItem,
  type NextProductSchema,
  type OfferedProduct,
} from './nextProductSchemas.ts';
import { ProblemSchema, type FieldError } from './problem.ts';

type Item = Static<typeof NextProductsItem>;

/** After which products; `reason`: why after none. */
interface Question {
  customerId: string;
  after: readonly string[];
  reason: string | null;
}

const CANCELLED = 'The order was cancelled, or given back in full.';
const NO_ORDER = 'They have no order.';
const NO_PRODUCTS = 'The order names no products.';

export function nextProductRoutes({ store }: ServiceContext): FastifyPluginCallbackTypebox {
  const session: Session = { db: store.db, dialect: store.dialect };

  return (app, _options, done) => {
    app.post(
      '/next-products',
      {
        schema: {
          tags: ['scores'],
          summary: 'What to offer next',
          description:
            'After an order, after products, or after the last order: what others bought next, without products that are out of stock, gone, ' +
            'excluded by the settings, or owned already and not of the kind that runs out. Learned with the other scores, each 24 hours.',
          body: Type.Object({ items: Type.Array(NextProductsItem, { maxItems: MAX_NEXT_ITEMS }) }),
          response: { 200: Type.Object({ items: Type.Array(NextProductsAnswer) }), 400: ProblemSchema },
        },
      },
      async ({ body: { items } }) => ({ items: await answersTo(items) }),
    );
    done();
  };

  async function answersTo(items: readonly Item[]): Promise<Static<typeof NextProductsAnswer>[]> {
    const survivors = await survivingIds(session, new Set(items.map(({ customerId }) => customerId)));
    const bought = await readPurchases(session, survivors.values());
    const questions = await questionsOf(items, survivors, bought);
    const asked = questions.filter((question) => 'after' in question);
    const evidence = await readNextProducts(
      session,
      asked.flatMap(({ after }) => after),
    );
    const pairs = asked.flatMap(({ customerId, after }) =>
      after.flatMap((productId) =>
        (evidence.get(productId) ?? []).map(({ nextProductId }) => ({ customerId, productId: nextProductId })),
      ),
    );
    const products = await readProducts(
      session,
      pairs.map(({ productId }) => productId),
    );
    const owned = pairs.filter(({ customerId, productId }) => bought.get(customerId)?.has(productId));
    const replenishable = await isReplenishable(session, owned);
    const { nextProducts: settings } = await readScoreSettings(store.db);
    const excluded = new Set(settings.excluded);

    return questions.map((question, index) => {
      const { ref = '', limit = DEFAULT_LIMIT } = items[index] ?? {};
      if (!('after' in question)) return { ref, products: [], error: question };
      const { customerId, after, reason: whyNone } = question;
      if (whyNone !== null) return { ref, products: [], reason: whyNone };
      const isOwned = (productId: string): boolean =>
        after.includes(productId) ||
        (bought.get(customerId)?.has(productId) === true &&
          !replenishable.has(customerProductKey({ customerId, productId })));
      const { offers, reason } = offersOf(
        after.flatMap((productId) => evidence.get(productId) ?? []),
        (productId) => factsOf(products.get(productId)?.product, isOwned(productId)),
        excluded,
        settings,
        limit,
      );
      return {
        ref,
        products: offers.map((offer) => view(offer, products.get(offer.nextProductId))),
        ...(reason !== null && { reason }),
      };
    });
  }

  async function questionsOf(
    items: readonly Item[],
    survivors: ReadonlyMap<string, string>,
    bought: Purchases,
  ): Promise<(Question | FieldError)[]> {
    const orders = await readOrderPurchases(
      session,
      items.flatMap(({ customerId, orderId, productIds }) => {
        const survivor = survivors.get(customerId);
        return survivor !== undefined && orderId !== undefined && productIds === undefined
          ? [{ customerId: survivor, orderId }]
          : [];
      }),
    );
    return items.map(({ customerId: asked, orderId, productIds }, index): Question | FieldError => {
      const customerId = survivors.get(asked);
      if (customerId === undefined) return unknownCustomer(`/items/${index}/customerId`);
      if (productIds !== undefined) {
        return { customerId, after: productIds, reason: productIds.length === 0 ? NO_PRODUCTS : null };
      }
      if (orderId === undefined) {
        const after = lastOrderOf(bought, customerId);
        return { customerId, after, reason: after.length === 0 ? NO_ORDER : null };
      }
      const lines = orders.get(orderAskKey({ customerId, orderId }));
      if (!lines) return { path: `/items/${index}/orderId`, message: 'names no order of this customer' };
      const after = lines.filter(({ counts }) => counts).map(({ productId }) => productId);
      if (after.length > 0) return { customerId, after, reason: null };
      return { customerId, after, reason: lines.length > 0 ? CANCELLED : NO_PRODUCTS };
    });
  }
}

function view(offer: Offer, known: KnownProduct | undefined): Static<typeof NextProductSchema> {
  const { buyers, also, share, lowerBound, fromDays, toDays, score } = offer;
  return {
    productId: offer.nextProductId,
    after: offer.productId,
    ...{ buyers, also, share, lowerBound, fromDays, toDays, offerAfterDays: offer.offerAfterDays, score },
    product: productView(known),
  };
}

/** Products of the last order that counts. */
function lastOrderOf(bought: Purchases, customerId: string): string[] {
  const lastOnes = [...(bought.get(customerId)?.values() ?? [])].flatMap((purchases) => purchases.at(-1) ?? []);
  const last = lastOnes.reduce<(typeof lastOnes)[number] | null>(
    (latest, one) => (latest === null || one.orderedAt > latest.orderedAt ? one : latest),
    null,
  );
  return lastOnes
    .filter(({ source, orderId }) => source === last?.source && orderId === last.orderId)
    .map(({ productId }) => productId);
}

/** What the catalogue does not know may be offered: nobody has said that it cannot be had. */
function factsOf(product: Product | undefined, isOwned: boolean): OfferFacts {
  if (!product) return { availability: 'unknown', stock: null, marginPercent: null, isOwned };
  return {
    availability: availabilityOfProduct(product),
    stock: stockOfProduct(product) ?? null,
    marginPercent: product.marginPercent ?? marginOf(product.costMinor, priceOfProduct(product)),
    isOwned,
  };
}

function productView(known: KnownProduct | undefined): Static<typeof OfferedProduct> | null {
  if (!known) return null;
  const { title, url, imageUrl, currency } = known.product;
  return { title, url, imageUrl, priceMinor: priceOfProduct(known.product), currency };
}
