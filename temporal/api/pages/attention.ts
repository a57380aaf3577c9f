/** What somebody should look at, one sentence each, from all that the service knows about itself. Empty: all is well. */
import { alarmSentence } from '../../domain/complaints.ts';
import { journeyPath } from '../../operatorLinks.ts';
import { JOB_NAMES } from '../../scoring/job.ts';
import { listOpenAlarms } from '../../store/alarmRows.ts';
import { countOpenPrivacyRequests, readOutboxBacklog } from '../../store/operator/backlog.ts';
import type { ListedJourney } from '../../store/operator/journeyOverview.ts';
import { readPolicy } from '../../store/policy.ts';
import type { Session } from '../../store/rows.ts';
import { readJobs } from '../../store/scoreJobs.ts';
import type { PartsReport, ServiceContext } from '../context.ts';
import { html, type Part } from '../gateway/pages/markup.ts';
import { boundedWords } from './journeyWords.ts';
import { jobName } from './scoreJobs.ts';
import { minute } from './timeline.ts';

export async function attention(
  { settings }: ServiceContext,
  session: Session,
  { notes, ...parts }: PartsReport,
  journeys: readonly ListedJourney[],
): Promise<Part[]> {
  const { db } = session;
  const { killSwitch } = await readPolicy(db);
  const alarms = await listOpenAlarms(db);
  const outbox = await readOutboxBacklog(session);
  const privacy = await countOpenPrivacyRequests(session);
  const jobs = await readJobs(session, JOB_NAMES);
  // A note says more than that something is down.
  const isNoted = (name: string): boolean => notes.some((note) => note.toLowerCase().includes(name));
  const down = Object.entries(parts).filter(([name, state]) => state === 'down' && !isNoted(name));
  return [
    ...(settings.timeScale === 1 ? [] : [`Time runs ${settings.timeScale} times as fast: for demos and tests only.`]),
    ...(killSwitch ? ['The kill switch is on: no message goes out, and nobody is lost (PUT /v1/policy).'] : []),
    ...down.map(([name]) => `${partName(name)} is down.`),
    ...notes,
    ...alarms.map(alarmSentence),
    ...journeys.flatMap(heldJourney),
    ...(outbox.failing > 0 && outbox.since !== null
      ? [
          html`Temporal has not taken what it has to be told since ${minute(outbox.since)}. It is tried again by itself.`,
        ]
      : []),
    ...jobs.flatMap(({ name, failure }) =>
      failure === null ? [] : [`The calculation of ${jobName(name)} failed: ${failure}`],
    ),
    ...(privacy.count > 0
      ? [`${boundedWords(privacy)} privacy requests wait for an answer: see GET /v1/privacy-requests.`]
      : []),
  ];
}

function heldJourney({ key, name, state, open }: ListedJourney): Part[] {
  if (open.count === 0 || state === 'active') return [];
  const why = state === 'paused' ? 'is paused' : 'is not published';
  return [html`<a href="${journeyPath(key)}">${name}</a> ${why}, with ${boundedWords(open)} in it.`];
}

const PARTS: Readonly<Record<string, string>> = {
  temporal: 'Temporal',
  n8n: 'n8n',
  worker: 'The worker',
  store: 'The store',
};

export const partName = (name: string): string => PARTS[name] ?? name;
