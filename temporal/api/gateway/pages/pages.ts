/**
 * The pages behind the links in messages: `/u` unsubscribe, `/p` preferences, `/d` confirmation. Their signed tokens authorise;
 * a GET shows and changes nothing, for scanners and previews follow links.
 */
import formbody from '@fastify/formbody';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { CHANNELS, type Channel } from '../../../domain/event.ts';
import { languageFor } from '../../../domain/language.ts';
import { TEST_CUSTOMER_ID } from '../../../domain/journeyItem.ts';
import { lastDigits, maskedEmail } from '../../../domain/maskedAddress.ts';
import { PAGE } from '../../../domain/ownSources.ts';
import { isTrack } from '../../../domain/tracks.ts';
import { confirmOptIn, readOptIn, type OptInStanding } from '../../../intake/optIn.ts';
import { takeChoices, type OwnChoices } from '../../../intake/ownChoices.ts';
import { readPageFacts, type PageFacts } from '../../../store/pageFacts.ts';
import type { Session } from '../../../store/rows.ts';
import { storeUnavailable } from '../../../store/unavailable.ts';
import type { ServiceContext } from '../../context.ts';
import { drainRefusedBody } from '../../requestBodies.ts';
import { confirmPage } from './confirmPage.ts';
import { notice, PAGE_HEADERS, textsFor, type Reader } from './layout.ts';
import { NOTHING, preferencesPage, type PreferencesView } from './preferencesPage.ts';
import { askToUnsubscribe, COME_BACK, subscribedAgain, unsubscribed, type UnsubscribeView } from './unsubscribePage.ts';

const BODY_LIMIT_BYTES = 10 * 1024;
const RETRY_AFTER_SECONDS = 60;
/** Of one link; mailbox providers unsubscribe many people from few addresses, so these are not counted together. */
const PER_MINUTE = 60;

const Params = Type.Object({ token: Type.String() });
const answer = (description: string) => ({ description, content: { 'text/html': { schema: Type.String() } } });
const response = { 200: answer('The page'), 404: answer('The link is not one of ours, or no longer valid') };

