/** Who sends: finds the connection of a delivery and lets nobody in who does not prove to be its sender. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ConnectionKind } from '../../domain/connection.ts';
import type { Connection } from '../../store/connections.ts';
import type { ServiceContext } from '../context.ts';
import type { ServiceMetrics } from '../metrics.ts';
import { Problem } from '../problem.ts';
import { proofOf, Proofs } from './proofs.ts';

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

export class Senders {
  readonly #context: ServiceContext;
  readonly #metrics: ServiceMetrics;
  readonly proofs: Proofs;
  readonly #refusals: Limiter;
  readonly #strangers: Limiter;
  readonly #deliveries: Limiter;

  constructor(app: FastifyInstance, context: ServiceContext, metrics: ServiceMetrics) {
    this.#context = context;
    this.#metrics = metrics;
    this.proofs = new Proofs(context);
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
  async greet(request: Delivery, reply: FastifyReply, kind: ConnectionKind): Promise<Connection> {
    await this.#limit(request, reply, this.#refusals, { increment: false });
    return await this.#connection(request, reply, kind);
  }

  /**
   * @returns the connection, whose sender has proved itself over the raw bytes
   * @throws Problem 401 (404, 429, 503)
   */
  async prove(request: Delivery, reply: FastifyReply, kind: ConnectionKind, body: Buffer): Promise<Connection> {
    const known = await this.#connection(request, reply, kind);
    let connection: Connection | null = (await this.proofs.isProved(request, known, body)) ? known : null;
    if (!connection) {
      // The secret may have been changed in another process this very second.
      const anew = await this.#connection(request, reply, kind, true);
      connection = (await this.proofs.isProved(request, anew, body)) ? anew : null;
    }
    if (!connection) {
      const words = `it needs ${proofOf(kind)}, made with its secret`;
      throw await this.refuse(
        request,
        known,
        `The delivery does not prove that it comes from this connection: ${words}.`,
      );
    }
    await this.#limit(request, reply, this.#deliveries);
    return connection;
  }

  /** @returns Problem 401, counted against the address */
  async refuse(request: Delivery, { name }: Connection, words: string): Promise<Problem> {
    await this.#refusals(request);
    this.#metrics.delivery(name, null, 'unproven');
    return new Problem(401, words);
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
