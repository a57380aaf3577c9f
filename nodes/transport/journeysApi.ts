/** The one client of the journeys service for all nodes: batching, time-outs, retries, and errors that say what to do. */
import type {
  IDataObject,
  IExecuteFunctions,
  IHookFunctions,
  IHttpRequestMethods,
  IWebhookFunctions,
} from 'n8n-workflow';
import { NodeApiError, sleep } from 'n8n-workflow';
import type {
  AuthorizeAnswer,
  AuthorizeItem,
  CommerceListener,
  ConnectionChange,
  ConnectionRecord,
  CustomerAnswer,
  CustomerIdentity,
  EndpointStatement,
  OptInAnswer,
  OptInAsk,
  SendReport,
  StartedAnswer,
  WaitAnswer,
  WaitRegistration,
} from './contract.ts';
import { fieldText } from '../fields/fieldText.ts';

export const CREDENTIAL = 'commerceJourneysApi';
/** Most items in one call. */
export const BATCH_ITEMS = 500;
/** Most bytes of JSON in one call; the service refuses bodies above 8 MB. */
const BATCH_BYTES = 4_000_000;
const TIMEOUT_MS = 30_000;
/** A restarting service is back within these (ms). Every route the nodes use may be called twice. */
const RETRY_DELAYS_MS = [300, 1_000, 3_000];

type Caller = IExecuteFunctions | IHookFunctions | IWebhookFunctions;

interface Problem {
  title?: string;
  detail?: string;
  errors?: Array<{ path: string; message: string }>;
}

interface Answer {
  status: number;
  body: unknown;
}