export function pageRoutes(context: ServiceContext): FastifyPluginAsyncTypebox {
  const { store, links, intake, settings, now } = context;
  const session: Session = { db: store.db, dialect: store.dialect };

  const readerOf = (request: FastifyRequest, language?: unknown): Reader => ({
    language: languageFor(language, request.headers['accept-language']),
    shop: settings.shopName,
  });
  const isKnownToken = (token: string) =>
    [links.readUnsubscribe(token), links.readPreferences(token), links.readConfirmation(token)].some(Boolean);
  const rateLimit = {
    max: PER_MINUTE,
    timeWindow: 60_000,
    keyGenerator: (request: FastifyRequest) => {
      const { token } = request.params as { token: string };
      return isKnownToken(token) ? token : request.ip;
    },
  };
  const send = (reply: FastifyReply, page: string, status = 200) =>
    reply.code(status).type('text/html; charset=utf-8').send(page);
  const unknown = (request: FastifyRequest, reply: FastifyReply) => {
    const reader = readerOf(request);
    return send(reply, notice(reader, textsFor(reader).unknown), 404);
  };
  /** Of a link that is right, but names nobody that we know. */
  const nobody = (request: FastifyRequest, reply: FastifyReply, customerId: string) => {
    const reader = readerOf(request);
    const { sample, nobody } = textsFor(reader);
    return send(reply, notice(reader, customerId === TEST_CUSTOMER_ID ? sample : nobody));
  };

  return async (app) => {
    app.removeAllContentTypeParsers();
    await app.register(formbody, { bodyLimit: BODY_LIMIT_BYTES });
    // RFC 8058 allows multipart/form-data too. What there is in it does not matter: the token says all.
    app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT_BYTES }, (_request, _body, done) => {
      done(null, {});
    });
    app.addHook('onSend', async (_request, reply) => {
      for (const [name, value] of Object.entries(PAGE_HEADERS)) reply.header(name, value);
    });
    app.setErrorHandler<FastifyError>((error, request, reply) => {
      const reader = readerOf(request);
      const texts = textsFor(reader);
      const status = storeUnavailable(error) === null ? (error.statusCode ?? 500) : 503;
      if (status === 413) drainRefusedBody(request, reply);
      if (status === 503) reply.header('Retry-After', RETRY_AFTER_SECONDS);
      if (status >= 500) request.log.error({ err: error, route: request.routeOptions.url }, 'page failed');
      const text = status === 413 ? texts.tooLarge : status === 429 ? texts.tooOften : texts.later;
      return send(reply, notice(reader, text), status);
    });
    const route = { config: { rateLimit }, bodyLimit: BODY_LIMIT_BYTES };
    const schema = { tags: ['pages'], params: Params, response };

    app.get(
      '/u/:token',
      { ...route, schema: { ...schema, summary: 'Asks whether to unsubscribe; changes nothing' } },
      async (request, reply) => {
        const link = links.readUnsubscribe(request.params.token);
        if (link === null) return unknown(request, reply);
        const facts = await readPageFacts(session, link.customerId);
        if (facts === null) return nobody(request, reply, link.customerId);
        const reader = readerOf(request, facts.language);
        return send(reply, askToUnsubscribe(reader, unsubscribeView(reader, facts, link.channel)));
      },
    );

    app.post(
      '/u/:token',
      { ...route, schema: { ...schema, summary: 'Unsubscribes at once (RFC 8058, and the button of the page)' } },
      async (request, reply) => {
        const link = links.readUnsubscribe(request.params.token);
        if (link === null) return unknown(request, reply);
        const { channel, customerId, sendId } = link;
        const comesBack = fieldsOf(request)['action'] === COME_BACK;
        const word = comesBack ? 'subscribed' : 'unsubscribed';
        await takeChoices(intake, customerId, { channels: new Map([[channel, word]]), sendId }, PAGE);
        const facts = await readPageFacts(session, customerId);
        if (facts === null) return nobody(request, reply, customerId);
        const reader = readerOf(request, facts.language);
        const view = unsubscribeView(reader, facts, channel);
        return send(reply, comesBack ? subscribedAgain(reader, view) : unsubscribed(reader, view));
      },
    );

    app.get(
      '/p/:token',
      { ...route, schema: { ...schema, summary: 'Channels and tracks of a customer' } },
      async (request, reply) => {
        const customerId = links.readPreferences(request.params.token);
        if (customerId === null) return unknown(request, reply);
        const facts = await readPageFacts(session, customerId);
        if (facts === null) return nobody(request, reply, customerId);
        const reader = readerOf(request, facts.language);
        return send(reply, preferencesPage(reader, preferencesView(reader, facts), false));
      },
    );

    app.post(
      '/p/:token',
      { ...route, schema: { ...schema, summary: 'Saves channels and tracks' } },
      async (request, reply) => {
        const customerId = links.readPreferences(request.params.token);
        if (customerId === null) return unknown(request, reply);
        const before = await readPageFacts(session, customerId);
        if (before === null) return nobody(request, reply, customerId);
        const reader = readerOf(request, before.language);
        const choices = choicesOf(fieldsOf(request), preferencesView(reader, before).channels);
        if (choices) await takeChoices(intake, customerId, choices, PAGE);
        const facts = await readPageFacts(session, customerId);
        if (facts === null) return nobody(request, reply, customerId);
        return send(reply, preferencesPage(reader, preferencesView(reader, facts), choices !== null));
      },
    );

    const showConfirmation = async (
      request: FastifyRequest,
      reply: FastifyReply,
      standing: OptInStanding | null,
    ): Promise<FastifyReply> => {
      const facts = standing && (await readPageFacts(session, standing.customerId));
      if (!standing || !facts) return unknown(request, reply);
      const { channel } = standing;
      const reader = readerOf(request, facts.language);
      const view = {
        channel,
        address: shownAddress(reader, channel, facts),
        consent: facts.consent[channel],
        request: standing,
        preferencesUrl: preferencesUrl(facts),
      };
      const isOver = standing.state === 'expired' && view.consent !== 'subscribed';
      return send(reply, confirmPage(reader, view), isOver ? 404 : 200);
    };

    app.get(
      '/d/:token',
      { ...route, schema: { ...schema, summary: 'Asks to confirm a subscription; changes nothing' } },
      async (request, reply) => {
        const requestId = links.readConfirmation(request.params.token);
        if (requestId === null) return unknown(request, reply);
        return await showConfirmation(request, reply, await readOptIn(session, requestId, now()));
      },
    );

    app.post(
      '/d/:token',
      { ...route, schema: { ...schema, summary: 'Confirms a subscription (double opt-in)' } },
      async (request, reply) => {
        const requestId = links.readConfirmation(request.params.token);
        if (requestId === null) return unknown(request, reply);
        return await showConfirmation(request, reply, await confirmOptIn(intake, requestId));
      },
    );
  };

  function preferencesUrl({ customerId }: PageFacts): string {
    // Relative: the public address may lie below a path.
    return `../p/${links.preferences(customerId).split('/').at(-1)}`;
  }

  function unsubscribeView(reader: Reader, facts: PageFacts, channel: Channel): UnsubscribeView {
    return {
      channel,
      address: shownAddress(reader, channel, facts),
      state: facts.consent[channel],
      preferencesUrl: preferencesUrl(facts),
    };
  }
}

type Fields = Record<string, string | string[] | undefined>;

const fieldsOf = ({ body }: FastifyRequest): Fields => (body ?? {}) as Fields;
const listOf = (field: string | string[] | undefined): string[] => (field === undefined ? [] : [field].flat());

function shownAddress(reader: Reader, channel: Channel, { addresses }: PageFacts): string | null {
  const address = addresses[channel];
  if (address === undefined) return null;
  return channel === 'email' ? maskedEmail(address) : textsFor(reader).numberEnding(lastDigits(address));
}

/** Only what can be used, or has been spoken about. */
function preferencesView(reader: Reader, facts: PageFacts): PreferencesView {
  const channels = CHANNELS.filter(
    (channel) => facts.addresses[channel] !== undefined || facts.consent[channel] !== 'never',
  );
  return {
    channels: channels.map((channel) => ({
      channel,
      address: shownAddress(reader, channel, facts),
      isSubscribed: facts.consent[channel] === 'subscribed',
    })),
    tracks: facts.tracks,
  };
}

/** An empty box is a word only where it was ticked before. @returns null for anything but the page's own buttons */
function choicesOf(fields: Fields, shown: PreferencesView['channels']): OwnChoices | null {
  if (fields['action'] === NOTHING) {
    return { channels: new Map(shown.map(({ channel }) => [channel, 'unsubscribed'])) };
  }
  if (fields['action'] !== 'save') return null;
  const ticked = new Set(listOf(fields['channels']));
  const changed = shown.filter(({ channel, isSubscribed }) => ticked.has(channel) !== isSubscribed);
  return {
    channels: new Map(changed.map(({ channel }) => [channel, ticked.has(channel) ? 'subscribed' : 'unsubscribed'])),
    tracks: listOf(fields['tracks']).filter(isTrack),
  };
}
