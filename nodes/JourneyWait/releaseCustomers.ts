/** The leaving half of Journey Wait: customers whose wait is over, and manual tests, where it is skipped. */
import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import type { WaitSpec } from '../../temporal/domain/waitSpec.ts';
import { missingRun, runOf } from '../transport/journeyItem.ts';
import { WaitFieldError, waitSpec } from './waitSpec.ts';

/** An execution that starts at this node, by its webhook, has no node that the items came from: n8n throws then. */
export function startedByService(context: IExecuteFunctions): boolean {
  try {
    return context.getInputSourceData() === undefined;
  } catch {
    return true;
  }
}

export function releaseCustomers(context: IExecuteFunctions): INodeExecutionData[][] {
  const items = context.getInputData();
  const node = context.getNode();
  for (const [itemIndex, { json }] of items.entries()) if (!runOf(json)) throw missingRun(node, itemIndex);
  return byOutput(context, items, ({ json }) => (json.run as IDataObject).outcome === 'event');
}

/** The fields are evaluated all the same: a wrong date shows in the test, not in the night. */
export function skipWaits(context: IExecuteFunctions): INodeExecutionData[][] {
  const items = context.getInputData();
  const specs = items.map(({ json }, itemIndex) => {
    if (!runOf(json)) throw missingRun(context.getNode(), itemIndex);
    return readWaitSpec(context, itemIndex);
  });
  const [first] = specs;
  if (first) {
    context.addExecutionHints({
      message: `Test run: the wait ${inWords(first)} was skipped. In a published journey the customer waits here.`,
      location: 'outputPane',
    });
  }
  const byTime = (index: number) => {
    const spec = specs[index];
    return spec?.kind !== 'event' || spec.maxMs !== null;
  };
  const released = items.map((item, index) => ({
    ...item,
    json: { ...item.json, run: { ...(item.json.run as IDataObject), outcome: byTime(index) ? 'elapsed' : 'event' } },
  }));
  return byOutput(context, released, (_, index) => !byTime(index));
}

export function readWaitSpec(context: IExecuteFunctions, itemIndex: number): WaitSpec {
  /** A field that the chosen kind of wait does not show has no value. */
  const field = (name: string) => context.getNodeParameter(name, itemIndex, null);
  try {
    return waitSpec(field, context.getTimezone());
  } catch (error) {
    if (!(error instanceof WaitFieldError)) {
      throw new NodeOperationError(context.getNode(), error as Error, { itemIndex });
    }
    throw new NodeOperationError(context.getNode(), error.message, { itemIndex, description: error.advice });
  }
}

/** One output for a time; for an event its own first, and a second when the wait is limited. */
function byOutput(
  context: IExecuteFunctions,
  items: INodeExecutionData[],
  isEvent: (item: INodeExecutionData, index: number) => boolean,
): INodeExecutionData[][] {
  const waitsForEvent = context.getNodeParameter('resume', 0) === 'event';
  const isLimited = waitsForEvent && context.getNodeParameter('limitWait', 0, true) !== false;
  const outputs: INodeExecutionData[][] = context.getNodeOutputs().map(() => []);
  for (const [index, item] of items.entries()) {
    const output = isLimited && !isEvent(item, index) ? 1 : 0;
    outputs[output]?.push({ ...item, pairedItem: { item: index } });
  }
  return outputs;
}

function inWords(spec: WaitSpec): string {
  switch (spec.kind) {
    case 'duration':
      return `of ${durationInWords(spec.ms)}`;
    case 'event':
      return `for ${spec.events.map(({ type }) => type).join(' or ')}${spec.maxMs === null ? '' : `, at most ${durationInWords(spec.maxMs)},`}`;
    case 'date':
      return `until ${spec.at}`;
    case 'localTime':
      return `until ${spec.time} local time`;
    case 'preferredHour':
      return `until the customer's preferred hour, else ${spec.fallback} local time,`;
    case 'replenishment':
      return `until it runs out (${spec.point} of the window)`;
  }
}

function durationInWords(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes < 60 || minutes % 60 !== 0) return `${Math.round(minutes * 100) / 100} min`;
  return minutes % 1_440 === 0 ? `${minutes / 1_440} d` : `${minutes / 60} h`;
}
