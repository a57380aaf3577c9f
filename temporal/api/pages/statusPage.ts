/** `/status`: how the service and its parts are, what is held, what is wrong. Programs ask `/health` and `/ready`. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import type { Alarm } from '../../domain/complaints.ts';
import { JOB_NAMES } from '../../scoring/job.ts';
import { listOpenAlarms } from '../../store/alarmRows.ts';
import { listWaitingDeliveries, type WaitingDeliveries } from '../../store/deliveries.ts';
import { readOutboxBacklog, type Backlog } from '../../store/operator/backlog.ts';
import { listedJourneys } from '../../store/operator/journeyOverview.ts';
import { sessionOf } from '../../store/rows.ts';
import { readJobs } from '../../store/scoreJobs.ts';
import type { PartsReport, PartState, ServiceContext } from '../context.ts';
import { html, type Markup } from '../gateway/pages/markup.ts';
import { attention, partName } from './attention.ts';
import { attentionSection } from './attentionSection.ts';
import { facts } from './facts.ts';
import { boundedWords } from './journeyWords.ts';
import { operatorPage } from './layout.ts';
import { jobsSection } from './scoreJobs.ts';
import { count, nothing, percent } from './shown.ts';
import { dataTable } from './table.ts';
import { minute } from './timeline.ts';

export function statusPageRoutes(context: ServiceContext): FastifyPluginCallbackTypebox {
  const { store, settings } = context;
  const session = sessionOf(store.db);
  return (app, _options, done) => {
    app.get('/status', { schema: { hide: true } }, async (_request, reply) => {
      const parts = await context.parts();
      const wrong = await attention(context, session, parts, await listedJourneys(session));
      return reply.send(
        operatorPage(
          { title: 'Status', shop: settings.shopName, place: '/status' },
          attentionSection(wrong),
          partsSection(parts, settings.timeScale, await readOutboxBacklog(session)),
          alarmsSection(await listOpenAlarms(store.db)),
          deliveriesSection(await listWaitingDeliveries(session)),
          jobsSection(await readJobs(session, JOB_NAMES)),
        ),
      );
    });
    done();
  };
}

const TONES: Readonly<Record<PartState, string>> = { up: 'good', starting: 'held', down: 'bad' };

function partsSection({ temporal, n8n, worker }: PartsReport, timeScale: number, outbox: Backlog): Markup {
  // Without the store there would be no page: who has logged out is asked of it.
  const parts: Record<string, PartState> = { store: 'up', temporal, n8n, worker };
  return html`<section>
    <h2>Parts</h2>
    ${dataTable({
      caption: 'The parts of the service and whether they are there',
      isCaptionHidden: true,
      columns: [{ name: 'Part' }, { name: 'State' }],
      rows: Object.entries(parts).map(([name, state]) => [
        partName(name),
        html`<span class="badge ${TONES[state]}">${state}</span>`,
      ]),
    })}
    ${facts([
      ['Time scale', timeScale === 1 ? '1: real time' : `${timeScale} times as fast`],
      [
        'Temporal has still to be told',
        outbox.since === null
          ? 'nothing'
          : html`${boundedWords(outbox.rows)} messages, the oldest of ${minute(outbox.since)}`,
      ],
      ['For programs', html`<a href="/health">/health</a>, <a href="/ready">/ready</a>, /metrics`],
    ])}
  </section>`;
}

const alarmsSection = (alarms: readonly Alarm[]): Markup =>
  html`<section>
    <h2>Alarms</h2>
    ${
      alarms.length === 0
        ? nothing('None is open.')
        : dataTable({
            caption: 'Complaints about e-mail of the last 7 days. Times are UTC.',
            columns: [
              { name: 'Level' },
              { name: 'Since', kind: 'time' },
              { name: 'Complaints', kind: 'number' },
              { name: 'Messages', kind: 'number' },
              { name: 'Rate', kind: 'number' },
              { name: 'Journeys' },
            ],
            rows: alarms.map(({ level, raisedAt, complaints, messages, rate, journeys }) => [
              html`<span class="badge bad">${level}</span>`,
              minute(raisedAt),
              ...[count(complaints), count(messages), percent(rate, 2)],
              journeys
                .map(({ journey, complaints: of }) => `${journey ?? 'outside of journeys'} (${count(of)})`)
                .join(', '),
            ]),
          })
    }
  </section>`;

const deliveriesSection = (waiting: readonly WaitingDeliveries[]): Markup =>
  html`<section>
    <h2>Events on their way to n8n</h2>
    ${
      waiting.length === 0
        ? nothing('None is held: every Commerce Trigger has had its events.')
        : dataTable({
            caption:
              'Events that Commerce Triggers have still to get. They are kept, and go on by themselves. Times are UTC.',
            columns: [
              { name: 'Node' },
              { name: 'Workflow' },
              { name: 'Events', kind: 'number' },
              { name: 'Tried in vain', kind: 'number' },
              { name: 'Oldest', kind: 'time' },
              { name: 'Why' },
            ],
            rows: waiting.map(({ nodeName, workflowName, rows, failing, oldestAt, problem, published }) => [
              ...[nodeName, workflowName, count(rows), count(failing)],
              minute(oldestAt),
              published ? (problem ?? 'on their way') : 'the node is not published',
            ]),
          })
    }
  </section>`;
