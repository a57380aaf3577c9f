/** `/journeys/{key}`: the course of one journey in numbers: who enters, where they wait, what is sent or held back and why, how it ends. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { DEFAULT_WINDOWS, windowLengths, type WindowLengths } from '../../domain/reports/attribution.ts';
import { readSchedules } from '../../intake/schedules.ts';
import { journeyPath, OperatorLinks } from '../../operatorLinks.ts';
import { unpublishedNodes } from '../../store/endpoints.ts';
import { listRuns } from '../../store/lists.ts';
import { readEnds, readOpenRuns, readReachedSteps, readSkips } from '../../store/operator/journeyFigures.ts';
import { listedJourneys, type ListedJourney } from '../../store/operator/journeyOverview.ts';
import { journeyWindow, type JourneyWindow } from '../../store/operator/journeyWindow.ts';
import { sessionOf } from '../../store/rows.ts';
import type { ServiceContext } from '../context.ts';
import {
  endsSection,
  heldSentences,
  messagesSection,
  skipsSection,
  standingSection,
  stepsSection,
} from './journeyFunnel.ts';
import { newestRunsSection } from './journeyRuns.ts';
import { operatorPage } from './layout.ts';
import { NotThere } from './notThere.ts';
import { reportOf } from './reportOfJourney.ts';
import { cutNote, periodChoice, periodOf, readDays, type Days } from './period.ts';

const NEWEST = 20;

export function journeyPageRoutes(context: ServiceContext): FastifyPluginCallbackTypebox {
  const { store, settings, now } = context;
  const session = sessionOf(store.db);
  return (app, _options, done) => {
    app.get<{ Params: { key: string }; Querystring: { days?: unknown } }>(
      '/journeys/:key',
      { schema: { hide: true } },
      async (request, reply) => {
        const { key } = request.params;
        const [journey] = key.includes('\0') ? [] : await listedJourneys(session, key);
        if (!journey) {
          const why =
            'There is no journey with this key. Journeys appear when a workflow with a Journey Trigger is published.';
          throw new NotThere('/journeys', 'No such journey', why);
        }
        const days = readDays(request.query.days);
        const window = await journeyWindow(session, key, periodOf(days, now()));
        return reply.send(
          await page(context, journey, { days, window, windows: windowLengths(DEFAULT_WINDOWS, settings.timeScale) }),
        );
      },
    );
    done();
  };
}

interface Looked {
  days: Days;
  window: JourneyWindow;
  windows: WindowLengths;
}

async function page(
  { store, settings, now }: ServiceContext,
  journey: ListedJourney,
  { days, window, windows }: Looked,
) {
  const session = sessionOf(store.db);
  const links = new OperatorLinks(settings);
  const { key } = journey;
  const report = await reportOf(session, journey, window, windows);
  const open = await readOpenRuns(session, key);
  const schedules = await readSchedules(session, { now: now(), timeScale: settings.timeScale });
  const newest = await listRuns(store.db, { journey: key }, { limit: NEWEST, after: null });
  const held = heldSentences(journey, open, await unpublishedNodes(store.db, journey.n8nWorkflowId));
  return operatorPage(
    { title: journey.name, shop: settings.shopName, place: '/journeys' },
    standingSection({ journey, report, schedule: schedules.get(key) ?? null, held, links, days }, [
      periodChoice(journeyPath(key), days),
      cutNote(window),
    ]),
    stepsSection(open, await readReachedSteps(session, key, window), (step) => links.temporalJourney(key, step), now()),
    messagesSection(report),
    endsSection(await readEnds(session, key, window)),
    skipsSection(await readSkips(session, key, periodOf(days, now()).from), days),
    newestRunsSection(newest.items),
  );
}
