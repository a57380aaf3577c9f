/**
 * Compares what n8n has published with the endpoints the service knows, and heals both ways. n8n tells of a node only when
 * it is published or changed: a service with a new store beside a long-running n8n would otherwise start nothing.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { listPublishedWorkflows, N8nApiError, n8nIsUp, type N8nNode, type N8nWorkflow } from './n8nApi.ts';

type EndpointKind = 'trigger' | 'wait' | 'commerce';

const NODE_KINDS: Record<string, EndpointKind> = {
  'n8n-nodes-commerce-journeys.commerceTrigger': 'commerce',
  'n8n-nodes-commerce-journeys.journeyTrigger': 'trigger',
  'n8n-nodes-commerce-journeys.journeyWait': 'wait',
};
/** The path that our nodes declare in their webhook description. */
const NODE_PATH = 'journey';

/** As in `PUT /v1/endpoints`. */
export interface PublishedEndpoint {
  kind: EndpointKind;
  workflowId: string;
  workflowName: string;
  nodeId: string;
  nodeName: string;
  /** Below `N8N_BASE_URL`. */
  path: string;
  parameters: Record<string, unknown>;
}

/** An endpoint that the service believes to be published. */
export type KnownEndpoint = Omit<PublishedEndpoint, 'parameters'> & { parametersJson: string };

export interface EndpointRegistry {
  listPublished(): Promise<KnownEndpoint[]>;
  /** @throws an error whose message tells the operator what is wrong with the node */
  put(endpoint: PublishedEndpoint): Promise<unknown>;
  unpublish(workflowId: string, nodeId: string): Promise<unknown>;
}

export interface Comparison {
  /** Published in n8n, unknown here. */
  unknown: PublishedEndpoint[];
  /** Known with other parameters, name or path. */
  changed: PublishedEndpoint[];
  /** Known here, no longer published in n8n. */
  gone: KnownEndpoint[];
}

/** Endpoints of our nodes in published workflows. */
export function endpointsOf(workflows: readonly N8nWorkflow[]): PublishedEndpoint[] {
  return workflows.flatMap((workflow) =>
    workflow.nodes.flatMap((node) => {
      const kind = NODE_KINDS[node.type];
      if (!kind || node.disabled) return [];
      return [
        {
          kind,
          workflowId: workflow.id,
          workflowName: workflow.name,
          nodeId: node.id,
          nodeName: node.name,
          path: `webhook/${webhookPath(workflow.id, node)}`,
          parameters: node.parameters ?? {},
        },
      ];
    }),
  );
}

export function compare(published: readonly PublishedEndpoint[], known: readonly KnownEndpoint[]): Comparison {
  const knownByKey = new Map(known.map((endpoint) => [keyOf(endpoint), endpoint]));
  const publishedKeys = new Set(published.map(keyOf));
  return {
    unknown: published.filter((endpoint) => !knownByKey.has(keyOf(endpoint))),
    changed: published.filter((endpoint) => {
      const there = knownByKey.get(keyOf(endpoint));
      return there !== undefined && !isSame(there, endpoint);
    }),
    gone: known.filter((endpoint) => !publishedKeys.has(keyOf(endpoint))),
  };
}

const keyOf = (endpoint: { workflowId: string; nodeId: string }): string => `${endpoint.workflowId}/${endpoint.nodeId}`;

function isSame(known: KnownEndpoint, published: PublishedEndpoint): boolean {
  return (
    known.path === published.path &&
    known.nodeName === published.nodeName &&
    known.workflowName === published.workflowName &&
    sameJson(known.parametersJson, published.parameters)
  );
}

/** As `NodeHelpers.getNodeWebhookPath` of n8n-workflow has it for a path that is not full. */
function webhookPath(workflowId: string, node: N8nNode): string {
  if (node.webhookId === undefined) return `${workflowId}/${encodeURIComponent(node.name.toLowerCase())}/${NODE_PATH}`;
  return `${node.webhookId}/${NODE_PATH}`;
}

export interface N8nWatch {
  /** Whether n8n answered when it was asked last; asks again when that was a while ago. */
  isUp(): Promise<boolean>;
  notes(): string[];
  /** Compares at once. */
  check(): Promise<void>;
  stop(): Promise<void>;
}

