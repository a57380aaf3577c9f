/** A table with a caption and headed columns; on narrow windows it scrolls by itself, also by keyboard. */
import { html, type Markup, type Part } from '../gateway/pages/markup.ts';

export interface Column {
  name: string;
  /** `number` stands at the right, `time` on one line. */
  kind?: 'number' | 'time';
}

export interface TableOfRows {
  caption: string;
  /** The caption is only read out: a heading beside it says the same. */
  isCaptionHidden?: boolean;
  /** The first one heads its row. */
  columns: readonly Column[];
  rows: readonly (readonly Part[])[];
}

export function dataTable({ caption, isCaptionHidden = false, columns, rows }: TableOfRows): Markup {
  // A caption would be as wide as the table, of which a narrow window shows a part.
  return html`${!isCaptionHidden && html`<p class="hint above" aria-hidden="true">${caption}</p>`}
    <div class="scroll" tabindex="0" role="group" aria-label="${caption}">
      <table>
        <caption class="unseen">
          ${caption}
        </caption>
        <thead>
          <tr>
            ${columns.map(({ name, kind }) => html`<th scope="col" class="${kind ?? ''}">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (cells) =>
              html`<tr>
                ${cells.map((cell, index) => dataCell(cell, index, columns[index]?.kind))}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}

const dataCell = (cell: Part, index: number, kind: Column['kind']): Markup =>
  index === 0 ? html`<th scope="row" class="${kind ?? ''}">${cell}</th>` : html`<td class="${kind ?? ''}">${cell}</td>`;
