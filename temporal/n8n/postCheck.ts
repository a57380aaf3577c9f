/** Asks a Commerce Trigger to look at its shop: the signed call to its webhook, which starts no execution. */
import type { ShopCheck } from '../domain/commerceTrigger.ts';
import { failureOfAnswer, failureOfNetwork } from './n8nAnswer.ts';
import { missingEndpoint, type SegmentFailure } from './segmentFailure.ts';
import { signedPost, urlBelow } from './signedPost.ts';

export type CheckOutcome = { check: ShopCheck } | { failure: SegmentFailure };
export type PostCheck = (endpoint: { path: string; nodeName: string; workflowName: string }) => Promise<CheckOutcome>;

const BODY = Buffer.from('{"check":true}');
/** Some twenty calls to a shop that is slow. */
const TIMEOUT_MS = 120_000;

export function checkPoster(options: { n8nBaseUrl: string; apiKey: string; timeoutMs?: number }): PostCheck {
  const { n8nBaseUrl, apiKey, timeoutMs = TIMEOUT_MS } = options;
  return async (endpoint) => {
    const url = urlBelow(n8nBaseUrl, endpoint.path);
    if (url === null) return { failure: missingEndpoint(endpoint.nodeName) };
    const outcome = await signedPost(url, BODY, { n8nBaseUrl, apiKey, timeoutMs });
    if ('networkError' in outcome) return { failure: failureOfNetwork(outcome.networkError, endpoint, timeoutMs) };
    const failure = failureOfAnswer(outcome.answer, endpoint, Date.now());
    if (failure) return { failure };
    return { check: readCheck(outcome.answer.body) };
  };
}

/** Believes nothing about the answer's shape. */
function readCheck(body: string): ShopCheck {
  let answer: Record<string, unknown> = {};
  try {
    answer = JSON.parse(body) as Record<string, unknown>;
  } catch {
    return { ...NOTHING, problems: ['Its answer cannot be read: is the installed version of the node the right one?'] };
  }
  return {
    connection: nameOf(answer['connection']),
    topics: texts(answer['topics']),
    kept: typeof answer['kept'] === 'number' ? answer['kept'] : 0,
    created: texts(answer['created']),
    reactivated: texts(answer['reactivated']),
    removed: texts(answer['removed']),
    problems: texts(answer['problems']),
  };
}

const NOTHING = { connection: '', topics: [], kept: 0, created: [], reactivated: [], removed: [] };
const MOST_TEXTS = 100;
/** As `/v1/connections` takes them. */
const CONNECTION = /^[a-z0-9][a-z0-9._-]{0,63}$/;

const nameOf = (value: unknown): string => (typeof value === 'string' && CONNECTION.test(value) ? value : '');

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((text): text is string => typeof text === 'string').slice(0, MOST_TEXTS) : [];
