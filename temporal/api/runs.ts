/** `/v1/runs`: customers in journeys. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { cancelRun } from '../intake/runControl.ts';
import { survivingIds } from '../store/identities.ts';
import { findRun, listRuns } from '../store/lists.ts';
import type { ServiceContext } from './context.ts';
import { pageAnswer, PageOf, PageQuery, pageRequest } from './paging.ts';
import { notFound, Problem, ProblemSchema } from './problem.ts';
import { RunSchema, RunStatusSchema } from './runSchema.ts';

const IdParams = Type.Object({ id: Type.String() });

export function runRoutes(context: ServiceContext): FastifyPluginCallbackTypebox {
  const { store } = context;
  const tags = ['runs'];

  return (app, _options, done) => {
    app.get(
      '/runs',
      {
        schema: {
          tags,
          summary: 'Runs, newest first',
          querystring: Type.Object({
            journey: Type.Optional(Type.String()),
            customerId: Type.Optional(Type.String()),
            status: Type.Optional(RunStatusSchema),
            ...PageQuery,
          }),
          response: { 200: PageOf(RunSchema), 400: ProblemSchema },
        },
      },
      async (request) => {
        const { journey, customerId, status } = request.query;
        const survivor =
          customerId === undefined
            ? undefined
            : (await survivingIds({ db: store.db, dialect: store.dialect }, [customerId])).get(customerId);
        const filter = { journey, customerId: survivor ?? customerId, status };
        return pageAnswer(await listRuns(store.db, filter, pageRequest(request.query)));
      },
    );

    app.get(
      '/runs/:id',
      { schema: { tags, summary: 'One run', params: IdParams, response: { 200: RunSchema, 404: ProblemSchema } } },
      async (request) => {
        const run = await findRun(store.db, request.params.id);
        if (!run) throw notFound('run', request.params.id);
        return run;
      },
    );

    app.post(
      '/runs/:id/cancel',
      {
        schema: {
          tags,
          summary: 'Cancel a run',
          params: IdParams,
          response: { 200: RunSchema, 404: ProblemSchema, 409: ProblemSchema },
        },
      },
      async (request) => {
        const { id } = request.params;
        const before = await cancelRun(store, id, context.now());
        if (!before) throw notFound('run', id);
        if (before.status === 'running') context.outboxWritten();
        else if (before.status !== 'cancelled') throw new Problem(409, `The run has already ended: ${before.status}.`);
        const run = await findRun(store.db, id);
        if (!run) throw notFound('run', id);
        return run;
      },
    );
    done();
  };
}
