/** The card that says what somebody should look at. */
import { html, type Markup, type Part } from '../gateway/pages/markup.ts';
import { trouble } from './facts.ts';

export const attentionSection = (sentences: readonly Part[]): Markup =>
  html`<section>
    <h2>What needs attention</h2>
    ${sentences.length === 0 ? html`<p class="nothing">Nothing: all is well.</p>` : sentences.map(trouble)}
  </section>`;
