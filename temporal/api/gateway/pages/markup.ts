/** HTML by tagged templates: every value is escaped, unless it is markup that was made here. */
import { escapeHtml } from '../../../domain/htmlText.ts';

/** Only `html` makes it: its text needs no escaping any more. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Part = string | Markup | readonly Part[] | null | false;

function rendered(part: Part): string {
  if (part === null || part === false) return '';
  if (part instanceof Markup) return part.text;
  return typeof part === 'string' ? escapeHtml(part) : part.map(rendered).join('');
}

/** Values stand in text or in quoted attributes, never in tag or attribute names. null and false are nothing. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Markup {
  return new Markup(strings.map((text, index) => text + rendered(parts[index] ?? null)).join(''));
}
