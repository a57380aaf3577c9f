/** As an operator's browser asks: with its cookies, without the API key. */
import type { InjectOptions } from 'fastify';
import { API_KEY, type TestService } from './service.ts';

export const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

export async function ask(
  service: TestService,
  method: InjectOptions['method'],
  url: string,
  more: Partial<InjectOptions> = {},
) {
  const { statusCode, headers, body, cookies } = await service.app.inject({ method, url, ...more });
  return { status: statusCode, headers, body, cookies };
}

export const logIn = async (
  service: TestService,
  key: string,
  { remoteAddress = '192.0.2.1', ...fields }: Record<string, string> = {},
) =>
  await ask(service, 'POST', '/login', {
    headers: FORM,
    payload: new URLSearchParams({ key, ...fields }).toString(),
    remoteAddress,
  });

/** @returns the cookie of somebody who has logged in */
export async function sessionOf(service: TestService, remoteAddress = '192.0.2.1'): Promise<string> {
  const { cookies } = await logIn(service, API_KEY, { remoteAddress });
  const [cookie] = cookies;
  if (!cookie) throw new Error('no cookie');
  return `${cookie.name}=${cookie.value}`;
}

/** Somebody who is logged in. */
export class Operator {
  readonly #service: TestService;
  readonly #cookie: string;

  private constructor(service: TestService, cookie: string) {
    this.#service = service;
    this.#cookie = cookie;
  }

  static async of(service: TestService): Promise<Operator> {
    return new Operator(service, await sessionOf(service));
  }

  async get(url: string) {
    return await ask(this.#service, 'GET', url, { headers: { cookie: this.#cookie } });
  }

  async post(url: string, fields: Record<string, string>) {
    const payload = new URLSearchParams(fields).toString();
    return await ask(this.#service, 'POST', url, { headers: { ...FORM, cookie: this.#cookie }, payload });
  }
}

/** What one reads of a page, or of a part of it: no markup, single blanks, characters as they are. */
export function words(markup: string): string {
  const text = markup.replaceAll(/<(style|svg)[\s\S]*?<\/\1>|<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .replaceAll(/ ([.,:;)])/g, '$1')
    .trim();
}

/** What one reads of the section with this heading; '' when there is none. */
export function section(body: string, title: string): string {
  const found = body.split('</section>').find((one) => one.includes(`<h2>${title}`)) ?? '';
  return words(found.slice(found.indexOf('<h2>')));
}
