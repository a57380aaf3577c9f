/** `/v1/journeys`: what is published, pause and resume, and entering a customer by hand. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { SKIP_REASONS } from '../domain/entry.ts';
import { readProperties } from '../domain/eventProperties.ts';
import { enrolCustomers } from '../intake/enrol.ts';
import { pauseJourney, resumeJourney } from '../intake/runControl.ts';
import { listJourneys } from '../store/journeys.ts';
import { sessionOf } from '../store/rows.ts';
import { readSchedules } from '../intake/schedules.ts';
import type { ServiceContext } from './context.ts';
import { AnyObject, IdentitySchema, identityOrProblem, Nullable } from './customerSchemas.ts';
import { CUSTOMER_ID, journeyExample, RUN_ID } from './examples.ts';
import { Problem, ProblemSchema } from './problem.ts';
import { keepDigits } from './requestBodies.ts';

const KeyParams = Type.Object({ key: Type.String() });
const ScheduleSchema = Type.Object(
  {
    nextPass: Nullable(
      Type.String({ description: 'When the audience enters next; null while the journey is paused or not published' }),
    ),
    waitsForScores: Type.Boolean({ description: 'It is due, and waits for scores that have never been calculated' }),
    lastPass: Nullable(
      Type.Object({
        dueAt: Type.String(),
        state: Type.Enum(['running', 'done', 'left'], {
          description: '`left`: broken off, for the next one was due before it could go on',
        }),
        entered: Type.Integer(),
        skipped: Type.Record(Type.String(), Type.Integer(), {
          description: `Who belongs to the audience and did not enter, by reason: ${Object.keys(SKIP_REASONS).join(', ')}`,
        }),
        finishedAt: Nullable(Type.String()),
      }),
    ),
  },
  { description: 'Of a journey that an audience enters on a schedule' },
);
const Journey = Type.Object(
  {
    key: Type.String(),
    name: Type.String(),
    state: Type.Enum(['active', 'paused', 'unpublished']),
    entered: Type.Integer(),
    active: Type.Integer({ description: 'In the journey now' }),
    completed: Type.Integer(),
    exited: Type.Integer(),
    failed: Type.Integer(),
    schedule: Type.Optional(ScheduleSchema),
  },
  { examples: [journeyExample] },
);

export const noJourney = (key: string) =>
  new Problem(
    404,
    `There is no journey with the key "${key}". Journeys appear when a workflow with a Journey Trigger is published.`,
  );

export function journeyRoutes(context: ServiceContext): FastifyPluginCallbackTypebox {
  const { store, now } = context;
  const tags = ['journeys'];

  async function journeysWithSchedules(key?: string) {
    const journeys = await listJourneys(store.db, key);
    const schedules = await readSchedules(sessionOf(store.db), { now: now(), timeScale: context.settings.timeScale });
    return journeys.map((journey) => {
      const schedule = schedules.get(journey.key);
      return schedule ? { ...journey, schedule } : journey;
    });
  }

  async function counts(key: string) {
    const [journey] = await journeysWithSchedules(key);
    if (!journey) throw noJourney(key);
    return journey;
  }

  return (app, _options, done) => {
    keepDigits(app);
    app.get(
      '/journeys',
      { schema: { tags, summary: 'All journeys with their counts', response: { 200: Type.Array(Journey) } } },
      async () => await journeysWithSchedules(),
    );

    const switched = { tags, params: KeyParams, response: { 200: Journey, 404: ProblemSchema } };
    app.post(
      '/journeys/:key/pause',
      { schema: { ...switched, summary: 'Pause: nobody enters, waiting people hold' } },
      async (request) => {
        if (!(await pauseJourney(store, request.params.key, now()))) throw noJourney(request.params.key);
        return await counts(request.params.key);
      },
    );
    app.post(
      '/journeys/:key/resume',
      { schema: { ...switched, summary: 'Resume: those overdue go on, paced' } },
      async (request) => {
        if (!(await resumeJourney(store, request.params.key, now()))) throw noJourney(request.params.key);
        context.outboxWritten();
        return await counts(request.params.key);
      },
    );

    app.post(
      '/journeys/:key/runs',
      {
        schema: {
          tags,
          summary: 'Enter a customer by hand',
          params: KeyParams,
          body: Type.Object(
            {
              customerId: Type.Optional(Type.String()),
              identity: Type.Optional(IdentitySchema),
              properties: Type.Optional(AnyObject),
            },
            { examples: [{ customerId: CUSTOMER_ID, properties: { reason: 'asked in the shop' } }] },
          ),
          response: {
            202: Type.Object({
              runId: Type.String({ examples: [RUN_ID] }),
              runIds: Type.Array(Type.String({ examples: [RUN_ID] }), {
                description: 'Several where the journey has one run for each product',
              }),
            }),
            400: ProblemSchema,
            404: ProblemSchema,
            409: ProblemSchema,
          },
        },
      },
      async (request, reply) => {
        const { customerId, identity, properties = {} } = request.body;
        if ((customerId === undefined) === (identity === undefined)) {
          const message = 'give either customerId or identity';
          throw new Problem(400, `Whom to enter is not clear: ${message}.`, [{ path: '', message }]);
        }
        const who = customerId === undefined ? identityOrProblem(identity, '/identity') : { customerId };
        const read = readProperties('custom:manual', properties);
        if (read.problems.length > 0) throw new Problem(400, 'The properties cannot be read.', read.problems);
        const { timeScale } = context.settings;
        const enrolment = { who, properties: read.properties, key: null };
        const [result] =
          (await enrolCustomers(store, request.params.key, [enrolment], { now: now(), timeScale })) ?? [];
        switch (result?.kind) {
          case undefined:
            throw noJourney(request.params.key);
          case 'noCustomer':
            throw new Problem(404, 'There is no such customer.');
          case 'refused':
            throw new Problem(409, SKIP_REASONS[result.reason], [{ path: '', message: result.reason }]);
          case 'started':
            context.outboxWritten();
            reply.code(202);
            return { runId: result.runIds[0], runIds: result.runIds };
        }
      },
    );
    done();
  };
}
