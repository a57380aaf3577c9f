/** The browser tracker: `GET /t.js` gives the script, `POST /t` takes what visitors do. Only from pages of known origins. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { acceptedSecrets } from '../../domain/connection.ts';
import { readJson } from '../../domain/jsonBytes.ts';
import { MOST_BROWSER_EVENTS, readTracking } from '../../domain/tracking/browserEvents.ts';
import { holdBackSubscriptions } from '../../intake/publicOptIn.ts';
import type { Connection } from '../../store/connections.ts';
import { trackerCode } from '../../trackerCode.ts';
import type { ServiceContext } from '../context.ts';
import type { ServiceMetrics } from '../metrics.ts';
import { Problem, ProblemSchema } from '../problem.ts';
import { drainRefusedBody } from '../requestBodies.ts';
import { LastReceived } from './lastReceived.ts';

const BODY_LIMIT_BYTES = 64 * 1024;
/** Of one address, behind which can be a whole company. A page sends once for every few events. */
const POSTS_PER_MINUTE = 600;
const MINUTE_MS = 60_000;
/** Browsers ask for the script on every page; a new version may take so long to arrive. */
const SCRIPT_SECONDS = 3600;
const PREFLIGHT_SECONDS = 86_400;

const trackingExample = {
  deviceId: '5b1fca1e0d5c4f0f9f4a9a3f5d1c2b7e',
  sentAt: '2026-11-22T10:00:01Z',
  campaign: { source: 'newsletter', medium: 'email', name: 'autumn' },
  events: [
    {
      id: 'a1b2c3d4e5f60718',
      type: 'viewed_product',
      at: '2026-11-22T10:00:00Z',
      properties: { items: [{ productId: 'p1', name: 'Trail shoe', price: '42.00' }], currency: 'EUR' },
    },
  ],
};

/** For whoever reads the description; the body is checked event by event. */
const TrackingBody = Type.Object(
  {
    deviceId: Type.String({
      description: 'Random, 16 to 64 letters, digits, "-" or "_"; of the page before consent, of the device after it',
    }),
    sentAt: Type.Optional(Type.String({ description: 'By the browser’s clock, to correct it' })),
    campaign: Type.Optional(Type.Object({}, { additionalProperties: true })),
    events: Type.Array(
      Type.Object({
        id: Type.String(),
        type: Type.String(),
        at: Type.String({ description: 'By the browser’s clock' }),
        properties: Type.Optional(Type.Object({}, { additionalProperties: true })),
        identity: Type.Optional(
          Type.Object(
            {
              email: Type.Optional(Type.String()),
              phone: Type.Optional(Type.String()),
              externalId: Type.Optional(Type.String({ description: 'Only with a proof' })),
              proof: Type.Optional(
                Type.String({
                  description: 'Hex HMAC-SHA256 of "externalId\\nemail\\nphone" (empty where absent) with the secret',
                }),
              ),
            },
            { description: 'Whose device it is' },
          ),
        ),
      }),
      { maxItems: MOST_BROWSER_EVENTS },
    ),
  },
  { examples: [trackingExample] },
);

const Query = Type.Object({ k: Type.Optional(Type.String({ description: 'The connection’s publicKey' })) });
const unchecked = () => () => true;

export function trackerRoutes(context: ServiceContext, metrics: ServiceMetrics): FastifyPluginAsyncTypebox {
  const received = new LastReceived(context.store);
  return async (app) => {
    app.removeAllContentTypeParsers();
    // sendBeacon says text/plain; what it is, the bytes say.
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    scriptRoute(app, await trackerCode());
    preflightRoute(app, context);

    app.post<{ Body: Buffer | undefined }>(
      '/t',
      {
        bodyLimit: BODY_LIMIT_BYTES,
        config: { rateLimit: { max: POSTS_PER_MINUTE, timeWindow: MINUTE_MS } },
        schema: {
          tags: ['gateway'],
          summary: 'What visitors do, from the browser tracker',
          description: DESCRIPTION,
          querystring: Query,
          body: TrackingBody,
          response: {
            204: Type.Null({ description: 'Kept' }),
            400: ProblemSchema,
            403: ProblemSchema,
            413: ProblemSchema,
            429: ProblemSchema,
          },
        },
        validatorCompiler: unchecked,
        onRequest: async (request, reply) => {
          allow(request, reply, await connectionFor(request, context));
        },
        errorHandler: (error, request, reply) => {
          if ((error as { code?: string }).code !== 'FST_ERR_CTP_BODY_TOO_LARGE') throw error;
          drainRefusedBody(request, reply);
          throw new Problem(413, 'The body is too large: 64 kB at most.');
        },
      },
      async (request, reply) => {
        const connection = await connectionFor(request, context);
        await takeIn(request.body ?? Buffer.alloc(0), connection, context, metrics);
        received.note(connection.name, context.now());
        return await reply.code(204).send();
      },
    );
  };
}

