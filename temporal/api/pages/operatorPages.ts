/** The pages for operators: log in with the API key, look at what happens. Rendered here, without scripts. */
import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import rateLimit from '@fastify/rate-limit';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyError } from 'fastify';
import { storeUnavailable } from '../../store/unavailable.ts';
import type { ServiceContext } from '../context.ts';
import { Problem } from '../problem.ts';
import { OPERATOR_HEADERS, operatorNotice } from './layout.ts';
import { customerPageRoutes } from './customerPage.ts';
import { customersPageRoutes } from './customersPage.ts';
import { journeyPageRoutes } from './journeyPage.ts';
import { journeysPageRoutes } from './journeysPage.ts';
import { loginPath, loginRoutes, Sessions } from './login.ts';
import { NotThere } from './notThere.ts';
import { runPageRoutes } from './runPage.ts';
import { scoresPageRoutes } from './scores.ts';
import { startPageRoutes } from './startPage.ts';
import { statusPageRoutes } from './statusPage.ts';

const BODY_LIMIT_BYTES = 4 * 1024;

export function operatorPageRoutes(context: ServiceContext): FastifyPluginAsyncTypebox {
  const sessions = new Sessions(context);
  const { shopName } = context.settings;

  return async (app) => {
    app.removeAllContentTypeParsers();
    await app.register(cookie);
    await app.register(formbody, { bodyLimit: BODY_LIMIT_BYTES });
    await app.register(rateLimit, { global: false });
    app.addHook('onRequest', async (_request, reply) => {
      reply.type('text/html; charset=utf-8');
    });
    app.addHook('onSend', async (_request, reply) => {
      for (const [name, value] of Object.entries(OPERATOR_HEADERS)) reply.header(name, value);
    });
    app.setErrorHandler<FastifyError | Problem>((error, request, reply) => {
      const status = statusOf(error);
      if (status >= 500) request.log.error({ err: error, route: request.routeOptions.url }, 'page failed');
      const [title, detail] = error instanceof NotThere ? [error.title, error.message] : wordsFor(status);
      const place = error instanceof NotThere ? error.place : null;
      return reply
        .code(status)
        .type('text/html; charset=utf-8')
        .send(operatorNotice({ title, shop: shopName, place }, detail));
    });
    await app.register(loginRoutes(context, sessions));
    await app.register(async (pages) => {
      pages.addHook('onRequest', async (request, reply) => {
        if (await sessions.isOpen(request)) return;
        return await reply.redirect(request.method === 'GET' ? loginPath(request.url) : '/login', 303);
      });
      await pages.register(startPageRoutes(context));
      await pages.register(journeysPageRoutes(context));
      await pages.register(journeyPageRoutes(context));
      await pages.register(customersPageRoutes(context));
      await pages.register(customerPageRoutes(context));
      await pages.register(runPageRoutes(context));
      await pages.register(scoresPageRoutes(context));
      await pages.register(statusPageRoutes(context));
    });
  };
}

function statusOf(error: FastifyError | Problem): number {
  if (storeUnavailable(error) !== null) return 503;
  return error instanceof Problem ? error.status : (error.statusCode ?? 500);
}

function wordsFor(status: number): [title: string, detail: string] {
  if (status === 429) return ['Too many tries', 'Wait a minute, then try again.'];
  if (status >= 500)
    return ['Not now', 'The store cannot be reached, or something went wrong; the log says what. Try again.'];
  return ['This cannot be read', 'Go back and send the form once more.'];
}
