/** One request to a shop's API: time-out, waiting when the shop asks for it, and what can be said about any shop's refusal. */
import type {
  IDataObject,
  IgnoreStatusErrorConfig,
  IHookFunctions,
  IHttpRequestMethods,
  IWebhookFunctions,
} from 'n8n-workflow';
import { NodeApiError, sleep } from 'n8n-workflow';
import { ShopError } from './shopError.ts';

export type Caller = IHookFunctions | IWebhookFunctions;

export interface ShopRequest {
  credential: 'commerceShopifyApi' | 'commerceWooCommerceApi';
  /** `Shopify`, `WooCommerce`. */
  shop: string;
  method: IHttpRequestMethods;
  url: string;
  qs?: IDataObject;
  body?: IDataObject;
  /** Asked again when the shop fails or is not there: nothing can be done twice. */
  isRepeatable: boolean;
  /** For tests. */
  timeoutMs?: number;
}

export interface ShopAnswer {
  status: number;
  headers: Record<string, unknown>;
  body: unknown;
}

const TIMEOUT_MS = 20_000;
/** At a 401 n8n fetches a new token, where the credential has such, and asks once more. */
const TOKENS_EXPIRE: IgnoreStatusErrorConfig = { ignore: true, except: [401] };
/** Of a shop that fails, or asks to come later without saying when (ms). */
const PAUSES_MS = [500, 1_500, 4_000];
/** Somebody is looking at the editor: longer than this a shop may not ask us to wait. */
export const LONGEST_WAIT_MS = 10_000;

/**
 * @returns any answer that is JSON and below 500, for the shop's own reading
 * @throws ShopError
 */
export async function askShop(caller: Caller, request: ShopRequest): Promise<ShopAnswer> {
  for (let attempt = 0; ; attempt++) {
    const pause = PAUSES_MS[attempt];
    const answer = await answerTo(caller, request);
    const failure = failureOf(answer, request);
    if (failure === null) return answer as ShopAnswer;
    const isOnlyBusy = answer !== null && !(answer instanceof Error) && answer.status === 429;
    if (pause === undefined || !failure.isTransient || !(isOnlyBusy || request.isRepeatable)) throw failure;
    await sleep(isOnlyBusy ? Math.min(retryAfterMs(answer.headers) ?? pause, LONGEST_WAIT_MS) : pause);
  }
}

async function answerTo(caller: Caller, request: ShopRequest): Promise<ShopAnswer | Error> {
  const { credential, method, url, qs, body, timeoutMs = TIMEOUT_MS } = request;
  try {
    const answer = (await caller.helpers.httpRequestWithAuthentication.call(caller, credential, {
      method,
      url,
      ...(qs ? { qs } : {}),
      ...(body ? { body } : {}),
      json: true,
      timeout: timeoutMs,
      returnFullResponse: true,
      ignoreHttpStatusErrors: credential === 'commerceShopifyApi' ? TOKENS_EXPIRE : true,
    })) as { statusCode: number; headers: Record<string, unknown>; body: unknown };
    return { status: answer.statusCode, headers: answer.headers, body: answer.body };
  } catch (error) {
    const status = error instanceof NodeApiError ? Number(error.httpCode) : Number.NaN;
    if (status >= 400) return { status, headers: {}, body: null };
    return error instanceof Error ? error : new Error(String(error));
  }
}

function failureOf(answer: ShopAnswer | Error, { shop, url }: ShopRequest): ShopError | null {
  const { host } = new URL(url);
  if (answer instanceof Error) {
    return new ShopError(`${shop} does not answer at ${host}`, {
      description: `Check the shop's address in the credential, and that n8n can reach it. Seen: ${answer.message}`,
      isTransient: true,
    });
  }
  const httpCode = String(answer.status);
  if (answer.status === 429) {
    return new ShopError(`${shop} asks for fewer requests (429)`, {
      httpCode,
      description: 'Publish again in a minute; what has been done so far stays.',
      isTransient: true,
    });
  }
  if (answer.status >= 500) {
    return new ShopError(`${shop} fails at ${host} (${httpCode})`, {
      httpCode,
      description: 'The shop or a proxy before it has a problem of its own. Publish again in a minute.',
      isTransient: true,
    });
  }
  const isPage = typeof answer.body === 'string' && answer.body.trim() !== '';
  if (isPage && (answer.status < 400 || answer.status === 403)) {
    return new ShopError(`A web page answers at ${host} instead of the API of ${shop}`, {
      httpCode,
      description:
        "Check the shop's address in the credential; a page of maintenance mode, a password or a firewall can be in the way as well.",
    });
  }
  return null;
}

/** Seconds or an HTTP date. */
function retryAfterMs(headers: Record<string, unknown>): number | null {
  const value = headers['retry-after'];
  if (typeof value !== 'string' || value.trim() === '') return null;
  const ms = /^[\d.]+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) && ms > 0 ? ms : null;
}
