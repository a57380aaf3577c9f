/** n8n answers "published" a moment before its nodes have told the service: `ready` waits for the service to know the templates. */
import { setTimeout as delay } from 'node:timers/promises';

const WITHIN_MS = 30_000;
const PAUSE_MS = 200;

/** @returns the keys that the service does not know in time */
export async function unknownJourneys(service: { address: string; apiKey: string }, keys: string[]): Promise<string[]> {
  const end = Date.now() + WITHIN_MS;
  for (;;) {
    const known = await publishedKeys(service).catch((): string[] => []);
    const missing = keys.filter((key) => !known.includes(key));
    if (missing.length === 0 || Date.now() > end) return missing;
    await delay(PAUSE_MS);
  }
}

async function publishedKeys({ address, apiKey }: { address: string; apiKey: string }): Promise<string[]> {
  const response = await fetch(`${address}/v1/journeys`, { headers: { authorization: `Bearer ${apiKey}` } });
  if (!response.ok) return [];
  const journeys = (await response.json()) as { key: string; state: string }[];
  return journeys.filter(({ state }) => state !== 'unpublished').map(({ key }) => key);
}
