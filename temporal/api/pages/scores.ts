/** `/scores`: what was learned of all customers and products, for people. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import type { Calibration } from '../../domain/clv/calibration.ts';
import type { NoFit } from '../../domain/clv/fit.ts';
import type { PredictionsModel } from '../../domain/clv/shopPredictions.ts';
import type { RfmDistribution } from '../../domain/rfm/distribution.ts';
import type { RfmModel } from '../../domain/rfm/model.ts';
import type { Movement } from '../../domain/rfm/movement.ts';
import { JOB_NAMES } from '../../scoring/job.ts';
import type { ReplenishmentDocument } from '../../scoring/replenishmentJob.ts';
import { listWindows } from '../../store/replenishmentWindows.ts';
import type { Session } from '../../store/rows.ts';
import { readJobs } from '../../store/scoreJobs.ts';
import { readModel } from '../../store/scoreModels.ts';
import type { ServiceContext } from '../context.ts';
import { operatorPage } from './layout.ts';
import { jobsSection } from './scoreJobs.ts';
import { predictionsSection } from './scorePredictions.ts';
import { replenishmentSection } from './scoreReplenishment.ts';
import { distributionSection, movementSection, segmentsSection } from './scoreSegments.ts';

/** Products in the chart of windows. */
const WINDOWS = 20;

export function scoresPageRoutes(context: ServiceContext): FastifyPluginCallbackTypebox {
  const { store, settings } = context;
  const session: Session = { db: store.db, dialect: store.dialect };

  return (app, _options, done) => {
    app.get('/scores', { schema: { hide: true } }, async (_request, reply) =>
      reply.send(await scoresPage(session, settings.shopName)),
    );
    done();
  };
}

async function scoresPage(session: Session, shop: string): Promise<string> {
  const learned = async <T>(name: string) => (await readModel<T>(session.db, name))?.model ?? null;
  const windows = await listWindows(session.db, { limit: WINDOWS, after: null });
  return operatorPage(
    { title: 'Scores', shop, place: '/scores' },
    await distributionSection(await learned<RfmDistribution>('distribution'), await learned<RfmModel>('rfm')),
    segmentsSection(await learned<RfmDistribution>('distribution'), await learned<RfmModel>('rfm')),
    movementSection(await learned<Movement>('movement')),
    await predictionsSection(
      await learned<PredictionsModel>('predictions'),
      await learned<Calibration | NoFit>('calibration'),
    ),
    await replenishmentSection(await learned<ReplenishmentDocument>('replenishment'), windows.items),
    jobsSection(await readJobs(session, JOB_NAMES)),
  );
}
