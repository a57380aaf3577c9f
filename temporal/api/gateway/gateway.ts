/** The public gateway: what shops, browsers and inboxes may call without the API key. Only these routes, each with its own limits. */
import rateLimit from '@fastify/rate-limit';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { ServiceContext } from '../context.ts';
import type { ServiceMetrics } from '../metrics.ts';
import { incomingRoutes } from './incoming.ts';
import { messageVisitRoutes } from './messageVisits.ts';
import { pageRoutes } from './pages/pages.ts';
import { trackerRoutes } from './tracker.ts';

/** The plugins that make up the gateway, one per concern. */
const PLUGINS: readonly ((context: ServiceContext, metrics: ServiceMetrics) => FastifyPluginAsyncTypebox)[] = [
  incomingRoutes,
  messageVisitRoutes,
  pageRoutes,
  trackerRoutes,
];

export function gatewayRoutes(context: ServiceContext, metrics: ServiceMetrics): FastifyPluginAsyncTypebox {
  return async (gateway) => {
    // Routes that anybody can call say how often: `config: { rateLimit: { max, timeWindow } }`.
    await gateway.register(rateLimit, { global: false });
    for (const plugin of PLUGINS) await gateway.register(plugin(context, metrics));
  };
}
