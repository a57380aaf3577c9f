/** What the Journey node asks for its items, many at once: bring customers in, end their runs, list them. Each item for itself. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { SKIP_REASONS } from '../domain/entry.ts';
import { readProperties } from '../domain/eventProperties.ts';
import { readIdentity, type FieldProblem } from '../domain/identity.ts';
import { readId } from '../domain/textValues.ts';
import { enrolCustomers, type Enrolment } from '../intake/enrol.ts';
import { exitRuns } from '../intake/runControl.ts';
import { survivingIds } from '../store/identities.ts';
import { runsOfMany } from '../store/listsOfMany.ts';
import type { Session } from '../store/rows.ts';
import { ItemError, ItemRef, unknownCustomer } from './batchSchemas.ts';
import type { ServiceContext } from './context.ts';
import { AnyObject, IdentitySchema, Nullable } from './customerSchemas.ts';
import { CUSTOMER_ID, RUN_ID } from './examples.ts';
import { noJourney } from './journeys.ts';
import { ProblemSchema } from './problem.ts';
import { RunSchema, RunStatusSchema } from './runSchema.ts';

const MAX_ITEMS = 1000;
const MOST_RUNS = 1000;
const DEFAULT_RUNS = 50;
const DEFAULT_REASON = 'exited_by_workflow';
/** It is shown in Temporal and in lists: a few words, and nobody's address. */
const REASON = '^[A-Za-z0-9][A-Za-z0-9 _.:-]{0,63}$';

