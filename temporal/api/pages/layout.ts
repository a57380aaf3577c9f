/** What every page for operators looks like: a heading, who may leave, cards of content. */
import { PAGE_HEADERS } from '../gateway/pages/layout.ts';
import { html, Markup, type Part } from '../gateway/pages/markup.ts';
import { OPERATOR_CONTENT_SECURITY_POLICY, OPERATOR_STYLESHEET } from './stylesheet.ts';

export const OPERATOR_HEADERS: Readonly<Record<string, string>> = {
  ...PAGE_HEADERS,
  'Content-Security-Policy': OPERATOR_CONTENT_SECURITY_POLICY,
};

const style = new Markup(`<style>${OPERATOR_STYLESHEET}</style>`);

export interface OperatorPage {
  title: string;
  /** '' for none. */
  shop: string;
  isLoggedIn: boolean;
}

/** @returns the whole document */
export function operatorPage({ title, shop, isLoggedIn }: OperatorPage, ...content: Part[]): string {
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
      <body class="${isLoggedIn ? 'wide' : 'narrow'}">
        <header>
          <h1>${title}${shop !== '' && html` – ${shop}`}</h1>
          ${isLoggedIn && html`<form method="post" action="/logout"><button class="quiet">Log out</button></form>`}
        </header>
        <main>${content}</main>
      </body>
    </html> `.text;
}

/** A page that only says something. */
export const operatorNotice = (shop: string, title: string, detail: string): string =>
  operatorPage({ title, shop, isLoggedIn: false }, html`<section><p>${detail}</p></section>`);
