/** When what customers have bought runs out: for an order or a product, who is due, and the windows as they were learned. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type, type Static } from 'typebox';
import { scaledDates } from '../domain/consumptionWindow.ts';
import { isoTime, readTime } from '../domain/textValues.ts';
import { DAY_MS } from '../domain/utcDay.ts';
import { survivingIds } from '../store/identities.ts';
import { orderAskKey, readOrderPurchases, readPurchases } from '../store/purchases.ts';
import { planReplenishments, type PlanAsk, type PlannedProduct } from '../store/replenishmentPlans.ts';
import { dueReplenishments, type DuePlace } from '../store/replenishments.ts';
import { listWindows } from '../store/replenishmentWindows.ts';
import type { Session } from '../store/rows.ts';
import { unknownCustomer } from './batchSchemas.ts';
import type { ServiceContext } from './context.ts';
import { pageAnswer, PageOf, PageQuery, pageRequest } from './paging.ts';
import { Problem, ProblemSchema, type FieldError } from './problem.ts';
import type { DueRange } from './replenishmentSchemas.ts';
import {
  DueQuery,
  DueSchema,
  MAX_PLAN_ITEMS,
  PlanAnswer,
  PlanItem,
  WindowSchema,
  type PlannedProductSchema,
} from './replenishmentSchemas.ts';

const DUE_WITHIN_DAYS = 7;

type Item = Static<typeof PlanItem>;
/** What an item asks for: one product, all of an order, or whatever they have bought that runs out. */
interface Question {
  asks: PlanAsk[];
  /** Products without a date are left out. */
  onlyWithDate: boolean;
  /** By product: the order does not count any more. */
  gone: ReadonlySet<string>;
}

