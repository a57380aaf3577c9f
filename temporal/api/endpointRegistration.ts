/** Takes in what n8n publishes, told by the nodes themselves or found by comparing with n8n's API. */
import type { JourneyDefinition } from '../domain/journey.ts';
import { readJourney, readWait } from '../domain/journeyParameters.ts';
import { webhookPath } from '../domain/webhookPath.ts';
import { JourneyKeyTaken, publishEndpoint } from '../store/endpoints.ts';
import type { Store } from '../store/store.ts';
import { Problem } from './problem.ts';

export interface EndpointTold {
  kind: 'trigger' | 'wait';
  workflowId: string;
  workflowName: string;
  nodeId: string;
  nodeName: string;
  path: string;
  parameters: Readonly<Record<string, unknown>>;
}

/** @throws Problem 400 that names each wrong parameter, or 409 when the journey key is taken */
export async function registerEndpoint(store: Store, told: EndpointTold, now: number) {
  const path = webhookPath(told.path);
  if (path === null) {
    const message = 'has to be a webhook path below the n8n base URL, e.g. webhook/<id>/journey';
    throw new Problem(400, `"${told.path}" is no webhook path of n8n.`, [{ path: '/path', message }]);
  }
  const journey = told.kind === 'trigger' ? journeyOf(told.parameters, told.workflowName) : null;
  if (told.kind === 'wait') checkWait(told.parameters);
  try {
    const id = await store.transaction((trx) => publishEndpoint(trx, { ...told, path, journey }, now));
    return { id, journeyKey: journey?.key ?? null };
  } catch (error) {
    if (error instanceof JourneyKeyTaken) throw taken(error);
    throw error;
  }
}

/** @throws Problem 400 that names each wrong parameter */
export function journeyOf(parameters: Readonly<Record<string, unknown>>, workflowName: string): JourneyDefinition {
  const { journey, problems } = readJourney(parameters, workflowName);
  if (journey) return journey;
  throw new Problem(400, inSentences('Journey Trigger', problems), problems);
}

function checkWait(parameters: Readonly<Record<string, unknown>>): void {
  const { problems } = readWait(parameters);
  if (problems.length > 0) throw new Problem(400, inSentences('Journey Wait', problems), problems);
}

const inSentences = (node: string, problems: { path: string; message: string }[]): string =>
  `${node}: ${problems.map(({ path, message }) => `${path.replace('/parameters/', '')} ${message}.`).join(' ')}`;

function taken({ key, workflowName, nodeName, isSameWorkflow }: JourneyKeyTaken): Problem {
  const owner = isSameWorkflow ? `the node "${nodeName}" of this workflow` : `the workflow "${workflowName}"`;
  const wayOut = isSameWorkflow ? 'remove one of the two' : 'unpublish that workflow first';
  return new Problem(
    409,
    `The journey key "${key}" is published by ${owner} already. Choose another key, or ${wayOut}.`,
    [{ path: '/parameters/journeyKey', message: `is taken by ${owner}` }],
  );
}