export function runBatchRoutes(context: ServiceContext): FastifyPluginCallbackTypebox {
  const { store, now } = context;
  const session: Session = { db: store.db, dialect: store.dialect };
  const tags = ['runs'];

  return (app, _options, done) => {
    app.post(
      '/journeys/:key/runs/batch',
      {
        schema: {
          tags: ['journeys'],
          summary: 'Enter many customers by hand',
          description:
            'Each item for itself: `reason` says why a customer did not enter. The same `key` for the same customer and journey again ' +
            'within a day means the run that it has started, so that a call can be repeated.',
          params: Type.Object({ key: Type.String() }),
          body: Type.Object({
            items: Type.Array(
              Type.Object(
                {
                  ref: ItemRef,
                  identity: IdentitySchema,
                  properties: Type.Optional(AnyObject),
                  key: Type.Optional(Type.String({ minLength: 1, maxLength: 300 })),
                },
                {
                  examples: [
                    { ref: 0, identity: { customerId: CUSTOMER_ID }, properties: { reason: 'vip' }, key: 'e1' },
                  ],
                },
              ),
              { maxItems: MAX_ITEMS },
            ),
          }),
          response: {
            200: Type.Object({
              items: Type.Array(
                Type.Object(
                  {
                    ref: ItemRef,
                    runId: Nullable(Type.String()),
                    runIds: Type.Array(Type.String(), {
                      description: 'Several where the journey has one run for each product',
                    }),
                    customerId: Nullable(Type.String()),
                    reason: Nullable(Type.String({ description: Object.keys(SKIP_REASONS).join(', ') })),
                    message: Nullable(Type.String()),
                    error: Type.Optional(ItemError),
                  },
                  {
                    examples: [
                      {
                        ...{ ref: 0, runId: RUN_ID, runIds: [RUN_ID], customerId: CUSTOMER_ID },
                        ...{ reason: null, message: null },
                      },
                    ],
                  },
                ),
              ),
            }),
            400: ProblemSchema,
            404: ProblemSchema,
          },
        },
      },
      async ({ params, body }) => {
        const read = body.items.map((item, index) => readEnrolment(item, `/items/${index}`));
        const good = read.flatMap(({ enrolment }) => enrolment ?? []);
        const time = { now: now(), timeScale: context.settings.timeScale };
        const outcomes = await enrolCustomers(store, params.key, good, time);
        if (outcomes === null) throw noJourney(params.key);
        if (outcomes.some(({ kind }) => kind === 'started')) context.outboxWritten();
        let next = 0;
        return {
          items: body.items.map(({ ref }, index) => {
            const { problem } = read[index] ?? {};
            const nothing = { ref, runId: null, runIds: [], customerId: null, reason: null, message: null };
            if (problem) return { ...nothing, error: problem };
            const outcome = outcomes[next++];
            if (outcome?.kind === 'started') {
              const { runIds, customerId } = outcome;
              return { ...nothing, runId: runIds[0], runIds, customerId };
            }
            if (outcome?.kind === 'refused') {
              const { reason, customerId } = outcome;
              return { ...nothing, customerId, reason, message: SKIP_REASONS[reason] };
            }
            return { ...nothing, error: unknownCustomer(`/items/${index}/identity/customerId`) };
          }),
        };
      },
    );

    app.post(
      '/runs/exit',
      {
        schema: {
          tags,
          summary: 'End the open runs of many customers',
          description: 'In one journey, or in all. Customers who are in none stay as they are.',
          body: Type.Object({
            items: Type.Array(
              Type.Object(
                {
                  ref: ItemRef,
                  customerId: Type.String(),
                  journey: Type.Optional(Type.String({ description: 'All journeys when left out' })),
                  reason: Type.Optional(Type.String({ pattern: REASON, description: `Default ${DEFAULT_REASON}` })),
                  exceptRunId: Type.Optional(Type.String({ description: 'This run goes on' })),
                },
                {
                  examples: [
                    { ref: 0, customerId: CUSTOMER_ID, journey: 'cart-recovery', reason: 'bought in the shop' },
                  ],
                },
              ),
              { maxItems: MAX_ITEMS },
            ),
          }),
          response: {
            200: Type.Object({
              items: Type.Array(
                Type.Object(
                  {
                    ref: ItemRef,
                    exited: Type.Array(Type.Object({ runId: Type.String(), journey: Type.String() })),
                    error: Type.Optional(ItemError),
                  },
                  { examples: [{ ref: 0, exited: [{ runId: RUN_ID, journey: 'cart-recovery' }] }] },
                ),
              ),
            }),
            400: ProblemSchema,
          },
        },
      },
      async ({ body: { items } }) => {
        const requests = items.map(({ customerId, journey, reason = DEFAULT_REASON, exceptRunId }) => ({
          customerId,
          journey: journey ?? null,
          reason,
          exceptRunId: exceptRunId ?? null,
        }));
        const outcomes = await exitRuns(store, requests, now());
        if (outcomes.some((exited) => exited !== null && exited.length > 0)) context.outboxWritten();
        return {
          items: items.map(({ ref }, index) => {
            const exited = outcomes[index];
            if (exited) return { ref, exited };
            return { ref, exited: [], error: unknownCustomer(`/items/${index}/customerId`) };
          }),
        };
      },
    );

    app.post(
      '/runs/lookup',
      {
        schema: {
          tags,
          summary: 'Runs of many customers, newest first',
          body: Type.Object({
            items: Type.Array(
              Type.Object(
                {
                  ref: ItemRef,
                  customerId: Type.String(),
                  journey: Type.Optional(Type.String()),
                  status: Type.Optional(RunStatusSchema),
                  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MOST_RUNS, default: DEFAULT_RUNS })),
                },
                { examples: [{ ref: 0, customerId: CUSTOMER_ID, status: 'running', limit: 10 }] },
              ),
              { maxItems: MAX_ITEMS },
            ),
          }),
          response: {
            200: Type.Object({
              items: Type.Array(
                Type.Object({ ref: ItemRef, runs: Type.Array(RunSchema), error: Type.Optional(ItemError) }),
              ),
            }),
            400: ProblemSchema,
          },
        },
      },
      async ({ body: { items } }) => {
        const survivors = await survivingIds(session, new Set(items.map(({ customerId }) => customerId)));
        const requests = items.flatMap(({ customerId, journey = null, status = null, limit = DEFAULT_RUNS }, index) => {
          const survivor = survivors.get(customerId);
          return survivor === undefined ? [] : [{ index, customerId: survivor, journey, status, limit }];
        });
        const found = await runsOfMany(session, requests);
        return {
          items: items.map(({ ref, customerId }, index) => ({
            ref,
            runs: found.get(index) ?? [],
            ...(!survivors.has(customerId) && {
              error: unknownCustomer(`/items/${index}/customerId`),
            }),
          })),
        };
      },
    );
    done();
  };
}

function readEnrolment(
  item: { identity: unknown; properties?: Record<string, unknown>; key?: string },
  path: string,
): { enrolment?: Enrolment; problem?: FieldProblem } {
  const { identity, problems } = readIdentity(item.identity, `${path}/identity`);
  const read = readProperties('custom:manual', item.properties ?? {});
  problems.push(...read.problems.map((problem) => ({ ...problem, path: `${path}${problem.path}` })));
  let key: string | null = null;
  if (item.key !== undefined) {
    const id = readId(item.key);
    if (id.problem === undefined) key = id.text;
    else problems.push({ path: `${path}/key`, message: id.problem });
  }
  const [problem] = problems;
  if (problem) return { problem };
  return { enrolment: { who: identity, properties: read.properties, key } };
}
