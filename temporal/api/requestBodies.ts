/** How bodies of requests are read. Only JSON; a body of nothing is none, whatever its header promises. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { decodeUtf8 } from '../domain/jsonBytes.ts';
import { hasLongNumber, parseKeepingDigits } from '../domain/losslessJson.ts';
import { Problem } from './problem.ts';

/** How long the rest of a refused body is read and thrown away. */
const DRAIN_MS = 10_000;

export function readJsonBodies(app: FastifyInstance): void {
  app.removeContentTypeParser('text/plain');
  addJsonParser(app, (_text, parsed) => parsed);
}

/** For routes that take ids from shops. Encapsulated: to be called inside of the plugin that has them. */
export function keepDigits(app: FastifyInstance): void {
  addJsonParser(app, (text, parsed) => (hasLongNumber(text) ? parseKeepingDigits(text) : parsed));
}

function addJsonParser(app: FastifyInstance, finish: (text: string, parsed: unknown) => unknown): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const text = decodeUtf8(body as Buffer);
    // Read leniently, names and ids would silently become others.
    if (text === null) return done(new Problem(400, 'The body is no valid UTF-8.'));
    // Many clients name the type on every request, also where there is nothing to say (pause, cancel, erase).
    if (text.trim() === '') return done(null, undefined);
    void parse(request, text, (error, parsed: unknown) => {
      if (error) done(error);
      else done(null, finish(text, parsed));
    });
  });
}

/**
 * A body that is too large has been refused unread. Closing now would reset the connection, and the client, still writing,
 * would never see why: so the rest is read for a while, and thrown away.
 */
export function drainRefusedBody(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('connection', 'keep-alive');
  const { raw } = request;
  raw.resume();
  setTimeout(() => {
    if (!raw.complete) raw.destroy();
  }, DRAIN_MS).unref();
}

/** Sentences for Fastify's own refusals, by code; its own may repeat what was sent. */
export const REFUSALS: Readonly<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'The body is too large: 8 MB at most. Send it in smaller parts.',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'The body has to be JSON, with the header "Content-Type: application/json".',
  FST_ERR_CTP_INVALID_JSON_BODY: 'The body is not valid JSON.',
  FST_ERR_BAD_URL: 'The address is not valid: a percent sign has to be written %25.',
  FST_ERR_MAX_PARAM_LENGTH: 'The address is too long: ids have at most 500 characters.',
};
