/** `/journeys`: all journeys, who is in them, and what the last 30 days have brought. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { DEFAULT_WINDOWS, windowLengths } from '../../domain/reports/attribution.ts';
import { journeyPath, OperatorLinks } from '../../operatorLinks.ts';
import {
  listedJourneys,
  recentFigures,
  type ListedJourney,
  type RecentFigures,
} from '../../store/operator/journeyOverview.ts';
import { sessionOf } from '../../store/rows.ts';
import type { ServiceContext } from '../context.ts';
import { html, type Part } from '../gateway/pages/markup.ts';
import { boundedWords, revenueWords, stateBadge } from './journeyWords.ts';
import { operatorPage } from './layout.ts';
import { periodOf } from './period.ts';
import { count, nothing } from './shown.ts';
import { dataTable } from './table.ts';
import { minute } from './timeline.ts';

const DAYS = 30;

export const NO_JOURNEYS =
  'None yet: a journey appears here when a workflow with a Journey Trigger is published in n8n.';

export function journeysPageRoutes({ store, settings, now }: ServiceContext): FastifyPluginCallbackTypebox {
  const session = sessionOf(store.db);
  const links = new OperatorLinks(settings);
  const windows = windowLengths(DEFAULT_WINDOWS, settings.timeScale);
  return (app, _options, done) => {
    app.get('/journeys', { schema: { hide: true } }, async (_request, reply) => {
      const period = periodOf(DAYS, now());
      const journeys: [ListedJourney, RecentFigures][] = [];
      for (const journey of await listedJourneys(session)) {
        journeys.push([journey, await recentFigures(session, journey.key, period, windows)]);
      }
      return reply.send(
        operatorPage(
          { title: 'Journeys', shop: settings.shopName, place: '/journeys' },
          html`<section>${journeys.length === 0 ? nothing(NO_JOURNEYS) : journeyTable(journeys, links)}</section>`,
        ),
      );
    });
    done();
  };
}

function journeyTable(journeys: readonly (readonly [ListedJourney, RecentFigures])[], links: OperatorLinks): Part {
  const cut = journeys.some(([, { window }]) => window.isCut);
  return [
    dataTable({
      caption: `Entered, finished and revenue are of the last ${DAYS} days: of those who entered then, and of the messages decided then (last touch).`,
      columns: [
        { name: 'Journey' },
        { name: 'State' },
        { name: 'In it now', kind: 'number' },
        { name: 'Entered', kind: 'number' },
        { name: 'Finished', kind: 'number' },
        { name: 'Ended early', kind: 'number' },
        { name: 'Revenue', kind: 'number' },
        { name: 'n8n' },
      ],
      rows: journeys.map(([journey, { window, runs, revenue }]) => [
        html`<a href="${journeyPath(journey.key)}">${journey.name}</a>`,
        stateBadge(journey.state),
        boundedWords(journey.open),
        html`${count(runs?.entered ?? 0)}${window.isCut && html` since ${minute(window.from)}`}`,
        count(runs?.completed ?? 0),
        count(runs?.exited ?? 0),
        revenueWords(revenue),
        html`<a href="${links.n8nWorkflow(journey.n8nWorkflowId)}">Workflow</a>`,
      ]),
    }),
    cut &&
      html`<p class="hint">
        “since”: more has happened in these days than is counted at once; all figures of that row are of this shorter
        time.
      </p>`,
  ];
}