const DESCRIPTION = `Sent by the script of \`GET /t.js\`; 50 events and 64 kB at most. The page's origin has to be one of the connection's \`origins\`.

Anybody can send anything here, so it is believed only so far: a browser speaks for its device, and attaches it to one e-mail address or
phone number; a customer number needs a proof. It tells of no orders and refunds. \`subscribed\` is asked back by double opt-in. Of several events,
those that are not acceptable are left out; when none is, the answer is 400.`;

/** @throws Problem 403 */
async function connectionFor(request: FastifyRequest, { connections }: ServiceContext): Promise<Connection> {
  const { k } = request.query as { k?: unknown };
  const key = typeof k === 'string' ? k : '';
  const connection =
    key === '' ? null : ((await connections.withPublicKey(key)) ?? (await connections.withPublicKey(key, true)));
  if (connection) return connection;
  throw new Problem(
    403,
    'No connection has this key: put the publicKey of GET /v1/connections into data-key of the script.',
  );
}

/** @throws Problem 403 */
function allow(request: FastifyRequest, reply: FastifyReply, { origins }: Connection): void {
  const { origin } = request.headers;
  reply.header('Vary', 'Origin');
  if (origin === undefined || !origins.includes(origin)) {
    throw new Problem(
      403,
      'The tracker may not be called from this page: its origin is none of the connection’s origins.',
    );
  }
  reply.header('Access-Control-Allow-Origin', origin);
}

/** @throws Problem 400 when nothing of it is acceptable */
async function takeIn(
  body: Buffer,
  { name, currency, secrets, externalIdPrefix }: Connection,
  { intake, links, settings, now }: ServiceContext,
  metrics: ServiceMetrics,
): Promise<void> {
  const json = readJson(body);
  const read =
    json.problem === undefined
      ? readTracking(json.value, { name, currency, externalIdPrefix, secrets: acceptedSecrets(secrets, now()) }, now())
      : { problem: json.problem };
  if (read.problem !== undefined) {
    metrics.event(null, 'rejected');
    throw new Problem(400, 'The body cannot be read.', [read.problem]);
  }
  const { events, rejected } = read;
  rejected.forEach(() => metrics.event(null, 'rejected'));
  if (events.length === 0) {
    throw new Problem(
      400,
      'None of the events is acceptable.',
      rejected.map(({ path, message }) => ({ path, message })),
    );
  }
  const { timeScale, optInExpiresInMs: expiresInMs } = settings;
  const rules = { links, timeScale, expiresInMs };
  const held = settings.doubleOptIn
    ? holdBackSubscriptions(events, `connection:${name}`, rules)
    : { events, before: null };
  const outcomes = await intake.submit(held.events, held.before);
  held.events.forEach(({ event, underTracked }, index) => {
    const outcome = outcomes[index];
    const isDuplicate = outcome?.problem === undefined && outcome?.duplicate === true;
    metrics.event(event.type, isDuplicate ? 'duplicate' : 'accepted');
    if (!isDuplicate) metrics.underTracked(event.type, underTracked);
  });
}

/** Asked only by pages that send otherwise than the script does. The key may be missing: then any connection's page is one. */
function preflightRoute(app: FastifyInstance, { connections }: ServiceContext): void {
  app.options('/t', { schema: { hide: true } }, async (request, reply) => {
    const { origin } = request.headers;
    const { k } = request.query as { k?: unknown };
    const isAllowed =
      origin !== undefined &&
      (typeof k === 'string'
        ? ((await connections.withPublicKey(k))?.origins.includes(origin) ?? false)
        : await connections.someHasOrigin(origin));
    reply.header('Vary', 'Origin');
    if (!isAllowed) return await reply.code(403).send();
    return await reply
      .code(204)
      .header('Access-Control-Allow-Origin', origin)
      .header('Access-Control-Allow-Methods', 'POST')
      .header('Access-Control-Allow-Headers', 'Content-Type')
      .header('Access-Control-Max-Age', PREFLIGHT_SECONDS)
      .send();
  });
}

function scriptRoute(app: FastifyInstance, code: string): void {
  const zipped = gzipSync(code, { level: 9 });
  const etag = `"${createHash('sha256').update(code).digest('base64url').slice(0, 22)}"`;
  app.get(
    '/t.js',
    {
      schema: {
        tags: ['gateway'],
        summary: 'The browser tracker',
        description: '`<script async src="https://…/t.js" data-key="publicKey of the connection"></script>`',
        response: {
          200: { description: 'The script', content: { 'text/javascript': { schema: Type.String() } } },
          304: Type.Null({ description: 'The browser has it' }),
        },
      },
    },
    (request, reply) => {
      reply.headers({
        'Cache-Control': `public, max-age=${SCRIPT_SECONDS}`,
        // Any shop's page may load it.
        'Access-Control-Allow-Origin': '*',
        'Cross-Origin-Resource-Policy': 'cross-origin',
        'X-Content-Type-Options': 'nosniff',
        Vary: 'Accept-Encoding',
        ETag: etag,
      });
      if (request.headers['if-none-match'] === etag) return reply.code(304).send();
      reply.type('text/javascript; charset=utf-8');
      if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(code);
      return reply.header('Content-Encoding', 'gzip').send(zipped);
    },
  );
}
