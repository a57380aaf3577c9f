/** A customer's consent with its history, requests of double opt-in, preference tracks, and the links for messages. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { CHANNELS, type Channel } from '../domain/event.ts';
import { readDuration } from '../domain/isoDuration.ts';
import { optInState } from '../domain/optIn.ts';
import { DEEPEST, isoTime, isTooDeep } from '../domain/textValues.ts';
import { TRACKS } from '../domain/tracks.ts';
import { requestOptIns, type OptInAsk } from '../intake/optIn.ts';
import { takeChoices } from '../intake/ownChoices.ts';
import { findConsents, listConsentChanges } from '../store/consents.ts';
import { lockSurvivor, lockSurvivors, survivingIds } from '../store/identities.ts';
import { listOptIns, type OptIn } from '../store/optIns.ts';
import type { Session } from '../store/rows.ts';
import { readTracks } from '../store/tracks.ts';
import { ItemError, ItemRef } from './batchSchemas.ts';
import {
  consentHistoryExample,
  linksExample,
  optInBatchExample,
  optInExample,
  requestedExample,
} from './consentExamples.ts';
import type { ServiceContext } from './context.ts';
import { AnyObject, ChannelSchema, ConsentByChannel, ConsentStateSchema, Nullable } from './customerSchemas.ts';
import { notFound, Problem, ProblemSchema, type FieldError } from './problem.ts';

const IdParams = Type.Object({ id: Type.String() });
const problems = { 400: ProblemSchema, 404: ProblemSchema };
const Preferences = Type.Object(
  {
    tracks: Type.Array(Type.Enum(TRACKS), {
      description: 'What the customer wants to hear; none means everything',
      maxItems: 10,
    }),
  },
  { examples: [{ tracks: ['product_news'] }] },
);
const OptInFields = {
  channel: ChannelSchema,
  source: Type.String({ minLength: 1, maxLength: 200, description: 'Where the person asked' }),
  properties: Type.Optional(AnyObject),
  expiresIn: Type.Optional(Type.String({ description: 'ISO 8601, such as P7D; the service’s setting when absent' })),
};
const Requested = Type.Object(
  { id: Type.String(), confirmUrl: Type.String(), expiresAt: Type.String() },
  { examples: [requestedExample] },
);
const ConsentHistory = Type.Object(
  {
    consent: ConsentByChannel,
    history: Type.Array(
      Type.Object({
        channel: ChannelSchema,
        state: ConsentStateSchema,
        source: Type.String(),
        at: Type.String({ description: 'When the person said so' }),
        recordedAt: Type.String(),
        actor: Nullable(Type.String({ description: 'Who recorded it: api, page, import, event …' })),
        eventId: Nullable(Type.String()),
      }),
      { description: 'Changes, newest first' },
    ),
    requests: Type.Array(
      Type.Object({
        id: Type.String(),
        channel: ChannelSchema,
        source: Type.String(),
        state: Type.Enum(['pending', 'confirmed', 'expired', 'superseded']),
        requestedAt: Type.String(),
        expiresAt: Type.String(),
        decidedAt: Nullable(Type.String()),
      }),
      { description: 'Of double opt-in, newest first' },
    ),
  },
  { examples: [consentHistoryExample] },
);
const MAX_ITEMS = 500;

export function consentRoutes(context: ServiceContext): FastifyPluginCallbackTypebox {
  const { store, now, links, intake, settings } = context;
  const session: Session = { db: store.db, dialect: store.dialect };
  const rules = { links, timeScale: settings.timeScale, expiresInMs: settings.optInExpiresInMs };
  const tags = ['consent'];

  async function survivorOf(id: string): Promise<string> {
    const survivor = (await survivingIds(session, [id])).get(id);
    if (survivor === undefined) throw notFound('customer', id);
    return survivor;
  }
  const shown = ({ id, expiresAt }: OptIn) => ({
    id,
    confirmUrl: links.confirmation(id),
    expiresAt: isoTime(expiresAt),
  });

  return (app, _options, done) => {
    app.get(
      '/customers/:id/links',
      {
        schema: {
          tags,
          summary: 'The links that stand in the messages of a customer',
          params: IdParams,
          querystring: Type.Object({ channel: Type.Optional(ChannelSchema) }),
          response: {
            200: Type.Object({ unsubscribe: Type.String(), preferences: Type.String() }, { examples: [linksExample] }),
            ...problems,
          },
        },
      },
      async ({ params, query }) => {
        const id = await survivorOf(params.id);
        return { unsubscribe: links.unsubscribe(id, query.channel ?? 'email'), preferences: links.preferences(id) };
      },
    );

    app.get(
      '/customers/:id/consent',
      {
        schema: {
          tags,
          summary: 'Consent now, how it came about, and open requests',
          params: IdParams,
          response: { 200: ConsentHistory, ...problems },
        },
      },
      async ({ params }) => {
        const id = await survivorOf(params.id);
        const consents = new Map((await findConsents(session, [id])).map((row) => [row.channel, row]));
        const history = await listConsentChanges(session, id);
        const requests = await listOptIns(session, id);
        return {
          consent: byChannel((channel) => {
            const { state, source, at } = consents.get(channel) ?? { state: 'never', source: null, at: null };
            return { state, source, at: at === null ? null : isoTime(at) };
          }),
          history: history.map(({ at, recordedAt, ...change }) => ({
            ...change,
            at: isoTime(at),
            recordedAt: isoTime(recordedAt),
          })),
          requests: requests.map((optIn) => ({
            id: optIn.id,
            channel: optIn.channel,
            source: optIn.source,
            state: optInState(optIn, consents.get(optIn.channel), now()),
            requestedAt: isoTime(optIn.createdAt),
            expiresAt: isoTime(optIn.expiresAt),
            decidedAt: optIn.decidedAt === null ? null : isoTime(optIn.decidedAt),
          })),
        };
      },
    );

    app.post(
      '/customers/:id/consent/requests',
      {
        schema: {
          tags,
          summary: 'Ask a customer to confirm (double opt-in)',
          description:
            'Makes a link to send to the customer, and a custom:opt_in_requested event with it, so that a journey can do so. Consent stays as it is until the customer has confirmed.',
          params: IdParams,
          body: Type.Object(OptInFields, { examples: [optInExample] }),
          response: { 201: Requested, ...problems },
        },
      },
      async ({ params, body }, reply) => {
        const { asked, errors } = readAsk(body, '');
        if (errors.length > 0) throw new Problem(400, 'The request cannot be made.', errors);
        let made: OptIn | undefined;
        await intake.submit([], async (trx, at) => {
          const customerId = await lockSurvivor(trx, params.id);
          if (customerId === null) throw notFound('customer', params.id);
          const { optIns, events } = await requestOptIns(trx, [{ ...asked, customerId }], rules, at);
          [made] = optIns;
          return events;
        });
        if (!made) throw notFound('customer', params.id);
        reply.code(201);
        return shown(made);
      },
    );

    app.post(
      '/customers/consent/requests',
      {
        schema: {
          tags,
          summary: 'Ask many customers to confirm',
          description: 'With a `key` the same request comes back however often it is asked for.',
          body: Type.Object({
            items: Type.Array(
              Type.Object(
                {
                  ref: ItemRef,
                  customerId: Type.String(),
                  ...OptInFields,
                  key: Type.Optional(Type.String({ minLength: 1, maxLength: 400 })),
                },
                { examples: [optInBatchExample] },
              ),
              { maxItems: MAX_ITEMS },
            ),
          }),
          response: {
            200: Type.Object({
              items: Type.Array(
                Type.Object({ ref: ItemRef, request: Nullable(Requested), error: Type.Optional(ItemError) }),
              ),
            }),
            400: ProblemSchema,
          },
        },
      },
      async ({ body: { items } }) => {
        const read = items.map((item, index) => ({ ...readAsk(item, `/items/${index}`), item }));
        const good = read.filter(({ errors }) => errors.length === 0);
        const made = new Map<object, OptIn>();
        await intake.submit([], async (trx, at) => {
          made.clear();
          const survivors = await lockSurvivors(trx, new Set(good.map(({ item }) => item.customerId)));
          const found = good.flatMap(({ item, asked }) => {
            const customerId = survivors.get(item.customerId);
            return customerId === undefined ? [] : [{ item, ask: { ...asked, customerId } }];
          });
          const { optIns, events } = await requestOptIns(
            trx,
            found.map(({ ask }) => ask),
            rules,
            at,
          );
          found.forEach(({ item }, index) => {
            const optIn = optIns[index];
            if (optIn) made.set(item, optIn);
          });
          return events;
        });
        return {
          items: read.map(({ item, errors }, index) => {
            const optIn = made.get(item);
            if (optIn) return { ref: item.ref, request: shown(optIn) };
            const [error = unknownCustomer(`/items/${index}/customerId`)] = errors;
            return { ref: item.ref, request: null, error };
          }),
        };
      },
    );

    app.get(
      '/customers/:id/preferences',
      {
        schema: {
          tags,
          summary: 'Preference tracks of a customer',
          params: IdParams,
          response: { 200: Preferences, ...problems },
        },
      },
      async ({ params }) => {
        const id = await survivorOf(params.id);
        return { tracks: (await readTracks(session, [id])).get(id) ?? [] };
      },
    );

    app.put(
      '/customers/:id/preferences',
      {
        schema: {
          tags,
          summary: 'Set the preference tracks of a customer',
          params: IdParams,
          body: Preferences,
          response: { 200: Preferences, ...problems },
        },
      },
      async ({ params, body }) => {
        const id = await takeChoices(intake, params.id, { tracks: body.tracks }, 'api');
        if (id === null) throw notFound('customer', params.id);
        return { tracks: (await readTracks(session, [id])).get(id) ?? [] };
      },
    );
    done();
  };
}

interface AskBody {
  channel: Channel;
  source: string;
  properties?: Record<string, unknown>;
  expiresIn?: string;
  key?: string;
}

function readAsk(body: AskBody, path: string): { asked: Omit<OptInAsk, 'customerId'>; errors: FieldError[] } {
  const { channel, source, properties = {}, expiresIn, key } = body;
  const errors: FieldError[] = [];
  const expiresInMs = expiresIn === undefined ? undefined : readDuration(expiresIn);
  if (expiresInMs === null) {
    errors.push({ path: `${path}/expiresIn`, message: 'has to be an ISO 8601 duration such as P7D or PT36H' });
  }
  if (isTooDeep(properties)) {
    errors.push({ path: `${path}/properties`, message: `is nested more than ${DEEPEST} levels deep` });
  }
  const asked = {
    channel,
    source,
    properties,
    actor: 'api',
    ...(typeof expiresInMs === 'number' && { expiresInMs }),
    ...(key !== undefined && { key }),
  };
  return { asked, errors };
}

const unknownCustomer = (path: string): FieldError => ({ path, message: 'names a customer that does not exist' });

const byChannel = <T>(valueOf: (channel: Channel) => T): Record<Channel, T> =>
  Object.fromEntries(CHANNELS.map((channel) => [channel, valueOf(channel)])) as Record<Channel, T>;
