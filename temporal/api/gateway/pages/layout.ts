/** What every page looks like: the shop's name, one heading, what there is to say and to press. */
import type { Language } from '../../../domain/language.ts';
import { html, Markup, type Part } from './markup.ts';
import { CONTENT_SECURITY_POLICY, STYLESHEET } from './stylesheet.ts';
import { TEXTS, type Texts } from './texts.ts';

export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Robots-Tag': 'noindex, nofollow',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

/** For whom a page is made. */
export interface Reader {
  language: Language;
  /** '' for none. */
  shop: string;
}

export const textsFor = ({ language }: Reader): Texts => TEXTS[language];

const style = new Markup(`<style>${STYLESHEET}</style>`);

/** @param title heading, and first in the window's title: it says how things stand @returns the whole document */
export function page({ language, shop }: Reader, title: string, ...content: Part[]): string {
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex, nofollow" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}${shop !== '' && html` – ${shop}`}</title>
        ${style}
      </head>
      <body>
        ${shop !== '' && html`<header><p>${shop}</p></header>`}
        <main>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html> `.text;
}

/** A page that only says something. */
export const notice = (reader: Reader, { title, detail }: { title: string; detail: string }): string =>
  page(reader, title, html`<p>${detail}</p>`);
