/** The parts of a journey's page: how it stands, its steps, its messages, how runs ended, and who did not enter. */
import { SKIP_REASONS, type SkipReason } from '../../domain/entry.ts';
import type { ScheduleReport } from '../../intake/schedules.ts';
import type { OperatorLinks } from '../../operatorLinks.ts';
import type { Ended, OpenRunsOfJourney, ReachedStep, Skips } from '../../store/operator/journeyFigures.ts';
import type { ListedJourney } from '../../store/operator/journeyOverview.ts';
import { html, type Markup, type Part } from '../gateway/pages/markup.ts';
import { facts, figures, trouble, waysOn } from './facts.ts';
import type { JourneyReport } from './reportOfJourney.ts';
import { boundedWords, revenueWords, stateBadge } from './journeyWords.ts';
import type { Days } from './period.ts';
import { statusSentence } from './runWords.ts';
import { channelName, reasonWords } from './sendWords.ts';
import { count, nothing, percent } from './shown.ts';
import { dataTable } from './table.ts';
import { fromNow, minute } from './timeline.ts';

interface Standing {
  journey: ListedJourney;
  report: JourneyReport;
  schedule: ScheduleReport | null;
  held: readonly string[];
  links: OperatorLinks;
  days: Days;
}

export function standingSection({ journey, report, schedule, held, links, days }: Standing, above: Part): Markup {
  const { runs } = report;
  return html`<section>
    <h2>How it stands ${stateBadge(journey.state)}</h2>
    ${held.map(trouble)} ${above}
    ${figures([
      ['In it now', boundedWords(journey.open)],
      [`Entered in ${String(days)} days`, count(runs?.entered ?? 0)],
      ['Of these finished', count(runs?.completed ?? 0)],
      ['Ended early', count(runs?.exited ?? 0)],
      ['Cancelled', count(runs?.cancelled ?? 0)],
      ['Failed', count(runs?.failed ?? 0)],
      ['Messages sent', count(report.sent)],
      ['Revenue', revenueWords(report.revenue)],
    ])}
    ${schedule && scheduleFacts(schedule)}
    ${waysOn([
      ['Workflow in n8n', links.n8nWorkflow(journey.n8nWorkflowId)],
      ['Executions in n8n', links.n8nExecutions(journey.n8nWorkflowId)],
      ['Its runs in the Temporal UI', links.temporalJourney(journey.key)],
    ])}
  </section>`;
}

const scheduleFacts = ({ nextPass, waitsForScores, lastPass }: ScheduleReport): Markup =>
  facts([
    [
      'The audience enters next',
      waitsForScores
        ? 'when scores have been calculated'
        : nextPass === null
          ? 'not while it is paused'
          : minute(nextPass),
    ],
    ['It entered last', lastPass && html`${minute(lastPass.dueAt)}: ${count(lastPass.entered)} (${lastPass.state})`],
  ]);

/** Why people do not go on. @param unpublished names of the workflow's nodes that are not published */
export function heldSentences(
  { state, open }: ListedJourney,
  { steps }: OpenRunsOfJourney,
  unpublished: ReadonlySet<string>,
): string[] {
  const sentences: string[] = [];
  if (state === 'paused') {
    sentences.push('The journey is paused: nobody enters, and those who are in it are held until it is resumed.');
  }
  if (state === 'unpublished' && open.count > 0) {
    sentences.push(
      'The journey is not published: nobody enters. Those who are in it go on where their next step is published.',
    );
  }
  for (const { node, runs } of steps) {
    if (!unpublished.has(node)) continue;
    sentences.push(
      `${count(runs)} stand at “${node}”, which is not published in n8n: they are held, and go on by themselves when it is.`,
    );
  }
  return sentences;
}

