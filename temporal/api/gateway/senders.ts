/** Who sends: finds the connection of a delivery and lets nobody in who does not prove to be its sender. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { acceptedSecrets, type ConnectionKind } from '../../domain/connection.ts';
import {
  hasWriteKey,
  isOneOf,
  isSignedByProgram,
  isSignedBySegment,
  isSignedByShop,
} from '../../domain/webhookSignature.ts';
import type { Connection } from '../../store/connections.ts';
import type { ServiceContext } from '../context.ts';
import type { ServiceMetrics } from '../metrics.ts';
import { Problem } from '../problem.ts';

export type Delivery = FastifyRequest<{ Params: { connection: string } }>;

const MINUTE_MS = 60_000;
/**
 * Refusals of one address for one connection: a shop whose secret is wrong is far below, who tries secrets is not. The
 * connection is part of it, for many shops of one platform send from the same addresses.
 */
const REFUSALS_PER_MINUTE = 1_000;
/** Deliveries of one shop, proved to be its own: far above any flash sale, below what would starve the others. */
const DELIVERIES_PER_MINUTE = 120_000;

type Limiter = ReturnType<FastifyInstance['createRateLimit']>;

/** By what a sender of each kind proves itself, in words for the answer 401. */
const PROOFS: Record<ConnectionKind, string> = {
  shopify: 'the header X-Shopify-Hmac-Sha256',
  woocommerce: 'the header X-WC-Webhook-Signature',
  segment: 'the write key as user of Basic authentication, or the header X-Signature',
  ga4: 'api_secret in the address, or the header X-Api-Secret',
  custom: 'the header X-Journeys-Signature',
};

export class Senders {
  readonly #context: ServiceContext;
  readonly #metrics: ServiceMetrics;
  readonly #refusals: Limiter;
  readonly #strangers: Limiter;
  readonly #deliveries: Limiter;

  constructor(app: FastifyInstance, context: ServiceContext, metrics: ServiceMetrics) {
    this.#context = context;
    this.#metrics = metrics;
    const timeWindow = MINUTE_MS;
    this.#refusals = app.createRateLimit({
      max: REFUSALS_PER_MINUTE,
      timeWindow,
      keyGenerator: (request: FastifyRequest) => `${request.ip} ${nameIn(request as Delivery)}`,
    });
    this.#strangers = app.createRateLimit({ max: REFUSALS_PER_MINUTE, timeWindow });
    this.#deliveries = app.createRateLimit({
      max: DELIVERIES_PER_MINUTE,
      timeWindow,
      keyGenerator: (request: FastifyRequest) => nameIn(request as Delivery),
    });
  }

  /** Before the body is read: nobody's megabytes are taken in for a connection that is not there. @throws Problem 404, 429 */
  async greet(request: Delivery, reply: FastifyReply, kind: ConnectionKind): Promise<void> {
    await this.#limit(request, reply, this.#refusals, { increment: false });
    await this.#connection(request, reply, kind);
  }

  /**
   * @returns the connection, whose sender has proved itself over the raw bytes
   * @throws Problem 401 (404, 429)
   */
  async prove(request: Delivery, reply: FastifyReply, kind: ConnectionKind, body: Buffer): Promise<Connection> {
    const known = await this.#connection(request, reply, kind);
    let connection: Connection | null = this.#isProved(request, known, body) ? known : null;
    if (!connection) {
      // The secret may have been changed in another process this very second.
      const anew = await this.#connection(request, reply, kind, true);
      connection = this.#isProved(request, anew, body) ? anew : null;
    }
    if (!connection) {
      await this.#refusals(request);
      this.#metrics.delivery(known.name, null, 'unproven');
      throw new Problem(
        401,
        `The delivery does not prove that it comes from this connection: it needs ${PROOFS[kind]}, made with its secret.`,
      );
    }
    await this.#limit(request, reply, this.#deliveries);
    return connection;
  }

  async #connection(request: Delivery, reply: FastifyReply, kind: ConnectionKind, anew = false): Promise<Connection> {
    const { connections } = this.#context;
    let found = await connections.named(nameIn(request), anew);
    if (found?.kind !== kind && !anew) {
      // Whoever tries names does not make us look for each of them.
      await this.#limit(request, reply, this.#strangers);
      found = await connections.named(nameIn(request), true);
    }
    if (found?.kind === kind) return found;
    throw new Problem(404, `There is no ${kind} connection of this name. PUT /v1/connections/{name} makes one.`);
  }

  #isProved(request: Delivery, { kind, secrets }: Connection, body: Buffer): boolean {
    const now = this.#context.now();
    const accepted = acceptedSecrets(secrets, now);
    switch (kind) {
      case 'shopify':
        return isSignedByShop(body, headerOf(request, 'x-shopify-hmac-sha256') ?? '', accepted);
      case 'woocommerce':
        return isSignedByShop(body, headerOf(request, 'x-wc-webhook-signature') ?? '', accepted);
      case 'segment':
        return (
          hasWriteKey(headerOf(request, 'authorization') ?? '', accepted) ||
          isSignedBySegment(body, headerOf(request, 'x-signature') ?? '', accepted)
        );
      case 'ga4': {
        const asked = (request.query as Record<string, unknown>)['api_secret'];
        const inQuery = typeof asked === 'string' ? asked : '';
        return isOneOf(inQuery, accepted) || isOneOf(headerOf(request, 'x-api-secret') ?? '', accepted);
      }
      case 'custom':
        return isSignedByProgram(body, headerOf(request, 'x-journeys-signature') ?? '', accepted, now);
    }
  }

  async #limit(
    request: Delivery,
    reply: FastifyReply,
    limiter: Limiter,
    options: { increment?: boolean } = {},
  ): Promise<void> {
    const state = await limiter(request, options);
    if (state.isAllowed || !state.isExceeded) return;
    const connection = await this.#context.connections.named(nameIn(request));
    if (connection) this.#metrics.delivery(connection.name, null, 'limited');
    reply.header('retry-after', Math.max(1, state.ttlInSeconds));
    throw new Problem(429, 'Too many deliveries at once: try again later, as Retry-After says.');
  }
}

const nameIn = (request: Delivery): string => request.params.connection;

/** @returns null when it is missing, or there more than once where Node does not join it */
export function headerOf(request: FastifyRequest, name: string): string | null {
  const value = request.headers[name];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}
