/** The steps and messages of one run in the order in which they happened, newest first. */
import type { OperatorLinks } from '../../operatorLinks.ts';
import type { RunDetails, RunStep } from '../../store/operator/runDetails.ts';
import { html } from '../gateway/pages/markup.ts';
import { entryWords, eventName, statusSentence } from './runWords.ts';
import { sendEntry } from './sendEntry.ts';
import type { TimelineEntry } from './timeline.ts';

/** What these steps say stands beside the message itself. */
const OF_MESSAGES: ReadonlySet<string> = new Set(['sent', 'unknown', 'suppressed', 'deferred']);

export function runTimeline(run: RunDetails, links: OperatorLinks): TimelineEntry[] {
  const ofSend = new Set(run.sends.map(({ nodeName, segment }) => `${segment}/${nodeName}`));
  const isOfMessage = ({ outcome, segment, node }: RunStep): boolean =>
    OF_MESSAGES.has(outcome) || (outcome === 'failed' && ofSend.has(`${segment}/${node}`));
  const steps = run.steps.filter((step) => !isOfMessage(step)).map((step) => stepEntry(step, run));
  const sends = run.sends.map((send) => sendEntry(send, executionOf(run, send.startedBy, links)));
  const hasEnd = run.steps.some(({ outcome }) => outcome === run.status);
  const end: TimelineEntry[] =
    run.endedAt === null || hasEnd ? [] : [{ at: run.endedAt, kind: 'End', title: endTitle(run) }];
  return [...steps, ...sends, ...end].sort(
    (one, other) => other.at - one.at || ORDER.indexOf(other.kind) - ORDER.indexOf(one.kind),
  );
}

/** Of what happens in one moment. */
const ORDER = ['Entry', 'Step', 'Message', 'Wait', 'End'];

function stepEntry({ segment, node, outcome, at }: RunStep, run: RunDetails): TimelineEntry {
  const name = html`<strong>${node}</strong>`;
  switch (outcome) {
    case 'entered':
      return { at, kind: 'Entry', title: html`Entered ${entryWords(run.entry)}: goes through n8n from ${name} on` };
    case 'elapsed':
      return { at, kind: 'Step', title: html`The time was over: went on from ${name}` };
    case 'event': {
      const by = run.waits.get(segment - 1)?.endedBy;
      return {
        at,
        kind: 'Step',
        title: html`${by ? eventName(by) : 'What was waited for'} came: went on from ${name}`,
      };
    }
    case 'waiting':
      return { at, kind: 'Wait', title: html`Began to wait at ${name}` };
    default:
      return {
        ...{ at, kind: 'End', title: html`${endTitle(run)}, at ${name}` },
        tone: outcome === 'failed' ? 'wrong' : outcome === 'completed' ? 'good' : 'plain',
      };
  }
}

const endTitle = (run: RunDetails): string => `The run ${statusSentence(run.status, run.exitReason)}`;

/** @param startedBy `<execution>/<node>/<round>`, as our nodes say it @returns the execution's address in n8n */
function executionOf(run: RunDetails, startedBy: string | null, links: OperatorLinks): string | null {
  const [, execution] = /^(\d+)\//.exec(startedBy ?? '') ?? [];
  const { n8nWorkflowId } = run.journey;
  return execution === undefined || n8nWorkflowId === null ? null : links.n8nExecution(n8nWorkflowId, execution);
}
