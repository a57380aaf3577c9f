/** n8n answers "published" a moment before its nodes have told the service: `ready` waits for the service to know the templates. */
import { setTimeout as delay } from 'node:timers/promises';

const WITHIN_MS = 30_000;
const PAUSE_MS = 200;

export interface ServiceAddress {
  address: string;
  apiKey: string;
}

/** What the templates publish: keys of journeys, and ids of workflows with a Commerce Trigger. */
export interface PublishedTemplates {
  journeys: string[];
  shopWorkflows: string[];
}

/** @returns what the service does not know in time */
export async function unknownTemplates(service: ServiceAddress, published: PublishedTemplates): Promise<string[]> {
  const end = Date.now() + WITHIN_MS;
  for (;;) {
    const [journeys, workflows] = await Promise.all([publishedKeys(service), listeningWorkflows(service)]);
    const missing = [
      ...published.journeys.filter((key) => !journeys.includes(key)),
      ...published.shopWorkflows.filter((id) => !workflows.includes(id)),
    ];
    if (missing.length === 0 || Date.now() > end) return missing;
    await delay(PAUSE_MS);
  }
}

async function publishedKeys(service: ServiceAddress): Promise<string[]> {
  const journeys = (await ask(service, '/v1/journeys')) as { key: string; state: string }[] | null;
  return (journeys ?? []).filter(({ state }) => state !== 'unpublished').map(({ key }) => key);
}

async function listeningWorkflows(service: ServiceAddress): Promise<string[]> {
  const triggers = (await ask(service, '/v1/endpoints')) as { items: { workflowId: string }[] } | null;
  return (triggers?.items ?? []).map(({ workflowId }) => workflowId);
}

/** @returns null when it cannot be asked just now */
async function ask({ address, apiKey }: ServiceAddress, path: string): Promise<unknown> {
  try {
    const response = await fetch(`${address}${path}`, { headers: { authorization: `Bearer ${apiKey}` } });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}