export function replenishmentRoutes({ store, now, settings }: ServiceContext): FastifyPluginCallbackTypebox {
  const session: Session = { db: store.db, dialect: store.dialect };
  const tags = ['scores'];

  return (app, _options, done) => {
    app.post(
      '/replenishment/plans',
      {
        schema: {
          tags,
          summary: 'When do these run out',
          description:
            'For an order, a product, or everything that a customer has bought. Orders that were cancelled or given back in full count as none. Dates follow the time scale; `days` do not.',
          body: Type.Object({ items: Type.Array(PlanItem, { maxItems: MAX_PLAN_ITEMS }) }),
          response: { 200: Type.Object({ items: Type.Array(PlanAnswer) }), 400: ProblemSchema },
        },
      },
      async ({ body: { items } }) => {
        const questions = await questionsOf(items);
        const planned = await planReplenishments(
          session,
          questions.flatMap((question) => ('asks' in question ? question.asks : [])),
        );
        let next = 0;
        return {
          items: questions.map((question, index) => {
            const ref = items[index]?.ref ?? '';
            if (!('asks' in question)) return { ref, products: [], error: question };
            const own = planned.slice(next, (next += question.asks.length));
            const products = own.map((one, place) => view(question.asks[place] as PlanAsk, one, question));
            return { ref, products: products.filter(({ startAt }) => !question.onlyWithDate || startAt !== null) };
          }),
        };
      },
    );

    app.get(
      '/replenishment/due',
      {
        schema: {
          tags,
          summary: 'Whose products are due to run out',
          description:
            'Last purchases of a product by a customer whose window begins in this time, in that order; without what comes by an active subscription.',
          querystring: Type.Object({ ...DueQuery, ...PageQuery }),
          response: { 200: PageOf(DueSchema), 400: ProblemSchema },
        },
      },
      async ({ query }) => {
        const { limit, after } = pageRequest(query);
        const { from, to } = dueRange(query);
        const rows = await dueReplenishments(session, {
          ...{ point: 'start', before: { learned: 0, byHand: 0 }, from, to, timeScale: settings.timeScale },
          productIds: query.productId === undefined ? [] : [query.productId],
          after: after && placeOf(after),
          limit: limit + 1,
        });
        const shown = rows.slice(0, limit);
        const last = shown.at(-1);
        return pageAnswer({
          items: shown.map(({ customerId, productId, orderId, quantity, basis, ...at }) => ({
            ...{ customerId, productId, orderId, orderedAt: isoTime(at.orderedAt), quantity, basis },
            ...{ startAt: isoTime(at.startAt), middleAt: isoTime(at.middleAt), endAt: isoTime(at.endAt) },
          })),
          next: rows.length > limit && last ? { at: last.dueAt, id: `${last.customerId} ${last.productId}` } : null,
        });
      },
    );

    app.get(
      '/replenishment/windows',
      {
        schema: {
          tags,
          summary: 'Consumption windows of products, as they were learned last',
          querystring: Type.Object(PageQuery),
          response: { 200: PageOf(WindowSchema), 400: ProblemSchema },
        },
      },
      async ({ query }) => {
        const { items, next } = await listWindows(store.db, pageRequest(query));
        return pageAnswer({ items: items.map((item) => ({ ...item, learnedAt: isoTime(item.learnedAt) })), next });
      },
    );
    done();
  };

  /** Epoch ms. Days follow the time scale, as the dates do. */
  function dueRange({ from, to, sinceDays = '0', withinDays }: Static<typeof DueRange>): { from: number; to: number } {
    const scaled = (days: string | number) => Math.round((Number(days) * DAY_MS) / settings.timeScale);
    const begin = timeOf(from, 'from') ?? now();
    return {
      from: begin - scaled(sinceDays),
      to: timeOf(to, 'to') ?? begin + scaled(withinDays ?? DUE_WITHIN_DAYS),
    };
  }

  /** @returns for each item what it asks for, or what is wrong with it */
  async function questionsOf(items: readonly Item[]): Promise<(Question | FieldError)[]> {
    const survivors = await survivingIds(session, new Set(items.map(({ customerId }) => customerId)));
    const known = items.map((item) => ({ ...item, customerId: survivors.get(item.customerId) ?? null }));
    const orders = await readOrderPurchases(
      session,
      known.flatMap(({ customerId, orderId }) =>
        customerId && orderId !== undefined ? [{ customerId, orderId }] : [],
      ),
    );
    const everything = known.flatMap(({ customerId, orderId, productId }) =>
      customerId && orderId === undefined && productId === undefined ? [customerId] : [],
    );
    const bought = await readPurchases(session, everything);
    return known.map(({ customerId, orderId, productId, quantity, orderedAt }, index): Question | FieldError => {
      const path = `/items/${index}`;
      if (customerId === null) return unknownCustomer(`${path}/customerId`);
      const at = orderedAt === undefined ? null : readTime(orderedAt);
      if (orderedAt !== undefined && at === null) {
        return { path: `${path}/orderedAt`, message: 'is not a time with an offset, such as 2026-11-22T10:00:00Z' };
      }
      if (at !== null && productId === undefined) {
        return { path: `${path}/orderedAt`, message: 'says when a product was bought: give productId, too' };
      }
      const more = quantity === undefined ? {} : { quantity };
      if (orderId !== undefined) {
        const lines = orders.get(orderAskKey({ customerId, orderId }));
        if (!lines) return { path: `${path}/orderId`, message: 'names no order of this customer' };
        const wanted = lines.filter((line) => productId === undefined || line.productId === productId);
        return {
          asks: wanted.map((line) => ({ customerId, productId: line.productId, purchase: line, ...more })),
          onlyWithDate: false,
          gone: new Set(wanted.flatMap((line) => (line.counts ? [] : [line.productId]))),
        };
      }
      const gone = new Set<string>();
      if (productId !== undefined) {
        const purchase = at === null ? {} : { purchase: { orderedAt: at, quantity: quantity ?? 1 } };
        return { asks: [{ customerId, productId, ...purchase, ...more }], onlyWithDate: false, gone };
      }
      const products = [...(bought.get(customerId)?.keys() ?? [])];
      return { asks: products.map((one) => ({ customerId, productId: one, ...more })), onlyWithDate: true, gone };
    });
  }

  function view(
    { productId }: PlanAsk,
    { purchase, plan, isSubscribed }: PlannedProduct,
    { gone }: Question,
  ): Static<typeof PlannedProductSchema> {
    const isGone = gone.has(productId);
    const dates = plan.window && !isGone ? scaledDates(plan.window, settings.timeScale) : null;
    return {
      productId,
      quantity: purchase?.quantity ?? null,
      orderedAt: purchase ? isoTime(purchase.orderedAt) : null,
      basis: isGone ? 'none' : plan.basis,
      reason: isGone ? 'The order was cancelled, or given back in full.' : plan.reason,
      startAt: dates && isoTime(dates.start),
      middleAt: dates && isoTime(dates.middle),
      endAt: dates && isoTime(dates.end),
      days: isGone ? null : plan.days,
      subscribed: isSubscribed,
    };
  }
}

/** @throws Problem 400 */
function timeOf(text: string | undefined, name: string): number | null {
  if (text === undefined) return null;
  const time = readTime(text);
  if (time !== null) return time;
  const message = 'is not a time with an offset, such as 2026-11-22T10:00:00Z';
  throw new Problem(400, `"${name}" ${message}.`, [{ path: `/${name}`, message }]);
}

function placeOf({ at, id }: { at: number; id: string }): DuePlace {
  // Customer ids have no blanks; product ids may.
  const [customerId = '', ...productId] = id.split(' ');
  return { dueAt: at, customerId, productId: productId.join(' ') };
}
