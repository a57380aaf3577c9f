/** Of the page of a journey: those who entered last. */
import { customerPath, runPath } from '../../operatorLinks.ts';
import type { RunView } from '../../store/lists.ts';
import { html, type Markup } from '../gateway/pages/markup.ts';
import { statusSentence } from './runWords.ts';
import { nothing } from './shown.ts';
import { dataTable } from './table.ts';
import { minute } from './timeline.ts';

export const newestRunsSection = (runs: readonly RunView[]): Markup =>
  html`<section>
    <h2>Newest runs</h2>
    ${
      runs.length === 0
        ? nothing('Nobody has entered yet.')
        : dataTable({
            caption: 'Those who entered last. Times are UTC.',
            columns: [{ name: 'Entered', kind: 'time' }, { name: 'How it stands' }, { name: 'Customer' }],
            rows: runs.map(({ id, enteredAt, status, exitReason, step, waitingUntil, customerId }) => [
              html`<a href="${runPath(id)}">${minute(enteredAt)}</a>`,
              status === 'running'
                ? html`at ${step ?? 'the beginning'}${waitingUntil !== null && html` until ${minute(waitingUntil)}`}`
                : statusSentence(status, exitReason),
              html`<a href="${customerPath(customerId)}">${customerId}</a>`,
            ]),
          })
    }
  </section>`;
