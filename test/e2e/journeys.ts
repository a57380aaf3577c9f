/** Journeys drawn for a test in the real n8n: a Journey Trigger and the given nodes, published. */
import type { Stack } from './stack.ts';
import { until } from './until.ts';

const PACKAGE = 'n8n-nodes-commerce-journeys';
/** Our API takes so many events at once (CONTRACT). */
const MOST_EVENTS = 1_000;

export type Credentials = Record<string, { id: string; name: string }>;

export interface JourneyNode {
  name: string;
  /** Of our package. */
  type: 'channelSend' | 'customer' | 'journey' | 'journeyWait' | 'replenishment' | 'rfmScore' | 'suppression';
  parameters: object;
  /** Nodes and the outputs of theirs that lead to it; by default the first output of the node before. */
  after?: readonly (readonly [node: string, output: number])[];
}

export interface DrawnJourney {
  key: string;
  /** Type of the event that brings customers in. */
  entry: string;
  nodes: JourneyNode[];
  /** Further parameters of the trigger. */
  enters?: object;
  /** What the nodes use besides the one of the service. */
  credentials?: Credentials;
}

/** @param values data by credential type @returns what nodes refer to, with the service's own among them */
export async function makeCredentials(stack: Stack, values: Record<string, object>): Promise<Credentials> {
  const service = { baseUrl: stack.addresses.service, apiKey: stack.apiKey };
  const made: Credentials = {};
  for (const [type, data] of Object.entries({ commerceJourneysApi: service, ...values })) {
    const name = `Test ${type}`;
    const { id } = await stack.n8n<{ id: string }>('POST', '/credentials', { name, type, data });
    made[type] = { id, name };
  }
  return made;
}

/** @returns the workflow's id, once the service knows the journey */
export async function publishJourney(stack: Stack, journey: DrawnJourney): Promise<string> {
  const { key, entry, credentials = {}, enters = {} } = journey;
  const trigger = {
    name: 'Enter',
    type: 'journeyTrigger',
    parameters: { journeyKey: key, entryEvents: { event: [{ type: entry }] }, ...enters },
  };
  const nodes = [trigger, ...journey.nodes].map(({ name, type, parameters }, index) => ({
    ...{ id: `${key}-${index}`, name, parameters, credentials, webhookId: `${key}-${index}` },
    ...{ type: `${PACKAGE}.${type}`, typeVersion: 1, position: [index * 220, 0] },
  }));
  const connections: Record<string, { main: { node: string; type: string; index: number }[][] }> = {};
  for (const [index, { name, after }] of journey.nodes.entries()) {
    for (const [source, output] of after ?? [[nodes[index]?.name ?? '', 0] as const]) {
      const { main } = (connections[source] ??= { main: [] });
      while (main.length <= output) main.push([]);
      main[output]?.push({ node: name, type: 'main', index: 0 });
    }
  }
  const { id } = await stack.n8n<{ id: string }>('POST', '/workflows', {
    name: key,
    nodes,
    connections,
    settings: { executionOrder: 'v1' },
  });
  await stack.n8n('POST', `/workflows/${id}/activate`);
  // n8n says "active" a moment before its nodes have told the service.
  await until(`the service to know ${key}`, async () => {
    const journeys = await stack.api<{ key: string; state: string }[]>('GET', '/v1/journeys');
    return journeys.some((known) => known.key === key && known.state === 'active');
  });
  return id;
}

/** For tests that draw journeys of their own: those of the templates have a say in who gets what. */
export async function pauseTemplates(stack: Stack): Promise<void> {
  for (const { key } of await stack.api<{ key: string }[]>('GET', '/v1/journeys')) {
    await stack.api('POST', `/v1/journeys/${key}/pause`);
  }
}

/** @returns the customers' ids, in the order of the addresses */
export async function customersDo(
  stack: Stack,
  type: string,
  emails: readonly string[],
  { subscribes = true } = {},
): Promise<string[]> {
  const consent = { email: { state: 'subscribed', source: 'checkout' } };
  const ids: string[] = [];
  for (let from = 0; from < emails.length; from += MOST_EVENTS) {
    const events = emails.slice(from, from + MOST_EVENTS).map((email) => ({
      ...{ id: `${type}-${email}`, type, source: 'custom', occurredAt: new Date().toISOString() },
      identity: { email },
      ...(subscribes ? { consent } : {}),
    }));
    const { accepted } = await stack.api<{ accepted: { customerId: string }[] }>('POST', '/v1/events', { events });
    ids.push(...accepted.map(({ customerId }) => customerId));
  }
  if (ids.length !== emails.length) throw new Error(`Of ${emails.length} events ${ids.length} were accepted`);
  return ids;
}
