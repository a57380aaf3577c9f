/** `POST /in/custom/{connection}`: events of an own shop or program, as for `POST /v1/events`, signed instead of with the API key. */
import type { FastifyInstance } from 'fastify';
import { withExternalIdPrefix } from '../../domain/externalIdPrefix.ts';
import { readJson } from '../../domain/jsonBytes.ts';
import { SIGNATURE_WINDOW_SECONDS } from '../../domain/webhookSignature.ts';
import type { Connection } from '../../store/connections.ts';
import { EventsAnswer, EventsBody, takeInBody } from '../events.ts';
import { Problem } from '../problem.ts';
import { answers, Params, tags, unchecked, type IncomingParts } from './incomingParts.ts';

const DESCRIPTION = `The body is that of \`POST /v1/events\`; the events' source is the name of the connection. The header

\`X-Journeys-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<raw body>" with the connection's secret>\`

proves who sends. It is good for ${SIGNATURE_WINDOW_SECONDS / 60} minutes: sign anew when you send again. With the event's \`id\` a repetition is harmless.

\`\`\`sh
body='{"id":"e1","type":"viewed_page","occurredAt":"2026-11-22T10:00:00Z","identity":{"email":"ada@example.com"}}'
t=$(date +%s)
v1=$(printf '%s.%s' "$t" "$body" | openssl dgst -sha256 -hmac "$SECRET" | sed 's/^.* //')
curl -X POST "$JOURNEYS_PUBLIC_URL/in/custom/own-shop" -H "X-Journeys-Signature: t=$t,v1=$v1" -d "$body"
\`\`\``;

export function customEventRoute(app: FastifyInstance, { context, metrics, senders, received }: IncomingParts): void {
  app.post<{ Params: { connection: string }; Body: Buffer | undefined }>(
    '/in/custom/:connection',
    {
      schema: {
        tags,
        summary: 'Signed events of an own shop or program',
        description: DESCRIPTION,
        params: Params,
        body: EventsBody,
        response: { 200: EventsAnswer, ...answers },
      },
      validatorCompiler: unchecked,
      onRequest: async (request, reply) => {
        await senders.greet(request, reply, 'custom');
      },
    },
    async (request, reply) => {
      const body = request.body ?? Buffer.alloc(0);
      const connection = await senders.prove(request, reply, 'custom', body);
      const { name } = connection;
      received.note(name, context.now());
      try {
        const read = readJson(body);
        if (read.problem !== undefined) throw new Problem(400, 'The body cannot be read.', [read.problem]);
        const answer = await takeInBody(context, metrics, asOfConnection(read.value, connection));
        const isRepeated = answer.accepted.every(({ duplicate }) => duplicate);
        metrics.delivery(name, null, isRepeated ? 'duplicate' : 'accepted');
        return answer;
      } catch (error) {
        if (error instanceof Problem && error.status < 500) metrics.delivery(name, null, 'invalid');
        throw error;
      }
    },
  );
}

/** Whoever has the secret of one connection speaks for that one only, and of its customers' numbers. */
function asOfConnection(body: unknown, { name, externalIdPrefix }: Connection): unknown {
  const ofConnection = (event: unknown): unknown => {
    if (!isRecord(event)) return event;
    const { identity } = event;
    return {
      ...event,
      source: name,
      ...(isRecord(identity) && { identity: withExternalIdPrefix(identity, externalIdPrefix) }),
    };
  };
  if (!isRecord(body)) return body;
  const { events } = body;
  return Array.isArray(events) ? { ...body, events: events.map(ofConnection) } : ofConnection(body);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
