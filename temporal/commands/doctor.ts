/** `commerce-journeys doctor`: looks at every connection and at the usual mistakes, and says what to do where one is not well. */
import { n8nIsUp } from '../n8n/n8nApi.ts';
import type { Settings } from '../settings.ts';
import { listConnections, type Connection } from '../store/connections.ts';
import type { Store } from '../store/store.ts';
import { fine, finding, notChecked, QUESTION_MS, wrong, type Finding, type Verdict } from './checks/finding.ts';
import { nodesVerdict, publishedVerdict, signatureVerdict } from './checks/n8nChecks.ts';
import { ownAddress, readyVerdict, serviceVerdict } from './checks/serviceChecks.ts';
import { diskVerdict, isPostgres, schemaVerdict, sqliteObstacle } from './checks/storeChecks.ts';
import { clockOf, clockOfStore, clocksVerdict, publicUrlVerdict, timeScaleVerdict } from './checks/surroundings.ts';
import { searchAttributesVerdict, temporalVerdict } from './checks/temporalChecks.ts';
import { openStoreOrExplain } from './openStoreOrExplain.ts';
import { connectionWords } from './quietConnections.ts';

/** @returns whether nothing is wrong */
export async function doctor(settings: Settings): Promise<boolean> {
  const findings = await diagnose(settings, process.env);
  const width = Math.max(...findings.map(({ part }) => part.length));
  for (const { part, state, words } of findings) console.log(`${part.padEnd(width)}  ${state.padEnd(11)}  ${words}`);
  return findings.every(({ state }) => state !== 'wrong');
}

/**
 * @param env for the standard variables of Temporal's clients
 * @param temporalWithinMs how long Temporal may take to answer: its client tries again and again until then
 */
export async function diagnose(
  settings: Settings,
  env: Record<string, string | undefined>,
  temporalWithinMs?: number,
): Promise<Finding[]> {
  const opening = openedStore(settings);
  let store: Store | null = null;
  const ofStore = await finding('store', async () => {
    const opened = await opening;
    store = opened.store;
    return opened.verdict;
  });
  /** Of what stands in a store that can be read. */
  const kept = (part: string, check: (store: Store) => Promise<Verdict>) =>
    finding(part, () =>
      store ? check(store) : Promise.resolve(notChecked('The store would have to answer for that.')),
    );
  const ofConnections = (part: string, check: (connections: Connection[]) => Verdict) =>
    kept(part, async (opened) => check(await listConnections(opened)));
  try {
    const others = await Promise.all([
      finding('disk', () => diskVerdict(settings.dataDir)),
      finding('temporal', () => temporalVerdict(env, temporalWithinMs)),
      finding('search attributes', () => searchAttributesVerdict(env, temporalWithinMs)),
      finding('service', () => serviceVerdict(settings)),
      finding('readiness', () => readyVerdict(settings)),
      finding('n8n', () => n8n(settings)),
      finding('nodes', () => nodesVerdict(settings)),
      finding('published journeys', () => publishedVerdict(settings)),
      kept('credentials', (opened) => signatureVerdict(opened, settings)),
      finding('shops', () => shops(settings)),
      ofConnections('connections', (connections) => fine(connectionWords(connections, Date.now()))),
      ofConnections('public address', (connections) => publicUrlVerdict(settings.publicUrl, connections)),
      ofConnections('time scale', (connections) => timeScaleVerdict(settings, connections)),
      finding('clocks', () => clocks(settings, store)),
    ]);
    return [ofStore, ...others];
  } finally {
    // Also when it came too late to be used.
    void opening.then((opened) => opened.store?.close());
  }
}

/** @returns no store where it cannot be read as this version needs it */
async function openedStore(settings: Settings): Promise<{ store: Store | null; verdict: Verdict }> {
  const obstacle = isPostgres(settings) ? null : sqliteObstacle(settings.databaseUrl);
  if (obstacle) return { store: null, verdict: obstacle };
  let store: Store | null = null;
  try {
    store = await openStoreOrExplain(settings);
    const verdict = await schemaVerdict(store);
    if (verdict.state === 'ok') return { store, verdict };
    await store.close();
    return { store: null, verdict };
  } catch (error) {
    await store?.close();
    return { store: null, verdict: wrong((error as Error).message) };
  }
}

async function n8n({ n8nBaseUrl }: Settings): Promise<Verdict> {
  if (await n8nIsUp(n8nBaseUrl)) return fine(`Answers at ${n8nBaseUrl}.`);
  return wrong(
    `No answer at ${n8nBaseUrl}. Is n8n running, and is N8N_BASE_URL right? Customers who are due are held until it answers.`,
  );
}

async function clocks(settings: Settings, store: Store | null): Promise<Verdict> {
  return clocksVerdict(
    await Promise.all([
      clockOf('the service', `${ownAddress(settings)}/health`),
      clockOf('n8n', `${settings.n8nBaseUrl}/healthz`),
      store && clockOfStore(store),
    ]),
  );
}

/** What the Commerce Triggers in n8n last found at their shops. */
async function shops(settings: Settings): Promise<Verdict> {
  const triggers = await commerceTriggers(settings).catch(() => null);
  if (triggers === null) return notChecked('The service would have to answer for that.');
  if (triggers.length === 0) return fine('No Commerce Trigger is published.');
  const problems = triggers.flatMap(({ nodeName, workflowName, check }) =>
    (check?.problems ?? []).map((problem) => `Node "${nodeName}" of the workflow "${workflowName}": ${problem}`),
  );
  if (problems.length > 0) return wrong(problems.join(' '));
  const names = [...new Set(triggers.map(({ connection }) => connection ?? 'not known yet'))];
  return fine(`Commerce Triggers listen to: ${names.join(', ')}. No shop refuses anything.`);
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
    signal: AbortSignal.timeout(QUESTION_MS),
  });
  if (!response.ok) throw new Error(`the service answered ${response.status}`);
  return ((await response.json()) as { items: Trigger[] }).items;
}