/** @param wayTo where those who stand at a step can be seen; null: nowhere @param now epoch ms */
export function stepsSection(
  { open, steps }: OpenRunsOfJourney,
  reached: readonly ReachedStep[],
  wayTo: (step: string) => string | null,
  now: number,
): Markup {
  const names = [...new Set([...reached.map(({ node }) => node), ...steps.map(({ node }) => node)])];
  const until = (at: number | null): Part => (at === null ? '–' : html`${minute(at)} (${fromNow(at, now)})`);
  return html`<section>
    <h2>Steps</h2>
    ${
      open.isMore &&
      html`<p class="hint">
        ${boundedWords(open)} are in the journey. “Now” is of ${count(open.count)} of them, taken by chance.
      </p>`
    }
    ${
      names.length === 0
        ? nothing('Nobody has come to a wait in this period, and nobody stands in one now.')
        : dataTable({
            caption:
              'Reached: of those who entered in the period. Now: of all who are in the journey; the number leads to them in the Temporal UI.',
            columns: [
              { name: 'Step' },
              { name: 'Reached', kind: 'number' },
              { name: 'Now', kind: 'number' },
              { name: 'Held', kind: 'number' },
              { name: 'First goes on', kind: 'time' },
              { name: 'Last goes on', kind: 'time' },
            ],
            rows: names.map((name) => {
              const standing = steps.find(({ node }) => node === name);
              const way = standing && name !== '' ? wayTo(name) : null;
              const number = count(standing?.runs ?? 0);
              return [
                name === '' ? 'about to begin' : name,
                count(reached.find(({ node }) => node === name)?.runs ?? 0),
                way === null
                  ? number
                  : html`<a href="${way}" aria-label="${number} at ${name}, in the Temporal UI">${number}</a>`,
                count(standing?.held ?? 0),
                until(standing?.firstUntil ?? null),
                until(standing?.lastUntil ?? null),
              ];
            }),
          })
    }
  </section>`;
}

export function messagesSection({ messages, suppressedBy, deferredBy }: JourneyReport): Markup {
  const reasons = [...new Set([...Object.keys(suppressedBy), ...Object.keys(deferredBy)])];
  const of = (by: Readonly<Record<string, number>>, reason: string): number => by[reason] ?? 0;
  reasons.sort((one, other) => of(suppressedBy, other) - of(suppressedBy, one) || (one < other ? -1 : 1));
  return html`<section>
    <h2>Messages</h2>
    ${
      messages.length === 0
        ? nothing('None has been decided on in this period.')
        : dataTable({
            caption: 'Decided on in the period, in the order in which each was last asked for. Revenue by last touch.',
            columns: [
              ...[{ name: 'Message' }, { name: 'Channel' }],
              ...[
                'Sent',
                'Delivered',
                'Opened',
                'Clicked',
                'Not sent',
                'Put off',
                'Failed',
                'Unknown',
                'Orders',
                'Revenue',
              ].map((name) => ({ name, kind: 'number' as const })),
            ],
            rows: messages.map((message) => [
              message.nodeName,
              channelName(message.channel),
              ...[message.sent, message.delivered].map(count),
              ...[message.opened, message.clicked].map((value) => shareOf(value, message.sent)),
              ...[message.suppressed, message.deferred, message.failed, message.unknown, message.orders].map(count),
              revenueWords(message.revenue),
            ]),
          })
    }
    ${
      reasons.length > 0 &&
      html`<h3>Why messages were not sent</h3>
        ${dataTable({
          caption: 'A message can have several reasons.',
          columns: [{ name: 'Reason' }, { name: 'Not sent', kind: 'number' }, { name: 'Put off', kind: 'number' }],
          rows: reasons.map((reason) => [
            html`${reasonWords(reason)} <span class="hint">${reason}</span>`,
            count(of(suppressedBy, reason)),
            count(of(deferredBy, reason)),
          ]),
        })}`
    }
  </section>`;
}

const shareOf = (part: number, whole: number): string =>
  whole === 0 ? count(part) : `${count(part)} (${percent(part / whole, 0)})`;

export const endsSection = (ends: readonly Ended[]): Markup =>
  html`<section>
    <h2>How it ended</h2>
    ${
      ends.length === 0
        ? nothing('Of those who entered in this period, nobody’s run has ended yet.')
        : dataTable({
            caption: 'Of those who entered in the period.',
            columns: [{ name: 'The run' }, { name: 'Customers', kind: 'number' }],
            rows: ends.map(({ status, reason, runs }) => [statusSentence(status, reason), count(runs)]),
          })
    }
  </section>`;

export const skipsSection = ({ all, byReason }: Skips, days: Days): Markup =>
  html`<section>
    <h2>Did not enter</h2>
    ${
      byReason.length === 0
        ? nothing('Everybody whom an entry event was about has entered.')
        : dataTable({
            caption: `Entry events of the last ${String(days)} days that started nothing${all.isMore ? `: the newest ${count(all.count)}` : ''}.`,
            columns: [{ name: 'Why' }, { name: 'Events', kind: 'number' }],
            rows: byReason.map(({ reason, entries }) => [SKIP_REASONS[reason as SkipReason] ?? reason, count(entries)]),
          })
    }
  </section>`;
