/** What an operator reads about a run in the Temporal UI. Node names and event types only: no personal data. */
import type { CustomerJourneyInput, WaitRequest } from './messages.ts';

export function staticSummary(input: CustomerJourneyInput): string {
  return `${input.journeyName}: entered by ${input.entry}`;
}

/** @param runPage where the service shows the run; null: nobody knows */
export function staticDetails(input: CustomerJourneyInput, runPage: string | null): string {
  return [
    `Journey **${plain(input.journeyName)}** (\`${input.journeyKey}\`), run \`${input.runId}\`, customer \`${input.customerId}\`.`,
    input.endsOn.length > 0 ? `Ends at once on: ${input.endsOn.join(', ')}.` : 'No event ends it early.',
    ...(runPage === null ? [] : [`[Steps, messages and customer](${runPage})`]),
  ].join('\n\n');
}

export function segmentSummary(after: string | null): string {
  return after === null ? 'From the trigger to the next wait' : `From "${after}" to the next wait`;
}

export function waitSummary(wait: WaitRequest): string {
  return wait.events.length > 0 ? `${wait.node}: until ${wait.events.join(' or ')}, or this time` : wait.node;
}

export function waitDetails(wait: WaitRequest, endsOn: string[]): string {
  const lines = [`Waits in **${plain(wait.node)}** ${untilWords(wait)}.`];
  const last = endsWords(endsOn);
  return last ? [...lines, last].join('\n\n') : lines.join('\n\n');
}

export function segmentDetails(after: string | null, endsOn: string[]): string {
  return joined(`Goes through n8n, ${after === null ? 'from the trigger' : `from **${plain(after)}**`} on.`, endsOn);
}

export function heldDetails(endsOn: string[]): string {
  return joined('Held: the journey or this run is paused. Goes on when it is resumed.', endsOn);
}

export function deferredDetails(node: string, until: number, endsOn: string[]): string {
  return joined(`A message of **${plain(node)}** is put off until ${utc(until)}.`, endsOn);
}

function untilWords(wait: WaitRequest): string {
  const events = wait.events.length > 0 ? `for ${wait.events.join(' or ')}` : '';
  if (wait.until === null) return `${events}, without a time limit`;
  return events ? `${events}, at most until ${utc(wait.until)}` : `until ${utc(wait.until)}`;
}

function joined(first: string, endsOn: string[]): string {
  const last = endsWords(endsOn);
  return last ? `${first}\n\n${last}` : first;
}

function endsWords(endsOn: string[]): string {
  return endsOn.length > 0 ? `Ends at once on: ${endsOn.join(', ')}.` : '';
}

/** e.g. `2026-11-22 10:00:00 UTC` */
function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Node names are shown as they are, whatever signs of Markdown they hold. */
function plain(name: string): string {
  return name.replace(/[\\`*_[\]<>#]/g, (sign) => `\\${sign}`);
}
