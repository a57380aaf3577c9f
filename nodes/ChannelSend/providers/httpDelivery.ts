/**
 * One message to a provider over HTTP, by n8n's own client with the operator's credential: when no answer comes, or none that
 * can be read, what may be concluded, and whether the message may be tried again without going out twice.
 */
import type {
  ICredentialDataDecryptedObject,
  IDataObject,
  IExecuteFunctions,
  IgnoreStatusErrorConfig,
} from 'n8n-workflow';
import { sleep } from 'n8n-workflow';
import { fieldText } from '../../fields/fieldText.ts';
import { withoutAddresses } from './withoutAddresses.ts';
import { commonOutcome, unreadable } from './httpAnswer.ts';
import type { OutgoingMessage } from './outgoing.ts';
import type { HttpAnswer, HttpProvider, ProviderRequest } from './httpProvider.ts';
import type { DeliveryOutcome, Provider, Sender } from './provider.ts';

/** Longer than the slowest of the providers takes; what is not answered by then may still have been taken. */
const TIMEOUT_MS = 30_000;
/** A message that was just taken may not be listed yet: asked again after these (ms) before "it never had it" is believed. */
const LOOKUP_DELAYS_MS = [2_000, 5_000, 10_000];

/** At a 401 n8n fetches a new token and asks once more. */
const TOKENS_EXPIRE: IgnoreStatusErrorConfig = { ignore: true, except: [401] };
const UNAUTHORIZED: HttpAnswer = { status: 401, headers: {}, text: '', json: undefined };

export interface HttpDeliveryOptions {
  timeoutMs?: number;
  lookupDelaysMs?: readonly number[];
  now?: () => number;
}

export function overHttp<Message extends OutgoingMessage>(provider: HttpProvider<Message>): Provider {
  const { name, displayName, channel, credential, pace, repeat } = provider;
  return {
    ...{ name, displayName, channel, credential, pace },
    isRepeatable: repeat.kind !== 'never',
    connect: async (context) => new HttpDelivery(context, provider, await context.getCredentials(credential)),
  };
}

export class HttpDelivery<Message extends OutgoingMessage> implements Sender {
  readonly #context: IExecuteFunctions;
  readonly #provider: HttpProvider<Message>;
  readonly #credential: ICredentialDataDecryptedObject;
  readonly #timeoutMs: number;
  readonly #lookupDelaysMs: readonly number[];
  readonly #now: () => number;

  constructor(
    context: IExecuteFunctions,
    provider: HttpProvider<Message>,
    credential: ICredentialDataDecryptedObject,
    { timeoutMs = TIMEOUT_MS, lookupDelaysMs = LOOKUP_DELAYS_MS, now = Date.now }: HttpDeliveryOptions = {},
  ) {
    this.#context = context;
    this.#provider = provider;
    this.#credential = credential;
    this.#timeoutMs = timeoutMs;
    this.#lookupDelaysMs = lookupDelaysMs;
    this.#now = now;
  }

  close(): void {
    // n8n opens a connection for each request and closes it.
  }

  async deliver(outgoing: OutgoingMessage, mayBeSentSince?: number): Promise<DeliveryOutcome> {
    // Which channel makes which message is the registry's matter.
    const message = outgoing as Message;
    if (mayBeSentSince !== undefined) {
      const earlier = await this.#earlierAttempt(message, mayBeSentSince);
      if (earlier !== null) return earlier;
    }
    const attemptedAt = this.#now();
    const outcome = await this.#attempt(message);
    return outcome.kind === 'unknown' ? await this.#settle(message, outcome.error, attemptedAt) : outcome;
  }

  /** @returns null when the message may be sent now */
  async #earlierAttempt(message: Message, startedAt: number): Promise<DeliveryOutcome | null> {
    const { displayName, repeat } = this.#provider;
    const lost = `An earlier attempt with ${displayName} was not heard of again`;
    switch (repeat.kind) {
      case 'never':
        return { kind: 'unknown', error: lost };
      case 'key':
        if (this.#now() - startedAt < repeat.rememberedMs) return null;
        return { kind: 'unknown', error: `${lost}, and ${displayName} does not know its key any more` };
      case 'lookup': {
        const found = await this.#lookUp(message, startedAt);
        if (found === undefined) return { kind: 'unknown', error: `${lost}, and ${displayName} does not say` };
        return found && { kind: 'sent', ...found };
      }
    }
  }

