/** Reads from n8n's public API which workflows it has published. */
import axios from 'axios';

export interface N8nNode {
  id: string;
  name: string;
  type: string;
  disabled?: boolean;
  webhookId?: string;
  parameters?: Record<string, unknown>;
}

export interface N8nWorkflow {
  id: string;
  name: string;
  nodes: N8nNode[];
}

/** What n8n's API answered, in words for the operator. */
export class N8nApiError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'N8nApiError';
  }
}

interface WorkflowPage {
  data: (N8nWorkflow & { active?: boolean; isArchived?: boolean; activeVersion?: { nodes: N8nNode[] } | null })[];
  nextCursor: string | null;
}

const PAGE_SIZE = 100;
const TIMEOUT_MS = 30_000;
const HEALTH_TIMEOUT_MS = 3_000;

/** `/healthz` answers as soon as n8n listens. */
export async function n8nIsUp(n8nBaseUrl: string): Promise<boolean> {
  try {
    const { status, data } = await axios.get<{ status?: string }>(`${n8nBaseUrl}/healthz`, {
      ...requestBounds(n8nBaseUrl, HEALTH_TIMEOUT_MS),
      responseType: 'json',
    });
    // A proxy's page would be 200 as well.
    return status === 200 && data?.status === 'ok';
  } catch {
    return false;
  }
}

/**
 * Every published workflow with the nodes of its published version (the draft may differ).
 * @throws N8nApiError
 */
export async function listPublishedWorkflows(n8nBaseUrl: string, apiKey: string): Promise<N8nWorkflow[]> {
  const workflows: N8nWorkflow[] = [];
  let cursor: string | null = null;
  do {
    const page: WorkflowPage = await workflowPage(n8nBaseUrl, apiKey, cursor);
    for (const { id, name, nodes, activeVersion, isArchived } of page.data) {
      if (!isArchived) workflows.push({ id, name, nodes: activeVersion?.nodes ?? nodes });
    }
    cursor = page.nextCursor;
  } while (cursor);
  return workflows;
}

async function workflowPage(n8nBaseUrl: string, apiKey: string, cursor: string | null): Promise<WorkflowPage> {
  const response = await axios
    .get<unknown>(`${n8nBaseUrl}/api/v1/workflows`, {
      ...requestBounds(n8nBaseUrl, TIMEOUT_MS),
      params: { active: true, excludePinnedData: true, limit: PAGE_SIZE, ...(cursor ? { cursor } : {}) },
      headers: { 'X-N8N-API-KEY': apiKey, accept: 'application/json' },
      responseType: 'json',
    })
    .catch(() => {
      throw new N8nApiError("n8n's API cannot be reached: check that n8n runs and that N8N_BASE_URL is its address.");
    });
  if (response.status === 401 || response.status === 403) {
    throw new N8nApiError(
      `n8n refused N8N_API_KEY (${response.status}): make a key with the scope workflow:list in n8n under Settings → n8n API.`,
    );
  }
  const page = response.data as Partial<WorkflowPage> | null;
  if (response.status !== 200 || !page || !Array.isArray(page.data)) {
    throw new N8nApiError(
      `n8n's API answered ${response.status} without a list of workflows: check N8N_BASE_URL, and that the public API is not switched off (N8N_PUBLIC_API_DISABLED).`,
    );
  }
  return { data: page.data, nextCursor: page.nextCursor ?? null };
}

function requestBounds(n8nBaseUrl: string, timeoutMs: number) {
  return {
    timeout: timeoutMs,
    signal: AbortSignal.timeout(timeoutMs + 500),
    maxRedirects: 0,
    validateStatus: () => true,
    ...(isLoopback(n8nBaseUrl) ? { proxy: false as const } : {}),
  };
}

/** A proxy from the environment is not for our own machine. */
export function isLoopback(url: string): boolean {
  return /^(localhost$|127\.|\[::1\]$)/.test(new URL(url).hostname);
}
