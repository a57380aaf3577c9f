/** `POST /in/…` and `/hooks/…`: what shops, trackers, own programs and providers of messages send. Each proves itself over the raw bytes. */
import type { FastifyInstance } from 'fastify';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { ServiceContext } from '../context.ts';
import type { ServiceMetrics } from '../metrics.ts';
import { customEventRoute } from './customEvents.ts';
import { deliveryRoutes } from './deliveries.ts';
import { hookRoutes } from './hooks.ts';
import { LastReceived } from './lastReceived.ts';
import { Senders } from './senders.ts';

export function incomingRoutes(context: ServiceContext, metrics: ServiceMetrics): FastifyPluginAsyncTypebox {
  return (app) => {
    keepRawBodies(app);
    app.addHook('onRequest', async (request, reply) => {
      reply.headers(SECURITY_HEADERS);
      // Signatures are made over bytes, whatever they are said to be.
      request.headers['content-type'] = 'application/octet-stream';
    });
    const parts = {
      context,
      metrics,
      senders: new Senders(app, context, metrics),
      received: new LastReceived(context.store),
    };
    deliveryRoutes(app, parts);
    customEventRoute(app, parts);
    hookRoutes(app, parts);
    return Promise.resolve();
  };
}

function keepRawBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );
}

/** Answers are for programs: nothing in them is to be shown, kept or sniffed at. */
const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};
