/**
 * A provider's API on this machine. The handler answers as the provider's documentation says; the server tells what came in, and
 * lets single requests go wrong in the ways in which requests over the internet go wrong.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ProviderCall {
  method: string;
  /** Without the query; as it came, so still percent-encoded. */
  path: string;
  query: Record<string, string>;
  /** Names in lower case. */
  headers: Record<string, string>;
  /** The body as it came, '' without one. */
  text: string;
  /** The body as JSON, undefined when it is none. */
  json: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- each provider has its own shape
  /** When it was here completely, epoch milliseconds. */
  at: number;
}

export interface ProviderAnswer {
  /** 200 when absent. */
  status?: number;
  headers?: Record<string, string>;
  /** A string goes out as it is (text/plain unless `headers` say otherwise), everything else as JSON; absent: an empty body. */
  body?: unknown;
}

/** What the provider does with a request that reaches it. What it throws, for example from `expect`, is thrown by `stop`. */
export type ProviderHandler = (call: ProviderCall) => ProviderAnswer | Promise<ProviderAnswer>;

/** `accepted`: the handler has run, so the message goes out, although the caller does not learn it. */
export type Fault =
  | { kind: 'answer'; answer: ProviderAnswer; accepted?: boolean }
  | { kind: 'silence'; accepted?: boolean }
  /** Not accepted: as soon as the head of the request is here; accepted: instead of the answer. */
  | { kind: 'cut'; accepted?: boolean }
  /** The real answer, but only then. */
  | { kind: 'slow'; until: Promise<unknown> };

export const faults = {
  /** @param retryAfter as in the header: seconds or an HTTP date; without it the header is missing */
  rateLimited: (retryAfter?: string | number): Fault => ({
    kind: 'answer',
    answer: { status: 429, ...(retryAfter === undefined ? {} : { headers: { 'Retry-After': `${retryAfter}` } }) },
  }),
  /** 500, 502, 503 …; `accepted`: it broke after the message was taken. */
  status: (status: number, accepted = false): Fault => ({ kind: 'answer', answer: { status }, accepted }),
  /** A proxy's or a captive portal's page, with any status, also 200. */
  html: (status = 200, accepted = false): Fault => ({
    kind: 'answer',
    answer: { status, headers: { 'Content-Type': 'text/html' }, body: `<!doctype html><title>${status}</title>` },
    accepted,
  }),
  /** Never answers: the caller's time-out has to end it. */
  silence: (accepted = false): Fault => ({ kind: 'silence', accepted }),
  cutBeforeAcceptance: { kind: 'cut' } as Fault,
  cutAfterAcceptance: { kind: 'cut', accepted: true } as Fault,
  slow: (until: Promise<unknown>): Fault => ({ kind: 'slow', until }),
};

export class FaultyServer {
  /** Everything that came in completely, in order. */
  readonly calls: ProviderCall[] = [];
  /** Calls other than GET whose handler answered 2xx, whether or not the caller got to know: what the provider will deliver. */
  readonly accepted: ProviderCall[] = [];
  /** For the next requests, one each, in the order of their arrival; null lets one through. */
  readonly faults: Array<Fault | null> = [];
  /** For single requests, for example of one recipient; asked when `faults` is empty. */
  faultFor: (call: ProviderCall) => Fault | null | undefined = () => null;
  /** The most requests that were open at once. */
  mostAtOnce = 0;
  /** Without a slash at the end. */
  url = '';
  #open = 0;
  readonly #failures: unknown[] = [];
  readonly #handler: ProviderHandler;
  readonly #server: Server = createServer((request, response) => {
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#open);
    response.once('close', () => this.#open--);
    this.#serve(request, response).catch((error: unknown) => {
      if (!response.destroyed) this.#failures.push(error);
      response.destroy();
    });
  });

  constructor(handler: ProviderHandler) {
    this.#handler = handler;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  /** @throws what a handler threw first: nobody else would see it */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  /** Forgets calls and faults, for the next test. */
  reset(): void {
    this.calls.length = this.accepted.length = this.faults.length = this.mostAtOnce = 0;
    this.faultFor = () => null;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const scripted = this.faults.shift();
    if (scripted?.kind === 'cut' && !scripted.accepted) return void request.socket.destroy();
    const call = await received(request);
    this.calls.push(call);
    const fault = scripted === undefined ? this.faultFor(call) : scripted;
    const isLost = fault && fault.kind !== 'slow' && !fault.accepted;
    const answer = isLost ? {} : await this.#answer(call);
    if (fault?.kind === 'silence') return;
    if (fault?.kind === 'cut') return void request.socket.destroy();
    if (fault?.kind === 'answer') return send(response, fault.answer);
    if (fault?.kind === 'slow') await fault.until;
    send(response, answer);
  }

  async #answer(call: ProviderCall): Promise<ProviderAnswer> {
    try {
      const answer = await this.#handler(call);
      const { status = 200 } = answer;
      if (call.method !== 'GET' && status >= 200 && status < 300) this.accepted.push(call);
      return answer;
    } catch (error) {
      this.#failures.push(error);
      return { status: 500, body: { error: String(error) } };
    }
  }
}

async function received(request: IncomingMessage): Promise<ProviderCall> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  return {
    method: request.method ?? '',
    path,
    query: Object.fromEntries(new URLSearchParams(query)),
    headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
    text,
    json: parsed(text),
    at: Date.now(),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function send(response: ServerResponse, { status = 200, headers = {}, body }: ProviderAnswer): void {
  const isText = typeof body === 'string';
  if (body !== undefined) response.setHeader('Content-Type', isText ? 'text/plain' : 'application/json');
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.writeHead(status).end(body === undefined || isText ? body : JSON.stringify(body));
}
