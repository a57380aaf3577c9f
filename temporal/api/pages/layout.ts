/** What every page for operators looks like: a heading, the way to the other pages, who may leave, cards of content. */
import { PAGE_HEADERS } from '../gateway/pages/layout.ts';
import { html, Markup, type Part } from '../gateway/pages/markup.ts';
import { OPERATOR_CONTENT_SECURITY_POLICY, OPERATOR_STYLESHEET } from './stylesheet.ts';

export const OPERATOR_HEADERS: Readonly<Record<string, string>> = {
  ...PAGE_HEADERS,
  'Content-Security-Policy': OPERATOR_CONTENT_SECURITY_POLICY,
};

const style = new Markup(`<style>${OPERATOR_STYLESHEET}</style>`);

const PLACES = [
  ['/', 'Overview'],
  ['/journeys', 'Journeys'],
  ['/customers', 'Customers'],
  ['/scores', 'Scores'],
  ['/status', 'Status'],
] as const;
export type Place = (typeof PLACES)[number][0];

export interface OperatorPage {
  title: string;
  /** '' for none. */
  shop: string;
  /** The part of the pages that this one belongs to; null: nobody has logged in, so there is nowhere to go. */
  place: Place | null;
}

/** @returns the whole document */
export function operatorPage({ title, shop, place }: OperatorPage, ...content: Part[]): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex, nofollow" />
        <title>${title}${shop !== '' && html` – ${shop}`}</title>
        ${style}
      </head>
      <body class="${place === null ? 'narrow' : 'wide'}">
        ${place !== null && html`<a class="skip" href="#content">To the content</a>`}
        <header>
          ${place !== null && navigation(place)}
          <h1>${title}${shop !== '' && html` <span class="shop">– ${shop}</span>`}</h1>
        </header>
        <main id="content">${content}</main>
      </body>
    </html> `.text;
}

const navigation = (place: Place): Markup =>
  html`<div class="bar">
    <nav aria-label="Pages">
      <ul>
        ${PLACES.map(
          ([path, name]) => html`<li><a href="${path}" ${path === place && html`aria-current="page"`}>${name}</a></li>`,
        )}
      </ul>
    </nav>
    <form method="post" action="/logout"><button class="quiet small">Log out</button></form>
  </div>`;

/** A page that only says something. */
export const operatorNotice = (page: OperatorPage, detail: string): string =>
  operatorPage(page, html`<section><p>${detail}</p></section>`);
