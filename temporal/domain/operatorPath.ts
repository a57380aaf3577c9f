/** Where somebody who had to log in first is led afterwards: to one of our own pages, whatever the address says. */

const PAGES = /^\/(?:(?:journeys|customers|runs)(?:\/[^/]+)?|scores|status)?$/;
/** Of nobody's address bar. */
const NOWHERE = 'http://pages.invalid';
const LONGEST = 1000;

/** @returns path and query of the page; null for what is none of ours, such as another site's address */
export function operatorPath(text: unknown): string | null {
  // What a browser would read as the beginning of another host, and what it would leave out.
  if (typeof text !== 'string' || text.length > LONGEST || !/^\/(?![/\\])[\x21-\x7e]*$/.test(text)) return null;
  const url = URL.canParse(text, NOWHERE) ? new URL(text, NOWHERE) : null;
  return url?.origin === NOWHERE && PAGES.test(url.pathname) ? `${url.pathname}${url.search}` : null;
}
