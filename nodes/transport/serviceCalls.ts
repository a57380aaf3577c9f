/** Calls of the journeys service: batching, time-outs, retries, and errors that say what to do. */
import type {
  IDataObject,
  IExecuteFunctions,
  IHookFunctions,
  IHttpRequestMethods,
  ILoadOptionsFunctions,
  IWebhookFunctions,
} from 'n8n-workflow';
import { NodeApiError, sleep } from 'n8n-workflow';
import { fieldText } from '../fields/fieldText.ts';

export const CREDENTIAL = 'commerceJourneysApi';
/** Most items in one call. */
export const BATCH_ITEMS = 500;
/** Most bytes of JSON in one call; the service refuses bodies above 8 MB. */
const BATCH_BYTES = 4_000_000;
/** Rows of one page of a list. */
const PAGE = 500;
const TIMEOUT_MS = 30_000;
/** A restarting service is back within these (ms). Every route the nodes use may be called twice. */
const RETRY_DELAYS_MS = [300, 1_000, 3_000];

type Caller = IExecuteFunctions | IHookFunctions | ILoadOptionsFunctions | IWebhookFunctions;

export interface Problem {
  title?: string;
  detail?: string;
  errors?: Array<{ path: string; message: string }>;
}

export interface Answer {
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
export class ServiceCalls {
  readonly #caller: Caller;
  readonly #retryDelaysMs: readonly number[];

  constructor(caller: Caller, retryDelaysMs: readonly number[] = RETRY_DELAYS_MS) {
    this.#caller = caller;
    this.#retryDelaysMs = retryDelaysMs;
  }

  protected async batched<In, Out>(
    path: string,
    items: In[],
    maxItems = BATCH_ITEMS,
    fields: object = {},
  ): Promise<Out[]> {
    const answers: Out[] = [];
    for (const batch of inBatches(items, maxItems)) {
      const answer = (await this.request('POST', path, { ...fields, items: batch })) as { items: Out[] };
      answers.push(...answer.items);
    }
    return answers;
  }

  /** A list with a cursor. @param limit null: all */
  protected async pages<T>(path: string, filter: Record<string, string>, limit: number | null): Promise<T[]> {
    const all: T[] = [];
    let cursor: string | null = null;
    do {
      const page = Math.min(PAGE, limit === null ? PAGE : limit - all.length);
      const query = new URLSearchParams({ ...filter, limit: String(page), ...(cursor !== null && { cursor }) });
      const answer = (await this.request('GET', `${path}?${query.toString()}`)) as {
        items: T[];
        nextCursor: string | null;
      };
      all.push(...answer.items);
      cursor = answer.nextCursor;
    } while (cursor !== null && (limit === null || all.length < limit));
    return all;
  }

  protected async request(method: IHttpRequestMethods, path: string, body?: object): Promise<unknown> {
    return (await this.answer(method, path, body, [])).body;
  }

  /** @param accepted refusals that are an answer to the caller @throws NodeApiError for all others */
  protected async answer(
    method: IHttpRequestMethods,
    path: string,
    body?: object,
    accepted: readonly number[] = [404, 409],
  ): Promise<Answer> {
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
      if (answer.status < 300 || accepted.includes(answer.status)) return answer;
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
