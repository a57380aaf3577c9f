/** `/v1/scores`: how customers are calculated, and that they are. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { ShopHabits } from '../domain/affinity/affinities.ts';
import type { Calibration } from '../domain/clv/calibration.ts';
import type { NoFit } from '../domain/clv/fit.ts';
import type { PredictionsModel } from '../domain/clv/shopPredictions.ts';
import { readScoreSettingsDocument } from '../domain/scoreSettings.ts';
import { JOB_NAMES, type JobName } from '../scoring/job.ts';
import { PastRfm } from '../scoring/pastRfm.ts';
import type { RfmModel } from '../domain/rfm/model.ts';
import type { Movement } from '../domain/rfm/movement.ts';
import { isoTime, isoTimeOrNull } from '../domain/textValues.ts';
import { isoDay, utcDay } from '../domain/utcDay.ts';
import { makeDue, readJobs } from '../store/scoreJobs.ts';
import { readModel } from '../store/scoreModels.ts';
import { readScoreSettings, writeScoreSettings } from '../store/scoreSettings.ts';
import type { Session } from '../store/rows.ts';
import type { ServiceContext } from './context.ts';
import { Problem, ProblemSchema } from './problem.ts';
import {
  RefreshSchema,
  RfmOverview,
  ScoresOverviewSchema,
  ScoreSettingsBody,
  ScoreSettingsSchema,
} from './scoreSchemas.ts';

const ACTOR = 'api';
const tags = ['scores'];

export function scoreRoutes({ store, settings: { databaseUrl }, now }: ServiceContext): FastifyPluginCallbackTypebox {
  const session: Session = { db: store.db, dialect: store.dialect };
  const past = new PastRfm(databaseUrl);
  return (app, _options, done) => {
    app.addHook('onClose', () => past.close());
    app.get(
      '/scores',
      {
        schema: {
          tags,
          summary: 'What was learned of all customers and products',
          description:
            'Cut points, segments and how customers have moved between them; the models as they are; the jobs.',
          response: { 200: ScoresOverviewSchema },
        },
      },
      async () => await overview(session),
    );

    app.get(
      '/scores/rfm',
      {
        schema: {
          tags,
          summary: 'RFM as of a day that has been',
          description:
            'Calculated for the answer, by the settings of now, from the orders and refunds up to the end of that (UTC) day: with ' +
            'a million customers it takes some seconds. Orders that have been voided since count as if they had never been.',
          querystring: Type.Object({ asOf: Type.String({ description: 'Such as 2026-10-31' }) }),
          response: { 200: RfmOverview, 400: ProblemSchema },
        },
      },
      async ({ query }) => await past.of(readDay(query.asOf, now())),
    );

    app.post(
      '/scores/refresh',
      {
        schema: {
          tags,
          summary: 'Calculate all scores now',
          description:
            'RFM, predictions, affinities, replenishment and next products are due at once; they are calculated each 24 hours ' +
            'anyway. `GET /v1/scores` says how far it is.',
          response: { 202: RefreshSchema },
        },
      },
      async (_request, reply) => {
        const jobs = [...JOB_NAMES];
        await makeDue(session, jobs, now());
        return await reply.code(202).send({ jobs });
      },
    );

    app.get(
      '/scores/settings',
      {
        schema: {
          tags,
          summary: 'How scores are calculated, with the defaults',
          response: { 200: ScoreSettingsSchema },
        },
      },
      async () => await readScoreSettings(store.db),
    );

    app.put(
      '/scores/settings',
      {
        schema: {
          tags,
          summary: 'Replace how scores are calculated',
          description:
            'The whole document: what is left out has its default, what was read can be written back. What goes by a part that ' +
            'changes is calculated anew at once. The change is noted in the audit.',
          body: ScoreSettingsBody,
          response: { 200: ScoreSettingsSchema, 400: ProblemSchema },
        },
        // Read field by field, so that a bad one is named.
        validatorCompiler: () => () => true,
      },
      async ({ body }) => {
        const { settings, problems } = readScoreSettingsDocument(body);
        if (problems) throw new Problem(400, 'The settings cannot be written: nothing has changed.', problems);
        await store.transaction((trx) => writeScoreSettings(trx, settings, ACTOR, now()));
        return settings;
      },
    );
    done();
  };
}

/** @returns as `utcDay` @throws Problem 400 */
function readDay(text: string, now: number): number {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : NaN;
  const day = utcDay(time);
  // 30 February would be taken for another day.
  if (!Number.isNaN(time) && isoDay(day) === text && day <= utcDay(now)) return day;
  const message = `has to be a day such as ${isoDay(utcDay(now))}, and not in the future`;
  throw new Problem(400, `"asOf" ${message}.`, [{ path: '/asOf', message }]);
}

async function overview(session: Session) {
  const learned = async <T = Record<string, unknown>>(name: string) =>
    (await readModel<T>(session.db, name))?.model ?? null;
  const jobs = await readJobs(session, JOB_NAMES);
  return {
    rfm: await learned<RfmModel>('rfm'),
    movement: await learned<Movement>('movement'),
    predictions: await learned<PredictionsModel>('predictions'),
    calibration: await learned<Calibration | NoFit>('calibration'),
    affinities: await learned<ShopHabits>('affinities'),
    replenishment: await learned('replenishment'),
    nextProducts: await learned('nextProducts'),
    jobs: jobs.map((job) => ({
      name: job.name as JobName,
      startedAt: isoTimeOrNull(job.started_at),
      finishedAt: isoTimeOrNull(job.finished_at),
      dueAt: isoTime(job.due_at),
      failure: job.failure,
    })),
  };
}
