/** `POST /v1/events`: one event or up to 1,000, accepted one by one, acknowledged after the commit (CONTRACT section 3). */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type, type Static } from 'typebox';
import { MAX_EVENTS, parseEventsBody, type ParsedBody } from '../domain/eventParsing.ts';
import type { EventIntake } from '../intake/eventIntake.ts';
import type { ServiceContext } from './context.ts';
import { CUSTOMER_ID, eventExample } from './examples.ts';
import type { ServiceMetrics } from './metrics.ts';
import { Problem, ProblemSchema } from './problem.ts';
import { keepDigits } from './requestBodies.ts';

const Accepted = Type.Object({
  index: Type.Integer(),
  id: Type.String(),
  customerId: Type.String(),
  duplicate: Type.Boolean({ description: 'It had been stored before; nothing has changed.' }),
});
const Rejected = Type.Object({
  index: Type.Integer(),
  path: Type.String({ description: 'JSON Pointer within the event' }),
  message: Type.String(),
});
export const EventsAnswer = Type.Object(
  { accepted: Type.Array(Accepted), rejected: Type.Array(Rejected) },
  {
    examples: [
      { accepted: [{ index: 0, id: eventExample.id, customerId: CUSTOMER_ID, duplicate: false }], rejected: [] },
    ],
  },
);

/** For the documentation only: events are checked one by one, so that a bad one does not cost the others. */
const Event = Type.Object({
  id: Type.String({ description: 'Dedupe key within its source' }),
  type: Type.String({
    description: "A canonical type, custom:<name>, or a name of Segment's ecommerce spec or of GA4",
  }),
  occurredAt: Type.String({ format: 'date-time' }),
  source: Type.Optional(Type.String({ default: 'custom' })),
  identity: Type.Object(
    {
      externalId: Type.Optional(Type.String()),
      email: Type.Optional(Type.String()),
      phone: Type.Optional(Type.String({ description: 'E.164' })),
      deviceId: Type.Optional(Type.String()),
      fingerprint: Type.Optional(
        Type.String({
          description:
            'Names nobody and is not stored with the event. With JOURNEYS_FINGERPRINTS=on and properties.fingerprintConsent = true ' +
            'a keyed hash of it is kept, which only keeps journeys for customers without an order from those whose fingerprint ' +
            'a buyer has; fingerprintConsent = false forgets it.',
        }),
      ),
    },
    { additionalProperties: true },
  ),
  properties: Type.Optional(Type.Object({}, { additionalProperties: true })),
  consent: Type.Optional(Type.Object({}, { additionalProperties: true })),
  test: Type.Optional(Type.Boolean({ description: 'A test order: stored, counts nowhere.' })),
});
export const EventsBody = Type.Union([Event, Type.Object({ events: Type.Array(Event, { maxItems: MAX_EVENTS }) })], {
  examples: [eventExample, { events: [eventExample] }],
});

export function eventRoutes(context: ServiceContext, metrics: ServiceMetrics): FastifyPluginCallbackTypebox {
  return (app, _options, done) => {
    keepDigits(app);
    app.post(
      '/events',
      {
        schema: {
          tags: ['events'],
          summary: 'Send one event or up to 1,000',
          body: EventsBody,
          response: { 202: EventsAnswer, 400: ProblemSchema, 413: ProblemSchema, 503: ProblemSchema },
        },
        validatorCompiler: () => () => true,
      },
      async (request, reply) => {
        reply.code(202);
        return await takeInBody(context, metrics, request.body);
      },
    );
    done();
  };
}

/**
 * @param body one event, or `{events: […]}`
 * @throws Problem when none of it is acceptable
 */
export async function takeInBody(
  { intake, now }: Pick<ServiceContext, 'intake' | 'now'>,
  metrics: ServiceMetrics,
  body: unknown,
): Promise<EventsAnswer> {
  const parsed = parseEventsBody(body, now());
  if (parsed.kind === 'tooMany') {
    throw new Problem(
      413,
      `${parsed.count} events are too many for one request: send at most ${MAX_EVENTS} at a time.`,
    );
  }
  if (parsed.kind === 'noEvents') throw new Problem(400, parsed.message, [{ path: '', message: parsed.message }]);
  const answer = await takeInParsed(intake, parsed, metrics);
  if (answer.accepted.length === 0) throw noneAcceptable(answer.rejected, parsed.single);
  return answer;
}

export type EventsAnswer = Static<typeof EventsAnswer>;

async function takeInParsed(
  intake: EventIntake,
  parsed: Extract<ParsedBody, { kind: 'events' }>,
  metrics: ServiceMetrics,
): Promise<EventsAnswer> {
  const outcomes = await intake.submit(parsed.events.map((event) => event.parsed));
  const answer: EventsAnswer = { accepted: [], rejected: [...parsed.rejected] };
  parsed.events.forEach(({ index, parsed: { event, underTracked } }, position) => {
    const outcome = outcomes[position];
    if (!outcome) throw new Error('Intake has answered for fewer events than it was given.');
    if (outcome.problem !== undefined) {
      answer.rejected.push({ index, ...outcome.problem });
      return;
    }
    answer.accepted.push({ index, id: event.id, ...outcome });
    metrics.event(event.type, outcome.duplicate ? 'duplicate' : 'accepted');
    if (!outcome.duplicate) metrics.underTracked(event.type, underTracked);
  });
  answer.rejected.forEach(() => metrics.event(null, 'rejected'));
  answer.rejected.sort((a, b) => a.index - b.index);
  return answer;
}

function noneAcceptable(rejected: EventsAnswer['rejected'], single: boolean): Problem {
  const detail = single ? 'The event cannot be accepted.' : 'None of the events can be accepted.';
  return new Problem(
    400,
    detail,
    rejected.map(({ index, path, message }) => ({ path: single ? path : `/events/${index}${path}`, message })),
  );
}
