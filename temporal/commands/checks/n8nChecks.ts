/** `doctor` on n8n: whether it has our nodes in our version, something published, and the same API key in its credentials. */
import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import axios from 'axios';
import { failureOfAnswer, failureOfNetwork } from '../../n8n/n8nAnswer.ts';
import { isLoopback, listPublishedWorkflows, type N8nWorkflow } from '../../n8n/n8nApi.ts';
import { signedPost, urlBelow } from '../../n8n/signedPost.ts';
import type { Settings } from '../../settings.ts';
import { listPublishedEndpoints } from '../../store/endpoints.ts';
import type { Store } from '../../store/store.ts';
import { fine, notChecked, QUESTION_MS, wrong, type Verdict } from './finding.ts';

const PACKAGE = 'n8n-nodes-commerce-journeys';
const JOURNEY_TRIGGER = '.journeyTrigger';
const OUR_ICON = `icons/${PACKAGE}/dist/nodes/JourneyTrigger/journeyTrigger.svg`;
/** n8n's own: a process that shows none of them, such as a webhook processor, says nothing about ours. */
const KNOWN_ICON = 'icons/n8n-nodes-base/dist/nodes/Webhook/webhook.svg';
const INSTALL = `Install ${PACKAGE} in n8n under Settings → Community nodes.`;

type N8nAddress = Pick<Settings, 'n8nBaseUrl' | 'n8nApiKey'>;

export async function nodesVerdict(address: N8nAddress): Promise<Verdict> {
  const installed = await installedPackages(address);
  const ours = installed?.find(({ packageName }) => packageName === PACKAGE);
  if (ours) return versionVerdict(ours, ownVersion());
  const [shown, known] = await Promise.all([OUR_ICON, KNOWN_ICON].map((path) => isThere(address.n8nBaseUrl, path)));
  if (shown) return fine(`n8n has loaded ${PACKAGE}; its version cannot be asked for here.`);
  if (known) return wrong(`n8n does not have the nodes. ${INSTALL}`);
  return notChecked(`Whether n8n has the nodes cannot be seen at ${address.n8nBaseUrl}.`);
}

interface Installed {
  packageName: string;
  installedVersion: string;
  failedLoading?: boolean;
}

/** The service and the nodes are published together: what they tell each other may differ in every other version. */
export function versionVerdict({ installedVersion, failedLoading }: Installed, own: string): Verdict {
  if (failedLoading)
    return wrong(`n8n could not load ${PACKAGE} ${installedVersion}: see n8n's log, and install it again.`);
  if (installedVersion !== own) {
    return wrong(
      `n8n has ${PACKAGE} ${installedVersion}, the service is ${own}: bring both to the same version, the service first.`,
    );
  }
  return fine(`n8n has ${PACKAGE} ${installedVersion}, as the service.`);
}

function ownVersion(): string {
  const file = findPackageJSON('..', import.meta.url);
  if (file === undefined) throw new Error('The package of the service is incomplete: package.json is missing.');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** @returns null when n8n does not say: no key, no scope communityPackage:list, or community packages switched off */
async function installedPackages({ n8nBaseUrl, n8nApiKey }: N8nAddress): Promise<Installed[] | null> {
  if (n8nApiKey === null) return null;
  const answer = await get(`${n8nBaseUrl}/api/v1/community-packages`, { 'X-N8N-API-KEY': n8nApiKey });
  if (answer?.status !== 200) return null;
  const body = answer.data as Installed[] | { data?: Installed[] };
  const list = Array.isArray(body) ? body : body.data;
  return Array.isArray(list) ? list : null;
}

const isThere = async (base: string, path: string): Promise<boolean> => {
  const answer = await get(`${base}/${path}`);
  return answer?.status === 200 && /^image\/svg/.test(String(answer.headers['content-type']));
};

async function get(url: string, headers: Record<string, string> = {}) {
  return await axios
    .get<unknown>(url, {
      headers,
      timeout: QUESTION_MS,
      signal: AbortSignal.timeout(QUESTION_MS),
      maxRedirects: 0,
      validateStatus: () => true,
      ...(isLoopback(url) ? { proxy: false as const } : {}),
    })
    .catch(() => null);
}

export async function publishedVerdict({ n8nBaseUrl, n8nApiKey }: N8nAddress): Promise<Verdict> {
  if (n8nApiKey === null) {
    return notChecked(
      'N8N_API_KEY is not set: whether the service knows all that n8n has published cannot be compared. Make a key in n8n under ' +
        'Settings → n8n API.',
    );
  }
  return journeysVerdict(await listPublishedWorkflows(n8nBaseUrl, n8nApiKey));
}

export function journeysVerdict(workflows: readonly N8nWorkflow[]): Verdict {
  const types = (workflow: N8nWorkflow) => workflow.nodes.filter(({ disabled }) => !disabled).map(({ type }) => type);
  const journeys = workflows.filter((workflow) => types(workflow).includes(PACKAGE + JOURNEY_TRIGGER));
  if (journeys.length > 0) {
    return fine(`n8n's API takes the key; journeys are published: ${journeys.map(({ name }) => name).join(', ')}.`);
  }
  const strange = workflows.find((workflow) => types(workflow).some((type) => type.endsWith(JOURNEY_TRIGGER)));
  if (strange) {
    return wrong(
      `The workflow "${strange.name}" has journey nodes under another package's name: install ${PACKAGE} as a community node, not as a ` +
        'custom extension, and import the workflow again.',
    );
  }
  return wrong(
    'No workflow with a Journey Trigger is published in n8n: import a template, look through it and publish it.',
  );
}

/** No list of people, so that the node answers 400 and starts no execution; and it only gets there with the right signature. */
const SIGNATURE_ONLY = Buffer.from('{"signatureOnly":true}');
const UNDERSTOOD = 400;
/** Each is a call to n8n; where the key differs, it hardly differs in the last ones only. */
const MOST_ENDPOINTS = 50;

/** Calls each published node with nothing to do: whether it is there and takes the signature. */
export async function signatureVerdict(
  store: Store,
  { n8nBaseUrl, apiKey }: Pick<Settings, 'n8nBaseUrl' | 'apiKey'>,
): Promise<Verdict> {
  const endpoints = (await listPublishedEndpoints(store.db)).slice(0, MOST_ENDPOINTS);
  if (endpoints.length === 0) return notChecked('No published node has told the service of itself yet.');
  const problems = await Promise.all(
    endpoints.map(async (endpoint) => {
      const url = urlBelow(n8nBaseUrl, endpoint.path);
      if (url === null) return `Node "${endpoint.nodeName}" gave an address outside of N8N_BASE_URL: publish it again.`;
      const outcome = await signedPost(url, SIGNATURE_ONLY, { n8nBaseUrl, apiKey, timeoutMs: QUESTION_MS });
      if ('networkError' in outcome) return failureOfNetwork(outcome.networkError, endpoint, QUESTION_MS).message;
      if (outcome.answer.status === UNDERSTOOD) return null;
      return (
        failureOfAnswer(outcome.answer, endpoint, Date.now())?.message ??
        `Node "${endpoint.nodeName}" took a call without people: is it of the same version?`
      );
    }),
  );
  const found = [...new Set(problems.filter((problem) => problem !== null))];
  if (found.length > 0) return wrong(found.join(' '));
  return fine(`${endpoints.length} published nodes take the signature of the service.`);
}