/** Splits items into calls of at most `BATCH_ITEMS` items and about `BATCH_BYTES` bytes. */
export function inBatches<T>(items: T[], maxItems = BATCH_ITEMS, maxBytes = BATCH_BYTES): T[][] {
  const batches: T[][] = [];
  let batch: T[] = [];
  let bytes = 0;
  for (const item of items) {
    const length = Buffer.byteLength(JSON.stringify(item));
    if (batch.length > 0 && (batch.length >= maxItems || bytes + length > maxBytes)) {
      batches.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(item);
    bytes += length;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}

/** @throws NodeApiError, with what happened and the way out */
export class JourneysApi {
  readonly #caller: Caller;
  readonly #retryDelaysMs: readonly number[];

  constructor(caller: Caller, retryDelaysMs: readonly number[] = RETRY_DELAYS_MS) {
    this.#caller = caller;
    this.#retryDelaysMs = retryDelaysMs;
  }

  async publishEndpoint(endpoint: EndpointStatement): Promise<void> {
    await this.#request('PUT', '/v1/endpoints', endpoint);
  }

  async removeEndpoint(workflowId: string, nodeId: string): Promise<void> {
    await this.#request('DELETE', `/v1/endpoints/${encodeURIComponent(workflowId)}/${encodeURIComponent(nodeId)}`);
  }

  /** The service posts one sample item to `url` shortly after its answer. */
  async requestSample(url: string, nodeName: string, parameters: object, more: IDataObject = {}): Promise<void> {
    await this.#request('POST', '/v1/endpoints/test', { url, nodeName, parameters, ...more });
  }

  /** @returns where the shop sends to */
  async putConnection(name: string, change: ConnectionChange): Promise<string> {
    const path = `/v1/connections/${encodeURIComponent(name)}`;
    return ((await this.#request('PUT', path, change)) as { webhookUrl: string }).webhookUrl;
  }

  /** @returns null when there is no such connection */
  async connection(name: string): Promise<ConnectionRecord | null> {
    const { items } = (await this.#request('GET', '/v1/connections')) as { items: ConnectionRecord[] };
    return items.find((connection) => connection.name === name) ?? null;
  }

  /** Who listens to a connection. */
  async commerceTriggers(connection: string): Promise<CommerceListener[]> {
    const path = `/v1/endpoints?connection=${encodeURIComponent(connection)}`;
    return ((await this.#request('GET', path)) as { items: CommerceListener[] }).items;
  }

  async registerWaits(items: WaitRegistration[]): Promise<WaitAnswer[]> {
    return await this.#batched<WaitRegistration, WaitAnswer>('/v1/waits', items);
  }

  async lookUpCustomers(items: Array<{ ref: string } & CustomerIdentity>): Promise<CustomerAnswer[]> {
    return await this.#batched('/v1/customers/lookup', items);
  }

  async upsertCustomers(
    items: Array<{ ref: string; identity: CustomerIdentity; properties?: IDataObject; consent?: IDataObject }>,
  ): Promise<CustomerAnswer[]> {
    return await this.#batched('/v1/customers/upsert', items);
  }

  async setConsents(
    items: Array<{ ref: string; customerId: string; channel: string; state: string; source: string; at?: string }>,
  ): Promise<CustomerAnswer[]> {
    return await this.#batched('/v1/customers/consent', items);
  }

  async requestOptIns(items: Array<OptInAsk & { ref: string }>): Promise<OptInAnswer[]> {
    return await this.#batched('/v1/customers/consent/requests', items);
  }

  async authorizeSends(items: AuthorizeItem[]): Promise<AuthorizeAnswer[]> {
    return await this.#batched('/v1/sends/authorize', items);
  }

  /** @param by who sends: the same one may say it again, another one is refused */
  async startSends(sendIds: string[], by: string): Promise<StartedAnswer> {
    return (await this.#request('POST', '/v1/sends/started', { sendIds, by })) as StartedAnswer;
  }

  async reportSends(items: SendReport[]): Promise<void> {
    await this.#request('POST', '/v1/sends/report', { items });
  }

  async #batched<In, Out>(path: string, items: In[]): Promise<Out[]> {
    const answers: Out[] = [];
    for (const batch of inBatches(items)) {
      const answer = (await this.#request('POST', path, { items: batch })) as { items: Out[] };
      answers.push(...answer.items);
    }
    return answers;
  }

  async #request(method: IHttpRequestMethods, path: string, body?: object): Promise<unknown> {
    const credentials = await this.#caller.getCredentials(CREDENTIAL);
    const baseUrl = fieldText(credentials.baseUrl).replace(/\/+$/, '');
    for (let attempt = 0; ; attempt++) {
      const delay = this.#retryDelaysMs[attempt];
      let answer: Answer;
      try {
        answer = await this.#call(method, baseUrl + path, body);
      } catch (error) {
        if (delay === undefined) throw this.#unreachable(baseUrl, error as Error);
        await sleep(delay);
        continue;
      }
      if (answer.status < 300) return answer.body;
      if (answer.status < 500 || delay === undefined) throw this.#refused(baseUrl, answer);
      await sleep(delay);
    }
  }

  async #call(method: IHttpRequestMethods, url: string, body?: object): Promise<Answer> {
    const answer = (await this.#caller.helpers.httpRequestWithAuthentication.call(this.#caller, CREDENTIAL, {
      method,
      url,
      body: body as IDataObject | undefined,
      json: true,
      timeout: TIMEOUT_MS,
      returnFullResponse: true,
      ignoreHttpStatusErrors: true,
    })) as { statusCode: number; body: unknown };
    return { status: answer.statusCode, body: answer.body };
  }

  #unreachable(baseUrl: string, error: Error): NodeApiError {
    return new NodeApiError(
      this.#caller.getNode(),
      { message: error.message },
      {
        message: `The journeys service does not answer at ${baseUrl}`,
        description: `Check that it runs (npm start, or npx commerce-journeys serve) and that the base URL in the "Commerce Journeys API" credential is right. Seen: ${error.message}`,
      },
    );
  }

  #refused(baseUrl: string, answer: Answer): NodeApiError {
    const httpCode = String(answer.status);
    const node = this.#caller.getNode();
    if (answer.status === 401 || answer.status === 403) {
      return new NodeApiError(
        node,
        { message: 'Unauthorized' },
        {
          httpCode,
          message: 'The journeys service does not accept the API key',
          description: `Put the service's JOURNEYS_API_KEY (npm start keeps it in <data dir>/api-key) into the "Commerce Journeys API" credential for ${baseUrl}.`,
        },
      );
    }
    const problem = (typeof answer.body === 'object' && answer.body !== null ? answer.body : {}) as Problem;
    const fields = (problem.errors ?? []).map(({ path, message }) => `${path}: ${message}`);
    if (!problem.detail && !problem.title) {
      return new NodeApiError(
        node,
        { message: `HTTP ${httpCode}` },
        {
          httpCode,
          message: `What answers at ${baseUrl} is not the journeys service (HTTP ${httpCode})`,
          description: 'Check the base URL in the "Commerce Journeys API" credential.',
        },
      );
    }
    return new NodeApiError(
      node,
      { message: problem.detail ?? '' },
      {
        httpCode,
        message: problem.detail ?? problem.title,
        description:
          fields.length > 0 ? fields.join('\n') : `The journeys service answered ${httpCode} ${problem.title ?? ''}`,
      },
    );
  }
}
