/**
 * `/login`: the API key opens the operator's pages for twelve hours. The browser keeps a signed cookie, which other sites cannot make
 * it send (SameSite=Strict); the key itself goes nowhere.
 */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { operatorPath } from '../../domain/operatorPath.ts';
import { type OperatorSession, readSession, sessionKey, signSession } from '../../domain/sessionToken.ts';
import { endSession, isEnded } from '../../store/endedSessions.ts';
import { keptKey } from '../../store/keptKeys.ts';
import { isApiKey } from '../authentication.ts';
import type { ServiceContext } from '../context.ts';
import { html } from '../gateway/pages/markup.ts';
import { operatorPage } from './layout.ts';

const HOURS = 12;
const SESSION_MS = HOURS * 3_600_000;
/** Of one address. */
const TRIES_A_MINUTE = 10;
const AFTER_LOGIN = '/';

export class Sessions {
  readonly #context: ServiceContext;
  #key: Promise<Buffer> | null = null;

  constructor(context: ServiceContext) {
    this.#context = context;
  }

  async isOpen(request: FastifyRequest): Promise<boolean> {
    const session = await this.#read(request);
    return session !== null && !(await isEnded(this.#context.store.db, session.nonce));
  }

  async open(reply: FastifyReply): Promise<void> {
    const token = signSession(await this.#signingKey(), this.#context.now() + SESSION_MS);
    reply.setCookie(this.#name, token, { ...this.#attributes, maxAge: SESSION_MS / 1000 });
  }

  /** Here and wherever a copy of the cookie is. */
  async close(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const session = await this.#read(request);
    if (session) await endSession(this.#context.store.db, session, this.#context.now());
    reply.clearCookie(this.#name, this.#attributes);
  }

  async #read(request: FastifyRequest): Promise<OperatorSession | null> {
    const token = request.cookies[this.#name];
    return token === undefined ? null : readSession(await this.#signingKey(), token, this.#context.now());
  }

  get #isSecure(): boolean {
    return this.#context.settings.publicUrl.startsWith('https:');
  }

  /** Browsers take a `__Host-` cookie from this very host alone. */
  get #name(): string {
    return this.#isSecure ? '__Host-journeys' : 'journeys';
  }

  get #attributes() {
    return { path: '/', httpOnly: true, sameSite: 'strict', secure: this.#isSecure } as const;
  }

  async #signingKey(): Promise<Buffer> {
    const { store, settings } = this.#context;
    this.#key ??= keptKey(store, 'sessions').then((kept) => sessionKey(kept, settings.apiKey));
    try {
      return await this.#key;
    } catch (error) {
      this.#key = null;
      throw error;
    }
  }
}

/** @returns where to log in to get to this address afterwards */
export function loginPath(url: string): string {
  const next = operatorPath(url);
  return next === null || next === AFTER_LOGIN ? '/login' : `/login?next=${encodeURIComponent(next)}`;
}

export function loginRoutes({ settings }: ServiceContext, sessions: Sessions): FastifyPluginCallbackTypebox {
  const send = (reply: FastifyReply, form: LoginForm, status = 200) =>
    reply.code(status).send(loginPage(settings.shopName, form));

  return (app, _options, done) => {
    app.get('/login', { schema: { hide: true } }, async (request, reply) => {
      const next = nextOf(request.query);
      return (await sessions.isOpen(request))
        ? reply.redirect(next ?? AFTER_LOGIN, 303)
        : send(reply, { next, problem: null });
    });

    app.post(
      '/login',
      { schema: { hide: true }, config: { rateLimit: { max: TRIES_A_MINUTE, timeWindow: 60_000 } } },
      async (request, reply) => {
        const given = (request.body as Record<string, unknown> | null)?.key;
        const next = nextOf(request.body);
        if (typeof given !== 'string' || !isApiKey(given.trim(), settings.apiKey)) {
          request.log.warn('somebody tried to log in with a wrong API key');
          return send(reply, { next, problem: 'This is not the API key.' }, 401);
        }
        await sessions.open(reply);
        return reply.redirect(next ?? AFTER_LOGIN, 303);
      },
    );

    app.post('/logout', { schema: { hide: true } }, async (request, reply) => {
      await sessions.close(request, reply);
      return reply.redirect('/login', 303);
    });
    done();
  };
}

const nextOf = (fields: unknown): string | null =>
  operatorPath((fields as Readonly<Record<string, unknown>> | null)?.['next']);

interface LoginForm {
  /** The page that was asked for. */
  next: string | null;
  problem: string | null;
}

const loginPage = (shop: string, { next, problem }: LoginForm): string =>
  operatorPage(
    { title: 'Log in', shop, place: null },
    html`<section>
      ${problem !== null && html`<p class="wrong" role="alert">${problem}</p>`}
      <form method="post" action="/login">
        <label for="key">API key</label>
        <input id="key" name="key" type="password" autocomplete="current-password" required autofocus />
        ${next !== null && html`<input type="hidden" name="next" value="${next}" />`}
        <button>Log in</button>
      </form>
      <p class="hint">
        The key of the private API: JOURNEYS_API_KEY, or the file api-key in the data folder. You stay logged in for
        ${String(HOURS)} hours.
      </p>
      ${
        // The browser does not show its cookie to a page that another site has led to.
        next !== null && html`<p class="hint">Logged in already? <a href="${next}">Go on to the page</a>.</p>`
      }
    </section>`,
  );
