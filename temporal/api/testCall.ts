/** Brings one sample item to a test webhook of the n8n editor. */
import { setTimeout as sleep } from 'node:timers/promises';
import { signSegmentCall } from '../domain/segmentSignature.ts';

export interface TestCall {
  url: string;
  apiKey: string;
  item: object;
}

/** n8n opens a test webhook only after the node has answered: it is asked again until it is there (ms). */
const PAUSES_MS = [100, 200, 400, 800, 1600, 3000];
const TIMEOUT_MS = 60_000;

/** @throws with a sentence that says what n8n answered */
export async function postSample({ url, apiKey, item }: TestCall): Promise<void> {
  const body = JSON.stringify({ items: [item] });
  for (const pause of PAUSES_MS) {
    await sleep(pause);
    const timestamp = Math.floor(Date.now() / 1000);
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-journeys-timestamp': String(timestamp),
        'x-journeys-signature': signSegmentCall(apiKey, timestamp, body),
      },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    if (response.ok) return;
    // 500: the execution has run and failed; the editor shows where.
    if (response.status !== 404) throw new Error(`n8n answered ${response.status} to the sample of a manual test.`);
  }
  throw new Error(
    'n8n has not opened the test webhook, or has closed it again. Press "Listen for test event" once more.',
  );
}
