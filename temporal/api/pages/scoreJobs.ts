/** Of the pages of scores and status: what calculates scores, when it last did, and what went wrong. */
import type { readJobs } from '../../store/scoreJobs.ts';
import { html, type Markup } from '../gateway/pages/markup.ts';
import { nothing } from './shown.ts';

type Job = Awaited<ReturnType<typeof readJobs>>[number];

const NAMES: Readonly<Record<string, string>> = {
  rfm: 'recency, frequency, money',
  predictions: 'predictions',
  affinities: 'affinities',
  replenishment: 'replenishment',
  nextProducts: 'next products',
};

export const jobName = (name: string): string => NAMES[name] ?? name;

export function jobsSection(jobs: readonly Job[]): Markup {
  if (jobs.length === 0) {
    return html`<section>
      <h2>Calculations</h2>
      ${nothing('None has been due yet: is a process of the service with the worker role running?')}
    </section>`;
  }
  return html`<section>
    <h2>Calculations</h2>
    <p class="hint">Times are UTC.</p>
    <div class="scroll" tabindex="0" role="group" aria-label="What calculates the scores, and how it last ended">
      <table>
        <caption class="unseen">
          What calculates the scores, and how it last ended
        </caption>
        <thead>
          <tr>
            ${['Calculation', 'Last begun', 'Last ended', 'Due', 'How it ended'].map((name) => html`<th scope="col" class="name">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${jobs.map(
            (job) =>
              html`<tr>
                <th scope="row" class="name">${jobName(job.name)}</th>
                <td class="time">${time(job.started_at)}</td>
                <td class="time">${time(job.finished_at)}</td>
                <td class="time">${time(job.due_at)}</td>
                <td>${outcome(job)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}

function outcome({ failure, started_at, finished_at, lease_until }: Job): string | Markup {
  if (lease_until > 0 && started_at !== null) return 'is being done';
  if (failure !== null) return html`<span class="wrong">failed: ${failure}</span>`;
  return finished_at === null ? 'not done yet' : 'well';
}

const time = (at: number | null): string =>
  at === null ? '–' : new Date(at).toISOString().slice(0, 16).replace('T', ' ');
