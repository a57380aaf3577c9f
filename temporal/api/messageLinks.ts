/**
 * The links of a message: templates can place them as `links.unsubscribe` and `links.preferences`. Marketing mail always has a
 * way out: in its header (RFC 8058), and as a line at the end where the template has not placed it itself.
 */
import type { Language } from '../domain/language.ts';
import type { WayOut } from '../rendering/rendering.ts';
import { TEXTS } from './gateway/pages/texts.ts';
import { html, type Markup } from './gateway/pages/markup.ts';

export interface MessageLinks {
  unsubscribe: string;
  preferences: string;
}

/** The item, and ours beside whatever links it has of its own. */
export function withLinks(data: Readonly<Record<string, unknown>>, links: MessageLinks): Record<string, unknown> {
  const { links: own } = data;
  const others = typeof own === 'object' && own !== null && !Array.isArray(own) ? own : {};
  return { ...data, links: { ...others, ...links } };
}

/** RFC 8058: mail programs show a button for these, and press it by POST. Providers want the address to be https. */
export const unsubscribeHeaders = ({ unsubscribe }: MessageLinks): Record<string, string> => ({
  'List-Unsubscribe': `<${unsubscribe}>`,
  'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
});

/** The line for a part that does not have the link already. */
export const wayOut = (links: MessageLinks, language: Language): WayOut => ({
  url: links.unsubscribe,
  html: htmlLine(links, language).text,
  text: textLine(links, language),
});

/** Colours are the template's own: they fit its background, light or dark. */
function htmlLine({ unsubscribe, preferences }: MessageLinks, language: Language): Markup {
  const { footer } = TEXTS[language];
  const way = (url: string, name: string) => html`<a href="${url}" style="color:inherit">${name}</a>`;
  return html`<p lang="${language}" style="${LINE_STYLE}">
    ${way(unsubscribe, footer.unsubscribe)} &nbsp;·&nbsp; ${way(preferences, footer.preferences)}
  </p>`;
}

const LINE_STYLE =
  'margin:24px 16px;text-align:center;font-family:sans-serif;font-size:13px;line-height:1.6;color:inherit';

function textLine({ unsubscribe, preferences }: MessageLinks, language: Language): string {
  const { footer } = TEXTS[language];
  return `${footer.unsubscribe}: ${unsubscribe}\n${footer.preferences}: ${preferences}`;
}
