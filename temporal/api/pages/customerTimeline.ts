/** The rows of a customer's timeline as entries of the page. */
import { SKIP_REASONS, type SkipReason } from '../../domain/entry.ts';
import { journeyPath, runPath } from '../../operatorLinks.ts';
import type { RunView } from '../../store/lists.ts';
import type { TimelineRow } from '../../store/operator/timelineRows.ts';
import { html, type Markup, type Part } from '../gateway/pages/markup.ts';
import { actionWords, actorWords } from './changeWords.ts';
import { eventDetails } from './eventWords.ts';
import { eventName, statusSentence } from './runWords.ts';
import { sendEntry } from './sendEntry.ts';
import { channelName, CONSENT_WORDS } from './sendWords.ts';
import { minute, moment, type TimelineEntry } from './timeline.ts';

/** Told later than this after it was said: then it is worth a word. */
const LATE_MS = 60_000;

/** @param journeys names, by key */
export function customerEntry(row: TimelineRow, journeys: ReadonlyMap<string, string>): TimelineEntry {
  const { at } = row;
  const journey = (key: string): Markup => html`<a href="${journeyPath(key)}">${journeys.get(key) ?? key}</a>`;
  switch (row.kind) {
    case 'event': {
      const { event, repeatsOrder } = row;
      const details = eventDetails(event);
      const notes = [
        `by ${event.source}`,
        ...(event.test ? ['a test: it counts nowhere'] : []),
        ...(repeatsOrder ? ['this order was known already'] : []),
        ...(Date.parse(event.receivedAt) - at > LATE_MS ? [html`received ${moment(event.receivedAt)}`] : []),
      ];
      const title = html`<strong>${capital(eventName(event.type))}</strong>${details !== '' && `: ${details}`}`;
      return { at, kind: 'Event', title, details: [separated(notes)] };
    }
    case 'identifier': {
      const { kind, value } = row.identifier;
      return { at, kind: 'Profile', title: html`Became known by ${identifierName(kind)} ${value}` };
    }
    case 'consent': {
      const { channel, state, source, actor, recordedAt } = row.consent;
      const notes = [
        `by ${source}`,
        ...(actor === null ? [] : [`told by ${actorWords(actor)}`]),
        ...(recordedAt - at > LATE_MS ? [html`recorded ${moment(recordedAt)}`] : []),
      ];
      const title = html`${channelName(channel)}: <strong>${CONSENT_WORDS[state]}</strong>`;
      return {
        at,
        kind: 'Consent',
        title,
        details: [separated(notes)],
        tone: state === 'subscribed' ? 'good' : 'held',
      };
    }
    case 'skipped': {
      const { reason } = row.skipped;
      const why = SKIP_REASONS[reason as SkipReason] ?? reason;
      return { at, kind: 'Journey', title: html`Did not enter ${journey(row.skipped.journey)}: ${why}`, tone: 'held' };
    }
    case 'change': {
      const { actor, action, details } = row.change;
      const { mergedId, channel, reason } = details;
      const notes = [
        `by ${actorWords(actor)}`,
        ...[mergedId, channel, reason].filter((word): word is string => typeof word === 'string'),
      ];
      return { at, kind: 'Profile', title: actionWords(action), details: [separated(notes)] };
    }
    case 'entered':
      return { at, kind: 'Journey', title: html`Entered ${journey(row.run.journey)}`, ...courseOf(row.run) };
    case 'ended': {
      const { id, journey: key, status, exitReason } = row.run;
      return {
        ...{ at, kind: 'Journey', title: html`${journey(key)} ${statusSentence(status, exitReason)}` },
        details: [html`<a href="${runPath(id)}">The run</a>`],
        tone: status === 'failed' ? 'wrong' : status === 'completed' ? 'good' : 'plain',
      };
    }
    case 'send': {
      const { journey: key, runId } = row.send;
      const inJourney = key === null ? 'Outside of journeys' : html`In ${journey(key)}`;
      const run = runId !== null && html`, <a href="${runPath(runId)}">the run</a>`;
      return sendEntry(row.send, null, [html`${inJourney}${run}`]);
    }
  }
}

/** What a run has gone through, and where it stands when it goes on. */
function courseOf(run: RunView): { list: Part; details: Part[] } {
  const steps = run.steps
    .filter(({ outcome }) => !OF_MESSAGES.has(outcome))
    .map(({ node, outcome, at }) => html`<li>${minute(at)} ${outcomeWord(outcome)} ${node}</li>`);
  const now =
    run.status !== 'running'
      ? []
      : run.waitingUntil !== null
        ? [html`Waits at ${run.step} until ${moment(run.waitingUntil)}`]
        : [html`Is at ${run.step ?? 'the beginning'}${run.held && ', held'}`];
  return {
    list:
      steps.length > 0 &&
      html`<ul>
        ${steps}
      </ul>`,
    details: [html`${now}${now.length > 0 && ' · '}<a href="${runPath(run.id)}">The run</a>`],
  };
}

const OUTCOMES: Readonly<Record<string, string>> = {
  entered: 'entered at',
  waiting: 'waited at',
  elapsed: 'time over at',
  event: 'event came at',
  exited: 'left at',
};

/** What these steps say stands beside the message itself. */
const OF_MESSAGES: ReadonlySet<string> = new Set(['sent', 'unknown', 'suppressed', 'deferred']);

const outcomeWord = (outcome: string): string => OUTCOMES[outcome] ?? `${outcome} at`;

const IDENTIFIERS: Readonly<Record<string, string>> = {
  email: 'the e-mail',
  phone: 'the phone number',
  externalId: 'the customer number',
  deviceId: 'the device',
};

const identifierName = (kind: string): string => IDENTIFIERS[kind] ?? kind;

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const separated = (parts: readonly Part[]): Part => parts.map((part, index) => html`${index > 0 && ' · '}${part}`);
