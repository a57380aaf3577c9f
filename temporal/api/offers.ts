/** Whether discounts pay, for the canvas: the rule itself is in the domain. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { judgeOffer, offerProblems } from '../domain/offerBreakEven.ts';
import { MAX_OFFERS, OfferAnswer, OfferItem } from './offerSchemas.ts';
import { ProblemSchema } from './problem.ts';

export function offerRoutes(): FastifyPluginCallbackTypebox {
  return (app, _options, done) => {
    app.post(
      '/offers/check',
      {
        schema: {
          tags: ['scores'],
          summary: 'Does a discount pay',
          description:
            'When the gross margin is above discount × p1 / (p1 − p0), p0 and p1 being the shares of customers who order without and with the offer: ' +
            'who would have ordered anyway gets the discount, too. All figures are percent.',
          body: Type.Object({ items: Type.Array(OfferItem, { maxItems: MAX_OFFERS }) }),
          response: { 200: Type.Object({ items: Type.Array(OfferAnswer) }), 400: ProblemSchema },
        },
      },
      ({ body: { items } }) => ({
        items: items.map(({ ref, ...offer }, index) => {
          const [problem] = offerProblems(offer);
          if (!problem) return { ref, ...judgeOffer(offer) };
          return { ref, error: { path: `/items/${index}${problem.path}`, message: problem.message } };
        }),
      }),
    );
    done();
  };
}
