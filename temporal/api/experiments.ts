/** Experiments: into which arm customers go, written down as they go there. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { experimentProblems } from '../domain/experiments/experimentProblems.ts';
import { armsOfCustomers, exposeCustomers } from '../intake/experimentArms.ts';
import type { Session } from '../store/rows.ts';
import { unknownCustomer } from './batchSchemas.ts';
import type { ServiceContext } from './context.ts';
import { ExposureAnswer, Exposures } from './experimentSchemas.ts';
import { Problem, ProblemSchema } from './problem.ts';

export function experimentRoutes({ store, now }: ServiceContext): FastifyPluginCallbackTypebox {
  const session: Session = { db: store.db, dialect: store.dialect };
  return (app, _options, done) => {
    app.post(
      '/experiments/:key/exposures',
      {
        schema: {
          tags: ['experiments'],
          summary: 'Put customers into the arms of an experiment',
          description:
            'The arm follows from the key and the customer, so that it is the same each time; who has been put into one stays in it for as long as it is among `arms`, whatever becomes of the weights. ' +
            'The first time is written down, with its time; saying it again changes nothing.',
          params: Type.Object({ key: Type.String({ examples: ['welcome-offer'] }) }),
          body: Exposures,
          response: { 200: Type.Object({ items: Type.Array(ExposureAnswer) }), 400: ProblemSchema },
        },
      },
      async ({ params: { key }, body: { arms, holdoutPercent = 0, dryRun = false, items } }) => {
        const experiment = { key, arms, holdoutPercent };
        const problems = experimentProblems(experiment);
        if (problems.length > 0) throw new Problem(400, 'The customers cannot be split.', problems);
        const asked = items.map(({ customerId, runId = null }) => ({ customerId, runId }));
        const ids = asked.map(({ customerId }) => customerId);
        const found: (string | null)[] = dryRun
          ? await armsOfCustomers(session, experiment, ids)
          : await store.transaction((db) => exposeCustomers({ ...session, db }, experiment, asked, now()));
        return {
          items: items.map(({ ref }, index) => {
            const arm = found[index] ?? null;
            return arm === null ? { ref, error: unknownCustomer(`/items/${index}/customerId`) } : { ref, arm };
          }),
        };
      },
    );
    done();
  };
}
