/** Takes in what n8n publishes, told by the nodes themselves or found by comparing with n8n's API. */
import type { JourneyDefinition } from '../domain/journey.ts';
import { readCommerceTrigger, type ShopSubscription } from '../domain/commerceTrigger.ts';
import { readJourney, readWait } from '../domain/journeyParameters.ts';
import { webhookPath } from '../domain/webhookPath.ts';
import { openLane } from '../store/deliveryLanes.ts';
import { JourneyKeyTaken, publishEndpoint, type EndpointKind } from '../store/endpoints.ts';
import type { Store } from '../store/store.ts';
import { Problem } from './problem.ts';

export interface EndpointTold {
  kind: EndpointKind;
  workflowId: string;
  workflowName: string;
  nodeId: string;
  nodeName: string;
  path: string;
  parameters: Readonly<Record<string, unknown>>;
  /** Of a Commerce Trigger, said by the node itself: named after its shop where its parameters name none. */
  connection?: string;
  /** Of a Commerce Trigger, said by the node itself: what it needs of the shop. */
  topics?: readonly string[];
}

/** A Commerce Trigger that has just told of itself has looked at its shop as well. */
const CHECK_AFTER_PUBLISHING_MS = 3_600_000;

/** @throws Problem 400 that names each wrong parameter, or 409 when the journey key is taken */
export async function registerEndpoint(store: Store, told: EndpointTold, now: number) {
  const path = webhookPath(told.path);
  if (path === null) {
    const message = 'has to be a webhook path below the n8n base URL, e.g. webhook/<id>/journey';
    throw new Problem(400, `"${told.path}" is no webhook path of n8n.`, [{ path: '/path', message }]);
  }
  const journey = told.kind === 'trigger' ? journeyOf(told.parameters, told.workflowName) : null;
  if (told.kind === 'wait') checkWait(told);
  const shop = told.kind === 'commerce' ? shopOf(told) : null;
  try {
    const id = await store.transaction(async (trx) => {
      const published = await publishEndpoint(trx, { ...told, path, journey, shop }, now);
      if (shop) await openLane({ db: trx }, published, checkDueAt(told, now));
      return published;
    });
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

/** Found by comparing with n8n, a node that has never told of itself is asked at once. */
function checkDueAt({ connection }: EndpointTold, now: number): number | null {
  return connection === undefined ? null : now + CHECK_AFTER_PUBLISHING_MS;
}

function shopOf(told: EndpointTold) {
  const { connection } = subscriptionOf(told.parameters);
  return { connection: told.connection ?? connection, topics: told.topics ?? null };
}

/** @throws Problem 400 that names each wrong parameter */
export function subscriptionOf(parameters: Readonly<Record<string, unknown>>): ShopSubscription {
  const { subscription, problems } = readCommerceTrigger(parameters);
  if (problems.length > 0) throw new Problem(400, inSentences('Commerce Trigger', problems), problems);
  return subscription;
}

/** A journey has many waits: the name says which. */
function checkWait({ nodeName, parameters }: EndpointTold): void {
  const { problems } = readWait(parameters);
  if (problems.length > 0) throw new Problem(400, inSentences(`Journey Wait "${nodeName}"`, problems), problems);
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
