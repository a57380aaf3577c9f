/** What is asked of Amazon SNS: the certificates that it signs with, got once and kept, and confirmations of subscriptions. */
import axios from 'axios';

/** A certificate has 2 KB. */
const ANSWER_LIMIT_BYTES = 64 * 1024;
const TIMEOUT_MS = 5_000;
/** SNS changes its certificate once in a while; each region has its own. */
const MOST_KEPT = 50;

/** Only ever for addresses at AWS (providerEvents/ses.ts). @throws when there is no answer, or another status than 200 */
export async function getFromAws(url: string): Promise<string> {
  const { data } = await axios.get<string>(url, {
    timeout: TIMEOUT_MS,
    // `timeout` alone does not cover a server that trickles.
    signal: AbortSignal.timeout(TIMEOUT_MS + 1000),
    maxRedirects: 0,
    maxContentLength: ANSWER_LIMIT_BYTES,
    responseType: 'text',
    transformResponse: (text: unknown) => text,
    validateStatus: (status) => status === 200,
  });
  return data;
}

export class SnsCertificates {
  readonly #get: (url: string) => Promise<string>;
  readonly #kept = new Map<string, Promise<string>>();

  constructor(get: (url: string) => Promise<string>) {
    this.#get = get;
  }

  /** @returns PEM. @throws what `get` throws; the next time it is tried again */
  async at(url: string): Promise<string> {
    const kept = this.#kept.get(url);
    if (kept) return await kept;
    const got = this.#get(url);
    this.#kept.set(url, got);
    got.catch(() => this.#kept.delete(url));
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return await got;
  }
}
