/**
 * `/c/{token}` leads on to the address of a link in a message, `/o/{token}` is the image that shows that it was opened. Both answer
 * out of the token alone. Only an address that we have signed is led to, and following a link changes nothing but the count.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { languageFor } from '../../domain/language.ts';
import type { ServiceContext } from '../context.ts';
import { notice, PAGE_HEADERS, textsFor } from './pages/layout.ts';
import { VisitLog } from './visitLog.ts';

/** Of those who try tokens. */
const WRONG_PER_MINUTE = 60;

/** Transparent, 1×1 (GIF89a). */
const PIXEL = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

const HEADERS = {
  'cache-control': 'no-store, private, max-age=0',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex, nofollow',
};

const Params = Type.Object({ token: Type.String() });

export function messageVisitRoutes(context: ServiceContext): FastifyPluginAsyncTypebox {
  const { links, now, settings, store, intake } = context;
  return (app) => {
    const log = new VisitLog({
      ...{ store, intake },
      onError: (error) => {
        app.log.error({ err: error }, 'opens and clicks could not be written down; they are tried again');
      },
    });
    app.addHook('onClose', () => log.close());
    const note = (request: FastifyRequest, sendId: string, url: string | null) => {
      // Asked only whether it is there.
      if (request.method === 'HEAD') return;
      const { headers } = request;
      const purpose = ['purpose', 'sec-purpose', 'x-purpose', 'x-moz'].map((name) => headers[name] ?? '').join(' ');
      log.note({ sendId, url, at: now(), userAgent: headers['user-agent'] ?? '', purpose });
    };
    const limited = (isKnown: (token: string) => boolean) => ({
      config: {
        rateLimit: {
          max: WRONG_PER_MINUTE,
          timeWindow: 60_000,
          allowList: (request: FastifyRequest) => isKnown((request.params as { token: string }).token),
        },
      },
    });

    app.get(
      '/c/:token',
      {
        ...limited((token) => links.readClick(token) !== null),
        schema: {
          tags: ['pages'],
          summary: 'Leads to the address of a link in a message, and counts the click',
          params: Params,
          response: {
            302: { description: 'Location is the address', type: 'null' },
            404: { description: 'Not one of ours', content: { 'text/html': { schema: Type.String() } } },
          },
        },
      },
      async (request, reply) => {
        const click = links.readClick(request.params.token);
        if (click === null || !URL.canParse(click.url)) {
          const reader = { language: languageFor(null, request.headers['accept-language']), shop: settings.shopName };
          return reply
            .code(404)
            .headers(PAGE_HEADERS)
            .type('text/html; charset=utf-8')
            .send(notice(reader, textsFor(reader).unknown));
        }
        note(request, click.sendId, click.url);
        return reply.headers(HEADERS).redirect(new URL(click.url).href, 302);
      },
    );

    app.get(
      '/o/:token',
      {
        ...limited((token) => links.readOpen(token) !== null),
        schema: {
          tags: ['pages'],
          summary: 'An image that is loaded when a message is opened',
          params: Params,
          response: {
            200: { description: 'The image', content: { 'image/gif': { schema: Type.Any() } } },
            404: { description: 'The image; not one of ours', content: { 'image/gif': { schema: Type.Any() } } },
          },
        },
      },
      async (request, reply) => {
        const sendId = links.readOpen(request.params.token);
        if (sendId !== null) note(request, sendId, null);
        return reply
          .code(sendId === null ? 404 : 200)
          .headers(HEADERS)
          .type('image/gif')
          .send(PIXEL);
      },
    );
    return Promise.resolve();
  };
}
