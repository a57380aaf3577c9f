/** `commerce-journeys doctor`: looks at every connection and says what to do where one is not well. */
import { listPublishedWorkflows, n8nIsUp } from '../n8n/n8nApi.ts';
import type { Settings } from '../settings.ts';
import { listConnections } from '../store/connections.ts';
import { temporalAddress } from '../temporalConnection.ts';
import { TemporalClientPort } from '../temporalPort.ts';
import { workersOn } from '../temporalWorkers.ts';
import { TASK_QUEUE } from '../workflows/messages.ts';
import { openStoreOrExplain } from './openStoreOrExplain.ts';
import { connectionWords } from './quietConnections.ts';

interface Finding {
  part: string;
  state: 'ok' | 'wrong' | 'not checked';
  words: string;
}

const TIMEOUT_MS = 5_000;

/** @returns whether nothing is wrong */
export async function doctor(settings: Settings): Promise<boolean> {
  const findings = await Promise.all([
    store(settings),
    temporal(),
    service(settings),
    n8n(settings),
    publishedJourneys(settings),
    shops(settings),
    connections(settings),
  ]);
  const width = Math.max(...findings.map(({ part }) => part.length));
  for (const { part, state, words } of findings) console.log(`${part.padEnd(width)}  ${state.padEnd(11)}  ${words}`);
  return findings.every(({ state }) => state !== 'wrong');
}

async function store(settings: Settings): Promise<Finding> {
  const part = 'store';
  const kind = /^postgres/.test(settings.databaseUrl) ? 'PostgreSQL' : settings.databaseUrl;
  return attempt(part, `${kind} answers.`, async () => {
    const opened = await openStoreOrExplain(settings);
    await opened.close();
  });
}

async function connections(settings: Settings): Promise<Finding> {
  const part = 'connections';
  try {
    const opened = await openStoreOrExplain(settings);
    try {
      return { part, state: 'ok', words: connectionWords(await listConnections(opened), Date.now()) };
    } finally {
      await opened.close();
    }
  } catch {
    return { part, state: 'not checked', words: 'They are kept in the store, which cannot be read.' };
  }
}

async function temporal(): Promise<Finding> {
  const address = temporalAddress(process.env);
  const part = 'temporal';
  const where = `namespace ${address.namespace} at ${address.connectionOptions.address ?? 'the default address'}`;
  const port = new TemporalClientPort(address);
  const workers = await workersOn(port.client);
  await port.close();
  if (workers === null) {
    const wayOut = 'Check TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY and TEMPORAL_TLS.';
    return { part, state: 'wrong', words: `No answer from ${where}. ${wayOut}` };
  }
  if (workers === 0) {
    const words = `Answers (${where}), but no worker polls ${TASK_QUEUE}: start "commerce-journeys serve".`;
    return { part, state: 'wrong', words };
  }
  return { part, state: 'ok', words: `Answers (${where}), and workers poll.` };
}

const ownAddress = ({ host, port }: Settings): string => `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`;

async function service(settings: Settings): Promise<Finding> {
  const base = ownAddress(settings);
  const { apiKey } = settings;
  return attempt(
    'service',
    `Answers at ${base} and takes the API key.`,
    async () => {
      const response = await fetch(`${base}/v1/journeys`, {
        headers: { authorization: `Bearer ${apiKey}` },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (response.status === 401) throw new Error('it refuses the API key (JOURNEYS_API_KEY)');
      if (!response.ok) throw new Error(`it answered ${response.status}`);
    },
    'Is "commerce-journeys serve" running? See JOURNEYS_HOST and JOURNEYS_PORT.',
  );
}

async function n8n({ n8nBaseUrl }: Settings): Promise<Finding> {
  return attempt(
    'n8n',
    `Answers at ${n8nBaseUrl}.`,
    async () => {
      if (!(await n8nIsUp(n8nBaseUrl))) throw new Error(`no answer at ${n8nBaseUrl}`);
    },
    'Is n8n running, and is N8N_BASE_URL right? Customers who are due are held until it answers.',
  );
}

async function publishedJourneys({ n8nBaseUrl, n8nApiKey }: Settings): Promise<Finding> {
  const part = 'published journeys';
  if (n8nApiKey === null) {
    return {
      part,
      state: 'not checked',
      words: 'N8N_API_KEY is not set: whether the service knows all that n8n has published cannot be compared.',
    };
  }
  return attempt(
    part,
    "n8n's API takes the key; the service compares by itself.",
    async () => {
      await listPublishedWorkflows(n8nBaseUrl, n8nApiKey);
    },
    'Make a key in n8n under Settings → n8n API and set N8N_API_KEY.',
  );
}

/** What the Commerce Triggers in n8n last found at their shops. */
async function shops(settings: Settings): Promise<Finding> {
  const part = 'shops';
  const triggers = await commerceTriggers(settings).catch(() => null);
  if (triggers === null) return { part, state: 'not checked', words: 'The service would have to answer for that.' };
  if (triggers.length === 0) return { part, state: 'ok', words: 'No Commerce Trigger is published.' };
  const problems = triggers.flatMap(({ nodeName, workflowName, check }) =>
    (check?.problems ?? []).map((problem) => `Node "${nodeName}" of the workflow "${workflowName}": ${problem}`),
  );
  if (problems.length > 0) return { part, state: 'wrong', words: problems.join(' ') };
  const names = [...new Set(triggers.map(({ connection }) => connection ?? 'not known yet'))];
  return { part, state: 'ok', words: `Commerce Triggers listen to: ${names.join(', ')}. No shop refuses anything.` };
}

interface Trigger {
  nodeName: string;
  workflowName: string;
  connection: string | null;
  check: { problems: string[] } | null;
}

async function commerceTriggers(settings: Settings): Promise<Trigger[]> {
  const response = await fetch(`${ownAddress(settings)}/v1/endpoints`, {
    headers: { authorization: `Bearer ${settings.apiKey}` },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`the service answered ${response.status}`);
  return ((await response.json()) as { items: Trigger[] }).items;
}

async function attempt(part: string, fine: string, check: () => Promise<void>, wayOut = ''): Promise<Finding> {
  try {
    await check();
    return { part, state: 'ok', words: fine };
  } catch (error) {
    return { part, state: 'wrong', words: `${(error as Error).message}. ${wayOut}`.trim() };
  }
}
