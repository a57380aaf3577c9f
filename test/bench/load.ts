/** Posts bodies at an address with a fixed number of connections and counts the answers per second. */
import { Agent, request } from 'node:http';

export interface LoadResult {
  requests: number;
  seconds: number;
  perSecond: number;
  /** ms */
  p95: number;
  failures: number;
}

export interface LoadOptions {
  url: string;
  headers?: Record<string, string>;
  connections: number;
  /** How long; without effect when `requests` is given. */
  seconds: number;
  /** Exactly so many. */
  requests?: number;
  body: (index: number) => string;
  /** Beside `headers`, for each body, such as its signature. */
  headersOf?: (body: string, index: number) => Record<string, string>;
}

export async function load(options: LoadOptions): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: options.connections });
  const end = performance.now() + options.seconds * 1000;
  const begun = performance.now();
  const latencies: number[] = [];
  let index = 0;
  let failures = 0;
  const worker = async () => {
    while (options.requests === undefined ? performance.now() < end : index < options.requests) {
      const sent = performance.now();
      const status = await post(agent, options, index++);
      latencies.push(performance.now() - sent);
      if (status < 200 || status > 299) failures += 1;
    }
  };
  await Promise.all(Array.from({ length: options.connections }, worker));
  agent.destroy();
  const seconds = (performance.now() - begun) / 1000;
  latencies.sort((a, b) => a - b);
  return {
    requests: latencies.length,
    seconds,
    perSecond: latencies.length / seconds,
    p95: latencies[Math.floor(latencies.length * 0.95)] ?? Number.NaN,
    failures,
  };
}

function post(agent: Agent, options: LoadOptions, index: number): Promise<number> {
  const body = options.body(index);
  return new Promise((resolve, reject) => {
    const sent = request(
      options.url,
      {
        method: 'POST',
        agent,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          ...options.headers,
          ...options.headersOf?.(body, index),
        },
      },
      (answer) => {
        answer.resume();
        answer.once('end', () => resolve(answer.statusCode ?? 0));
        answer.once('error', reject);
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}