export interface N8nWatchOptions {
  n8nBaseUrl: string;
  /** null: nothing can be compared, and a note says so. */
  n8nApiKey: string | null;
  registry: EndpointRegistry;
  log: { info(facts: object, message: string): void; warn(facts: object, message: string): void };
  everyMs?: number;
  secondLookMs?: number;
}

const EVERY_MS = 60_000;
/** Sooner, until the first comparison has succeeded: n8n starts beside the service. */
const FIRST_EVERY_MS = 2_000;
const HEALTH_AGE_MS = 3_000;
/** n8n tells the service of a node before its own list shows it: a difference counts once it was seen twice. */
const SECOND_LOOK_MS = 5_000;

const NO_KEY =
  'N8N_API_KEY is not set: whether n8n has published journeys that the service does not know cannot be checked. If a journey ' +
  'starts nobody, publish its workflow again, or set the key.';

export function watchN8n(options: N8nWatchOptions): N8nWatch {
  const { n8nBaseUrl, n8nApiKey, registry, log, everyMs = EVERY_MS, secondLookMs = SECOND_LOOK_MS } = options;
  const stopping = new AbortController();
  let problems: string[] = n8nApiKey === null ? [NO_KEY] : [];
  let compared = false;
  let doubtful = new Set<string>();
  let health: { at: number; answer: Promise<boolean> } | null = null;

  const check = async (): Promise<void> => {
    if (n8nApiKey === null) return;
    const known = await registry.listPublished();
    const { unknown, changed, gone } = compare(endpointsOf(await listPublishedWorkflows(n8nBaseUrl, n8nApiKey)), known);
    const seenBefore = doubtful;
    doubtful = new Set([...changed, ...gone].map(doubt));
    const put = [...unknown, ...changed.filter((endpoint) => seenBefore.has(doubt(endpoint)))];
    const unpublish = gone.filter((endpoint) => seenBefore.has(doubt(endpoint)));
    const found: string[] = [];
    // First what has gone: a journey that moved to another workflow leaves its key free.
    for (const { workflowId, nodeId } of unpublish) await registry.unpublish(workflowId, nodeId);
    for (const endpoint of put) {
      try {
        await registry.put(endpoint);
      } catch (error) {
        const reason = error instanceof Error ? error.message : 'unknown reason';
        found.push(
          `Node "${endpoint.nodeName}" of the n8n workflow "${endpoint.workflowName}" cannot be used: ${reason}`,
        );
      }
    }
    if (put.length + unpublish.length > found.length) {
      log.info(
        { learned: put.map((endpoint) => endpoint.nodeName), gone: unpublish.map((endpoint) => endpoint.nodeName) },
        'what n8n has published differed from what the service knew',
      );
    }
    for (const problem of found) if (!problems.includes(problem)) log.warn({}, problem);
    problems = found;
    compared = true;
  };

  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await check();
      } catch (error) {
        const note =
          error instanceof N8nApiError
            ? error.message
            : 'What n8n has published could not be compared with what the service knows: the store did not answer.';
        if (!problems.includes(note)) log.warn({}, note);
        problems = [note];
      }
      const calm = compared || n8nApiKey === null ? everyMs : Math.min(FIRST_EVERY_MS, everyMs);
      const pause = doubtful.size > 0 ? Math.min(secondLookMs, calm) : calm;
      await delay(pause, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
    }
  };
  const ended = loop();

  return {
    async isUp() {
      if (!health || Date.now() - health.at > HEALTH_AGE_MS) health = { at: Date.now(), answer: n8nIsUp(n8nBaseUrl) };
      return await health.answer;
    },
    notes: () => problems,
    check,
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

/** The difference itself, not only where it is: another one has to be seen twice again. */
function doubt(endpoint: PublishedEndpoint | KnownEndpoint): string {
  return canonical(endpoint);
}

function sameJson(text: string, value: unknown): boolean {
  try {
    return canonical(JSON.parse(text)) === canonical(value);
  } catch {
    return false;
  }
}

/** JSON with sorted keys: the order in which n8n gives them means nothing. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
