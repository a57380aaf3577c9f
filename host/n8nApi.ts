/** What `npm start` asks of its own n8n: a login as owner to make an API key, then n8n's public API. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const ANSWER_WITHIN_MS = 30_000;
const MOST_ATTEMPTS = 30;
const BETWEEN_ATTEMPTS_MS = 1_000;
const KEY_LABEL = 'commerce-journeys';
/** For the supervisor (credentials, templates) and for the service (what is published, links to executions). */
const KEY_SCOPES = [
  ...[
    'workflow:list',
    'workflow:read',
    'workflow:create',
    'workflow:update',
    'workflow:activate',
    'workflow:deactivate',
  ],
  ...['credential:list', 'credential:create', 'credential:update', 'execution:list', 'execution:read'],
];

/** n8n answered, but not with what was asked for. */
export class N8nAnswer extends Error {
  readonly status: number;
  constructor(what: string, status: number, message: string) {
    super(`n8n answered ${what} with ${status}${message ? `: ${message}` : ''}`);
    this.name = 'N8nAnswer';
    this.status = status;
  }
}

async function ask<T>(
  url: string,
  init: RequestInit & { headers?: Record<string, string> },
): Promise<{ body: T; response: Response }> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  const text = await response.text();
  const body = parse(text);
  if (!response.ok) {
    const message = (body as { message?: unknown } | null)?.message;
    const what = `${init.method ?? 'GET'} ${new URL(url).pathname}`;
    throw new N8nAnswer(what, response.status, typeof message === 'string' ? message : '');
  }
  return { body: body as T, response };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Makes an API key as the owner; one of the same name from before (whose text only its maker knew) is replaced. */
export async function makeApiKey(base: string, email: string, password: string): Promise<string> {
  const cookie = await logIn(base, email, password);
  const headers = { ...cookie, 'content-type': 'application/json' };
  const { body: existing } = await ask<{ data: unknown }>(`${base}/rest/api-keys`, { headers });
  for (const key of keysIn(existing.data)) {
    if (key.label === KEY_LABEL) await ask(`${base}/rest/api-keys/${key.id}`, { method: 'DELETE', headers });
  }
  const { body } = await ask<{ data: { rawApiKey: string } }>(`${base}/rest/api-keys`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ label: KEY_LABEL, expiresAt: null, scopes: KEY_SCOPES }),
  });
  return body.data.rawApiKey;
}

function keysIn(data: unknown): { id: string; label: string }[] {
  const list = Array.isArray(data) ? data : (data as { items?: unknown[] } | null)?.items;
  return (list ?? []) as { id: string; label: string }[];
}

async function logIn(base: string, email: string, password: string): Promise<Record<string, string>> {
  const browserId = randomUUID();
  const { response } = await patiently(() =>
    ask(`${base}/rest/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'browser-id': browserId },
      body: JSON.stringify({ emailOrLdapLoginId: email, password }),
    }),
  );
  const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
  return { cookie: cookies.join('; '), 'browser-id': browserId };
}

/** n8n says it is ready a moment before it has all its routes: until then they are 404. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const isEarly = !(error instanceof N8nAnswer) || error.status === 404 || error.status >= 500;
      if (!isEarly || attempt >= MOST_ATTEMPTS) throw error;
      await sleep(BETWEEN_ATTEMPTS_MS);
    }
  }
}

export interface N8nWorkflow {
  name: string;
  nodes: { type: string; credentials?: Record<string, { id: string | null; name: string }> }[];
  connections: object;
  settings?: object;
  pinData?: object;
}

/** n8n's public API, as far as it is used here. */
export class N8nApi {
  readonly #base: string;
  readonly #key: string;

  constructor(base: string, key: string) {
    this.#base = base;
    this.#key = key;
  }

  /** Whether n8n takes the key. */
  async accepts(): Promise<boolean> {
    try {
      await patiently(() => this.#ask('GET', '/workflows?limit=1'));
      return true;
    } catch (error) {
      if (error instanceof N8nAnswer && (error.status === 401 || error.status === 403)) return false;
      throw error;
    }
  }

  async createCredential(credential: { name: string; type: string; data: object }): Promise<string> {
    return (await this.#ask<{ id: string }>('POST', '/credentials', credential)).id;
  }

  async updateCredential(id: string, credential: { name: string; type: string; data: object }): Promise<void> {
    await this.#ask('PATCH', `/credentials/${id}`, credential);
  }

  async createWorkflow(workflow: N8nWorkflow): Promise<string> {
    return (await this.#ask<{ id: string }>('POST', '/workflows', workflow)).id;
  }

  async publishWorkflow(id: string): Promise<void> {
    await this.#ask('POST', `/workflows/${id}/publish`, {});
  }

  async #ask<T>(method: string, path: string, body?: object): Promise<T> {
    const headers = { 'X-N8N-API-KEY': this.#key, 'content-type': 'application/json' };
    const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
    return (await ask<T>(`${this.#base}/api/v1${path}`, init)).body;
  }
}
