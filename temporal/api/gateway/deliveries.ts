/** Webhooks of shops and trackers, each in its own words: mapped, taken in with one transaction, answered after it. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { Type, type Static } from 'typebox';
import { withPrefixedCustomers } from '../../domain/externalIdPrefix.ts';
import { isPing, mapBody, type BodyKind } from '../../domain/mapping/mapBody.ts';
import type { Arrival } from '../../domain/mapping/mappedBody.ts';
import { readTime } from '../../domain/textValues.ts';
import { readyBody } from '../../intake/applyMapped.ts';
import { takePrivacyRequest } from '../../intake/privacyRequests.ts';
import type { Connection } from '../../store/connections.ts';
import { Problem, type FieldError } from '../problem.ts';
import { answers, Params, tags, unchecked, type IncomingParts } from './incomingParts.ts';
import { headerOf } from './proofs.ts';
import type { Delivery } from './senders.ts';

const TOPIC_MAX = 100;
const DELIVERY_ID_MAX = 200;
/** Shopify repeats a delivery for 4 hours; a header from further back is none of its own. */
const TRIGGERED_WITHIN_MS = 48 * 3600_000;

const Accepted = Type.Object(
  {
    events: Type.Integer({ description: 'Events that the delivery has become' }),
    duplicates: Type.Integer({ description: 'Of these, known already: nothing has changed' }),
    rejected: Type.Optional(
      Type.Array(Type.Object({ path: Type.String(), message: Type.String() }), {
        description: "Of a tracker's batch: what has been left out, and why",
      }),
    ),
  },
  { examples: [{ events: 1, duplicates: 0 }] },
);

/** What the headers say about a delivery, beside its proof. */
interface Envelope {
  topic: string | null;
  deliveryId: string | null;
  isTest: boolean;
  /** Epoch ms; when it happened, as far as the headers say so. */
  happenedAt: number | null;
}

interface Way {
  kind: BodyKind;
  paths: string[];
  summary: string;
  description: string;
  example: Record<string, unknown>;
  envelope(request: Delivery): Envelope;
}

const noEnvelope: Envelope = { topic: null, deliveryId: null, isTest: false, happenedAt: null };

const WAYS: readonly Way[] = [
  {
    kind: 'shopify',
    paths: ['/in/shopify/:connection'],
    summary: 'Webhooks of Shopify',
    description:
      'As Shopify sends them: `X-Shopify-Topic`, `X-Shopify-Webhook-Id`, and `X-Shopify-Hmac-Sha256` (base64 HMAC-SHA256 of the raw ' +
      "body with the app's client secret). Any API version; unknown topics are accepted and ignored.",
    example: {
      id: 1001,
      email: 'ada@example.com',
      currency: 'EUR',
      total_price: '84.00',
      created_at: '2026-11-22T10:00:00Z',
    },
    envelope: (request) => ({
      topic: topicOf(request, 'X-Shopify-Topic'),
      deliveryId: idIn(request, 'x-shopify-webhook-id'),
      isTest: headerOf(request, 'x-shopify-test')?.toLowerCase() === 'true',
      happenedAt: readTime(headerOf(request, 'x-shopify-triggered-at')),
    }),
  },
  {
    kind: 'woocommerce',
    paths: ['/in/woocommerce/:connection'],
    summary: 'Webhooks of WooCommerce',
    description:
      'As WooCommerce sends them: `X-WC-Webhook-Topic`, `X-WC-Webhook-Delivery-ID`, and `X-WC-Webhook-Signature` (base64 ' +
      "HMAC-SHA256 of the raw body with the webhook's secret). The unsigned ping of a webhook that is being saved is answered and keeps nothing.",
    example: {
      id: 727,
      status: 'processing',
      currency: 'EUR',
      total: '84.00',
      date_created_gmt: '2026-11-22T10:00:00',
    },
    envelope: (request) => ({
      ...noEnvelope,
      topic: topicOf(request, 'X-WC-Webhook-Topic'),
      deliveryId: idIn(request, 'x-wc-webhook-delivery-id'),
    }),
  },
  {
    kind: 'segment',
    paths: ['/in/segment/:connection'],
    summary: 'Calls of the Segment spec, single or as {"batch": […]}',
    description:
      "The write key as user of Basic authentication, as Segment's libraries send it, or `X-Signature` (hex HMAC-SHA1 of the raw " +
      "body with the shared secret), as Segment's webhook destination does.",
    example: {
      type: 'track',
      event: 'Product Added',
      messageId: 'm-1',
      userId: '42',
      timestamp: '2026-11-22T10:00:00Z',
      properties: { product_id: 'p1', quantity: 1, price: 42, currency: 'EUR' },
    },
    envelope: () => noEnvelope,
  },
  {
    kind: 'ga4',
    paths: ['/in/ga4/:connection', '/in/ga4/:connection/mp/collect'],
    summary: 'Events of the GA4 Measurement Protocol',
    description: 'The secret as `api_secret` in the query, as that protocol has it, or in the header `X-Api-Secret`.',
    example: {
      client_id: 'c-1.2',
      user_id: '42',
      timestamp_micros: '1795341600000000',
      events: [{ name: 'add_to_cart', params: { currency: 'EUR', value: 42, items: [{ item_id: 'p1', price: 42 }] } }],
    },
    envelope: () => noEnvelope,
  },
];

