/** A customer's consent with its history, requests of double opt-in, preference tracks, and the links for messages. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { CHANNELS, type Channel } from '../domain/event.ts';
import { optInState } from '../domain/optIn.ts';
import { isoTime, isoTimeOrNull } from '../domain/textValues.ts';
import { requestOptIns } from '../intake/optIn.ts';
import { takeChoices } from '../intake/ownChoices.ts';
import { findConsents, listConsentChanges } from '../store/consents.ts';
import { lockSurvivor, lockSurvivors } from '../store/identities.ts';
import { listOptIns, type OptIn } from '../store/optIns.ts';
import type { Session } from '../store/rows.ts';
import { readTracks } from '../store/tracks.ts';
import { ItemError, ItemRef, unknownCustomer } from './batchSchemas.ts';
import { linksExample, optInBatchExample, optInExample } from './consentExamples.ts';
import { ConsentHistory, OptInFields, Preferences, readAsk, Requested } from './consentSchemas.ts';
import type { ServiceContext } from './context.ts';
import { ChannelSchema, Nullable } from './customerSchemas.ts';
import { notFound, Problem, ProblemSchema } from './problem.ts';
import { survivorOf } from './survivor.ts';

const IdParams = Type.Object({ id: Type.String() });
const problems = { 400: ProblemSchema, 404: ProblemSchema };
const MAX_ITEMS = 500;

export function consentRoutes(context: ServiceContext): FastifyPluginCallbackTypebox {
  const { store, now, links, intake, settings } = context;
  const session: Session = { db: store.db, dialect: store.dialect };
  const rules = { links, timeScale: settings.timeScale, expiresInMs: settings.optInExpiresInMs };
  const tags = ['consent'];

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
        const id = await survivorOf(session, params.id);
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
        const id = await survivorOf(session, params.id);
        const consents = new Map((await findConsents(session, [id])).map((row) => [row.channel, row]));
        const history = await listConsentChanges(session, id);
        const requests = await listOptIns(session, id);
        return {
          consent: byChannel((channel) => {
            const { state, source, at } = consents.get(channel) ?? { state: 'never', source: null, at: null };
            return { state, source, at: isoTimeOrNull(at) };
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
            decidedAt: isoTimeOrNull(optIn.decidedAt),
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
        const id = await survivorOf(session, params.id);
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

const byChannel = <T>(valueOf: (channel: Channel) => T): Record<Channel, T> =>
  Object.fromEntries(CHANNELS.map((channel) => [channel, valueOf(channel)])) as Record<Channel, T>;
