/** `GET /v1/customers/search`: for somebody who types a name or an address and looks for a customer. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { SEARCH_FIELDS } from '../domain/customerSearch.ts';
import { searchCustomers } from '../store/customerSearch.ts';
import type { PageRequest } from '../store/lists.ts';
import type { ServiceContext } from './context.ts';
import { Nullable } from './customerSchemas.ts';
import { foundCustomerExample } from './examples.ts';
import { pageAnswer, PageOf, PageQuery, pageRequest } from './paging.ts';
import { Problem, ProblemSchema } from './problem.ts';

export const SHORTEST_SEARCH = 2;
const LONGEST = 200;

const SearchQuery = Type.Object({
  q: Type.String({ minLength: SHORTEST_SEARCH, maxLength: LONGEST, description: 'What was typed', examples: ['ada'] }),
  ...PageQuery,
});

const FoundCustomerSchema = Type.Object(
  {
    id: Type.String(),
    email: Nullable(Type.String()),
    phone: Nullable(Type.String()),
    externalId: Nullable(Type.String()),
    firstName: Nullable(Type.String()),
    lastName: Nullable(Type.String()),
    totals: Type.Object({
      orders: Type.Integer(),
      revenueMinor: Type.Integer({ description: 'Net of refunds, in the currency of the first order' }),
      currency: Nullable(Type.String()),
      lastOrderAt: Nullable(Type.String()),
    }),
    createdAt: Type.String(),
  },
  { examples: [foundCustomerExample] },
);

export function customerSearchRoutes({ store }: ServiceContext): FastifyPluginCallbackTypebox {
  return (app, _options, done) => {
    app.get(
      '/customers/search',
      {
        schema: {
          tags: ['customers'],
          summary: 'Find customers by what was typed',
          description:
            'Finds our own id (also that of a customer who was merged into another), and the beginning of an e-mail address, ' +
            'a phone number (with "+", "00" or only the digits), an external id (with the prefix of its connection), a first ' +
            'or last name, "first last" and "last first". Names are found whatever their case and accents. No character is ' +
            'a wildcard. Each customer is listed once, at the first that fits, in the order given here and then of the ' +
            'alphabet; pages stay in step while customers come and go.',
          querystring: SearchQuery,
          response: { 200: PageOf(FoundCustomerSchema), 400: ProblemSchema },
        },
      },
      async (request) => {
        const { q, ...page } = request.query;
        return pageAnswer(await searchCustomers(store, typedText(q), searchPage(page)));
      },
    );
    done();
  };
}

/** @throws Problem 400 */
export function typedText(q: string): string {
  const text = q.trim();
  const message =
    text.length < SHORTEST_SEARCH || text.length > LONGEST
      ? `has to be ${SHORTEST_SEARCH} to ${LONGEST} characters, beside blanks at its ends`
      : text.includes('\0')
        ? 'has a NUL character in it: leave it out'
        : null;
  if (message === null) return text;
  throw new Problem(400, `"q" ${message}.`, [{ path: '/q', message }]);
}

/** @throws Problem 400 when the cursor is none of a search */
export function searchPage(query: { limit?: string; cursor?: string }): PageRequest {
  const page = pageRequest(query);
  const { after } = page;
  if (after === null || (after.at < SEARCH_FIELDS.length && after.id.includes(' '))) return page;
  const message = 'has to be the nextCursor of the page before, as it was';
  throw new Problem(400, 'The cursor is not valid.', [{ path: '/cursor', message }]);
}