export function deliveryRoutes(app: FastifyInstance, parts: IncomingParts): void {
  for (const way of WAYS) {
    for (const path of way.paths) {
      app.post<{ Params: { connection: string }; Body: Buffer | undefined }>(
        path,
        {
          schema: {
            tags,
            summary: way.summary,
            description: way.description,
            params: Params,
            body: Type.Object({}, { additionalProperties: true, examples: [way.example] }),
            response: { 200: Accepted, ...answers },
          },
          validatorCompiler: unchecked,
          onRequest: async (request, reply) => {
            await parts.senders.greet(request, reply, way.kind);
          },
        },
        (request, reply) => takeInDelivery(parts, way, request, reply),
      );
    }
  }
}

async function takeInDelivery(
  { context, metrics, senders, received }: IncomingParts,
  way: Way,
  request: Delivery & { body: Buffer | undefined },
  reply: FastifyReply,
): Promise<Static<typeof Accepted>> {
  const body = request.body ?? Buffer.alloc(0);
  if (isPing(way.kind, body)) return { events: 0, duplicates: 0 };
  const connection = await senders.prove(request, reply, way.kind, body);
  received.note(connection.name, context.now());
  let topic: string | null = null;
  try {
    const envelope = way.envelope(request);
    topic = envelope.topic;
    const now = context.now();
    const mapped = mapBody(way.kind, body, arrivalOf(connection, envelope, now));
    if (mapped.problem !== undefined) throw refusal([mapped.problem]);
    const told = withPrefixedCustomers(mapped.body, connection.externalIdPrefix);
    const ready = readyBody(told, { source: connection.name, isTest: envelope.isTest }, now);
    if (ready.problem !== undefined) throw refusal([ready.problem]);
    if (told.privacy !== null && !envelope.isTest) {
      const arrival = { source: connection.name, deliveryId: envelope.deliveryId };
      await takePrivacyRequest(context.store, told.privacy, arrival, now);
      context.outboxWritten();
    }
    const outcomes = await context.intake.submit(ready.events, ready.before);
    const duplicates = outcomes.filter((outcome) => outcome.problem === undefined && outcome.duplicate).length;
    const events = outcomes.length;
    ready.events.forEach(({ event, underTracked }, index) => {
      const outcome = outcomes[index];
      const isNew = outcome?.problem === undefined && !outcome?.duplicate;
      metrics.event(event.type, isNew ? 'accepted' : 'duplicate');
      if (isNew) metrics.underTracked(event.type, underTracked);
    });
    const isEmpty = events === 0 && ready.before === null && told.privacy === null;
    metrics.delivery(
      connection.name,
      topic,
      isEmpty ? 'empty' : events > 0 && duplicates === events ? 'duplicate' : 'accepted',
    );
    const { rejected } = ready;
    if (rejected.length === 0) return { events, duplicates };
    const paths = rejected.map(({ path }) => path);
    request.log.warn({ connection: connection.name, topic, paths }, 'part of a delivery could not be understood');
    return { events, duplicates, rejected };
  } catch (error) {
    if (error instanceof Problem && error.status === 400) {
      metrics.delivery(connection.name, topic, 'invalid');
      // Where, not what: values are of persons, and so can be the keys that a sender makes up.
      const paths = error.errors.map(({ path }) => (PLAIN_PATH.test(path) ? path : '(elsewhere)'));
      request.log.warn({ connection: connection.name, topic, paths }, 'a delivery could not be understood');
    }
    throw error;
  }
}

const PLAIN_PATH = /^[A-Za-z0-9_/]{0,200}$/;

const refusal = (errors: FieldError[]) =>
  new Problem(400, 'The delivery cannot be taken in; nothing of it has been kept.', errors);

function arrivalOf({ name, currency }: Connection, { topic, deliveryId, happenedAt }: Envelope, now: number): Arrival {
  const isUsable = happenedAt !== null && happenedAt <= now && happenedAt >= now - TRIGGERED_WITHIN_MS;
  return { source: name, topic, deliveryId, currency, receivedAt: isUsable ? happenedAt : now };
}

/** @throws Problem 400 */
function topicOf(request: Delivery, header: string): string {
  const topic = headerOf(request, header.toLowerCase());
  if (topic === null || topic.length > TOPIC_MAX) {
    throw refusal([{ path: '', message: `needs the header ${header}: which topic it is about` }]);
  }
  return topic;
}

/** An id that is none is as if it were not there: the body then says what is a repetition. */
function idIn(request: Delivery, header: string): string | null {
  const id = headerOf(request, header);
  return id !== null && id.length <= DELIVERY_ID_MAX ? id : null;
}
