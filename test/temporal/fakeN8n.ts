/** Stands in for n8n: takes segment calls at webhook paths, checks their signature, and does what a test tells it. */
import { timingSafeEqual } from 'node:crypto';
import Fastify, { type FastifyInstance } from 'fastify';
import { signSegmentCall } from '../../temporal/domain/segmentSignature.ts';
import type { JourneyItem } from '../../temporal/domain/journeyItem.ts';

export interface FakeReply {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
}
/** What a workflow does with the items of one call. */
export type FakeWorkflow = (items: JourneyItem[]) => Promise<FakeReply | void> | FakeReply | void;

export class FakeN8n {
  readonly calls: { path: string; runIds: string[] }[] = [];
  readonly #workflows = new Map<string, FakeWorkflow>();
  readonly #apiKey: string;
  #app: FastifyInstance | null = null;
  #port = 0;

  constructor(apiKey: string) {
    this.#apiKey = apiKey;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** @param path e.g. `webhook/abc/journey` */
  on(path: string, workflow: FakeWorkflow): void {
    this.#workflows.set(path, workflow);
  }

  off(path: string): void {
    this.#workflows.delete(path);
  }

  /** On the same port as before, when it was down. */
  async up(): Promise<void> {
    const app = Fastify({ bodyLimit: 16 * 1024 * 1024, forceCloseConnections: true });
    app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    app.get('/healthz', () => ({ status: 'ok' }));
    app.post('/*', async (request, reply) => {
      const path = request.url.slice(1);
      const raw = request.body as Buffer;
      const timestamp = Number(request.headers['x-journeys-timestamp']);
      const expected = Buffer.from(signSegmentCall(this.#apiKey, timestamp, raw));
      const given = Buffer.from(String(request.headers['x-journeys-signature']));
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return await reply.code(401).send();
      const workflow = this.#workflows.get(path);
      if (!workflow)
        return await reply.code(404).send({ code: 404, message: `The requested webhook "${path}" is not registered.` });
      const { items } = JSON.parse(raw.toString()) as { items: JourneyItem[] };
      // A question about a shop has no items.
      this.calls.push({ path, runIds: (items ?? []).flatMap((item) => item.run?.id ?? []) });
      const answer = await workflow(items);
      return await reply
        .code(answer?.status ?? 200)
        .headers(answer?.headers ?? {})
        .send(answer?.body ?? '');
    });
    await app.listen({ host: '127.0.0.1', port: this.#port });
    const address = app.server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    this.#port = address.port;
    this.#app = app;
  }

  async down(): Promise<void> {
    await this.#app?.close();
    this.#app = null;
  }
}
