/** Names with what is known under them, and links away from a page. */
import { html, type Markup, type Part } from '../gateway/pages/markup.ts';

/** What is null is left out. */
export const facts = (all: readonly (readonly [name: string, value: Part])[]): Markup =>
  html`<dl class="facts">
    ${all
      .filter(([, value]) => value !== null)
      .map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
  </dl>`;

/** Large numbers with a name each. */
export const figures = (all: readonly (readonly [name: string, value: Part])[]): Markup =>
  html`<dl class="figures">
    ${all.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;

/** @param all what has no address is left out */
export function waysOn(all: readonly (readonly [name: string, address: string | null])[]): Markup {
  const known = all.filter((way): way is readonly [string, string] => way[1] !== null);
  return html`<ul class="ways">
    ${known.map(([name, address]) => html`<li><a href="${address}">${name}</a></li>`)}
  </ul>`;
}

/** Something that somebody should do something about. */
export const trouble = (sentence: Part): Markup => html`<p class="wrong">${sentence}</p>`;
