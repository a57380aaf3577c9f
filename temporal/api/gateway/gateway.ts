/** The public gateway: what shops, browsers and inboxes may call without the API key. Only these routes, each with its own limits. */
import rateLimit from '@fastify/rate-limit';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { ServiceContext } from '../context.ts';

export function gatewayRoutes(_context: ServiceContext): FastifyPluginAsyncTypebox {
  return async (gateway) => {
    // Routes that anybody can call say how often: `config: { rateLimit: { max, timeWindow } }`.
    await gateway.register(rateLimit, { global: false });
    // One plugin per concern is registered here: `await gateway.register(x(context))`.
  };
}