  /** The provider may have the message: what now? */
  async #settle(message: Message, error: string, attemptedAt: number): Promise<DeliveryOutcome> {
    const { repeat } = this.#provider;
    if (repeat.kind === 'key') return { kind: 'temporary', serverWide: true, maybeSent: true, error };
    if (repeat.kind === 'never') return { kind: 'unknown', error };
    const found = await this.#lookUp(message, attemptedAt);
    if (found === undefined) return { kind: 'unknown', error };
    return found === null ? { kind: 'temporary', serverWide: true, error } : { kind: 'sent', ...found };
  }

  /** @returns null: it never had it; undefined: it does not say */
  async #lookUp(message: Message, startedAt: number): Promise<{ providerMessageId: string } | null | undefined> {
    const { repeat } = this.#provider;
    if (repeat.kind !== 'lookup') return undefined;
    let found: { providerMessageId: string } | null | undefined;
    for (const delay of [0, ...this.#lookupDelaysMs]) {
      if (delay > 0) await sleep(delay);
      const answer = await this.#call(repeat.request(message, this.#credential, startedAt)).catch(() => null);
      found = answer === null ? undefined : repeat.found(answer, message, startedAt);
      if (found) return found;
    }
    return found;
  }

  async #attempt(message: Message): Promise<DeliveryOutcome> {
    let request: ProviderRequest;
    try {
      request = this.#provider.request(message, this.#credential);
    } catch (error) {
      return { kind: 'misconfigured', error: withoutAddresses((error as Error).message) };
    }
    let answer: HttpAnswer;
    try {
      answer = await this.#call(request);
    } catch (error) {
      if (isUnauthorized(error as Error)) return commonOutcome(UNAUTHORIZED, this.#provider);
      return failureOf(error as Error, this.#provider.displayName);
    }
    try {
      return this.#provider.outcome(answer, message);
    } catch {
      // An answer that nobody expected: it is about this message, the others of the batch are sent and reported.
      return unreadable(answer, this.#provider);
    }
  }

  #baseUrl(): string {
    const { baseUrl } = this.#provider;
    const given = fieldText(this.#credential.baseUrl).trim() || (baseUrl?.(this.#credential) ?? '');
    return given.replace(/\/+$/, '');
  }

  async #call({ method, path, headers = {}, query, body }: ProviderRequest): Promise<HttpAnswer> {
    const isText = typeof body === 'string';
    const answer = (await this.#context.helpers.httpRequestWithAuthentication.call(
      this.#context,
      this.#provider.credential,
      {
        method,
        url: this.#baseUrl() + path,
        headers: {
          Accept: 'application/json',
          ...(body === undefined || isText ? {} : { 'Content-Type': 'application/json' }),
          ...headers,
        },
        ...(query ? { qs: query } : {}),
        // As text, so that what is signed is what goes out.
        ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
        encoding: 'text',
        timeout: this.#timeoutMs,
        returnFullResponse: true,
        ignoreHttpStatusErrors: this.#provider.tokenExpires ? TOKENS_EXPIRE : true,
        disableFollowRedirect: true,
      },
    )) as { statusCode: number; headers: IDataObject; body: unknown };
    const text = fieldText(answer.body);
    const names = Object.entries(answer.headers).map(([name, value]) => [name.toLowerCase(), headerText(value)]);
    return {
      status: answer.statusCode,
      headers: Object.fromEntries(names) as Record<string, string>,
      text,
      json: parsed(text),
    };
  }
}

const headerText = (value: unknown) => (Array.isArray(value) ? value.map(fieldText).join(', ') : fieldText(value));

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What axios and Node.js put on an error of the network. */
interface NetworkError extends Error {
  isAxiosError?: boolean;
  code?: string;
  syscall?: string;
  response?: { status: number };
}

const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
]);
const NO_TLS = /CERT|SIGNATURE|^EPROTO$|^ERR_TLS|^ERR_SSL/;
/** Node.js says so when the connection ends within the TLS handshake. */
const CUT_IN_HANDSHAKE = /before secure TLS connection was established/;

/** Without an answer it matters whether the request can have reached the provider. */
function failureOf(error: Error, displayName: string): DeliveryOutcome {
  const causes = causesOf(error);
  const seen = withoutAddresses(causes.at(-1)?.message ?? error.message);
  const isOfNetwork = causes.some(({ isAxiosError }) => isAxiosError === true);
  if (!isOfNetwork) {
    return {
      kind: 'misconfigured',
      error: `The request to ${displayName} cannot be made: ${seen}`,
    };
  }
  const isNeverSent = causes.some(
    ({ code = '', syscall, message }) =>
      NEVER_CONNECTED.has(code) || syscall === 'connect' || NO_TLS.test(code) || CUT_IN_HANDSHAKE.test(message),
  );
  if (isNeverSent) return { kind: 'temporary', serverWide: true, error: `${displayName} cannot be reached: ${seen}` };
  if (causes.some(({ code }) => code === 'ERR_INVALID_URL')) {
    return { kind: 'misconfigured', error: `The base URL in the credential of ${displayName} is no address` };
  }
  return { kind: 'unknown', error: `No answer of ${displayName} after the message was handed over: ${seen}` };
}

/** The new token was not taken either. */
const isUnauthorized = (error: Error) => causesOf(error).some(({ response }) => response?.status === 401);

/** From the outside in: n8n's error, axios's, that of Node.js. */
function causesOf(error: Error): NetworkError[] {
  const causes: NetworkError[] = [];
  for (let cause: unknown = error; cause instanceof Error && causes.length < 5; cause = cause.cause) causes.push(cause);
  return causes;
}
