/** Scores of many customers, for the nodes: of these, or of a whole audience page by page. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { CHURN_RISKS, type Audience } from '../domain/audience.ts';
import { SEGMENTS } from '../domain/rfm/segments.ts';
import { listAudience } from '../store/audience.ts';
import { readScores } from '../store/customerScores.ts';
import { survivingIds } from '../store/identities.ts';
import type { Session } from '../store/rows.ts';
import { ItemError, ItemRef, unknownCustomer } from './batchSchemas.ts';
import type { ServiceContext } from './context.ts';
import { CustomerScoresSchema } from './customerScoreSchemas.ts';
import { Nullable } from './customerSchemas.ts';
import { PageOf, PageQuery, pageRequest } from './paging.ts';
import { Problem, ProblemSchema } from './problem.ts';

const MAX_ITEMS = 500;
const tags = ['scores'];

const AudienceQuery = Type.Object({
  ...PageQuery,
  segment: Type.Optional(Type.String({ description: `One or several of ${SEGMENTS.join(', ')}` })),
  churn: Type.Optional(Type.String({ description: `One or several of ${CHURN_RISKS.join(', ')}` })),
  minimumOrders: Type.Optional(Type.String({ pattern: '^[0-9]{1,6}$' })),
  averageOrderAboveMedian: Type.Optional(
    Type.Enum(['true', 'false'], { description: "Strictly above the median of all buyers' average orders" }),
  ),
});

export function customerScoreRoutes({ store }: ServiceContext): FastifyPluginCallbackTypebox {
  const session: Session = { db: store.db, dialect: store.dialect };
  return (app, _options, done) => {
    app.post(
      '/customers/scores',
      {
        schema: {
          tags,
          summary: 'Scores of many customers',
          body: Type.Object({
            items: Type.Array(Type.Object({ ref: ItemRef, customerId: Type.String() }), { maxItems: MAX_ITEMS }),
          }),
          response: {
            200: Type.Object({
              items: Type.Array(
                Type.Object({
                  ref: ItemRef,
                  scores: Nullable(CustomerScoresSchema),
                  error: Type.Optional(ItemError),
                }),
              ),
            }),
            400: ProblemSchema,
          },
        },
      },
      async ({ body: { items } }) => {
        const survivors = await survivingIds(session, new Set(items.map(({ customerId }) => customerId)));
        const scores = await readScores(session, new Set(survivors.values()));
        return {
          items: items.map(({ ref, customerId }, index) => {
            const of = scores.get(survivors.get(customerId) ?? '');
            if (of) return { ref, scores: of };
            return { ref, scores: null, error: unknownCustomer(`/items/${index}/customerId`) };
          }),
        };
      },
    );

    app.get(
      '/scores/customers',
      {
        schema: {
          tags,
          summary: 'Customers of a segment, or of an audience',
          description: 'Conditions all have to hold; without any it is everybody. In the order of their ids.',
          querystring: AudienceQuery,
          response: {
            200: PageOf(Type.Object({ customerId: Type.String(), scores: CustomerScoresSchema })),
            400: ProblemSchema,
          },
        },
      },
      async ({ query }) => {
        const audience: Audience = {
          segments: words(query.segment, SEGMENTS, 'segment'),
          churn: words(query.churn, CHURN_RISKS, 'churn'),
          minimumOrders: Number(query.minimumOrders ?? 0),
          averageOrderAboveMedian: query.averageOrderAboveMedian === 'true',
        };
        const { limit, after } = pageRequest(query);
        const ids = await listAudience(session, audience, after?.id ?? '', limit);
        const scores = await readScores(session, ids);
        const last = ids.length < limit ? undefined : ids.at(-1);
        return {
          items: ids.flatMap((customerId) => {
            const of = scores.get(customerId);
            return of ? { customerId, scores: of } : [];
          }),
          nextCursor: last === undefined ? null : Buffer.from(`0 ${last}`).toString('base64url'),
        };
      },
    );
    done();
  };
}

/** @throws Problem 400 */
function words<T extends string>(given: string | undefined, known: readonly T[], name: string): T[] {
  const asked = (given ?? '').split(',').map((word) => word.trim());
  return asked.flatMap((word) => {
    if (word === '') return [];
    const found = known.find((one) => one === word);
    if (found !== undefined) return found;
    const message = `has "${word}", which is none of ${known.join(', ')}`;
    throw new Problem(400, `"${name}" ${message}.`, [{ path: `/${name}`, message }]);
  });
}
