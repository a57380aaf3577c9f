/** The preheader in an e-mail's HTML: read by inboxes, who show the first text there is, and seen by nobody who opens the message. */
import { escapeHtml } from '../domain/htmlText.ts';

/** Fills the line, so that the message's first words do not follow: no inbox shows more than some 200 characters. */
const FILLING = '&#847;&zwnj;&nbsp;&#8199;&shy;'.repeat(40);

const STYLE =
  'display:none;max-height:0;max-width:0;overflow:hidden;opacity:0;font-size:1px;line-height:1px;color:transparent;mso-hide:all';

export const hiddenPreheader = (text: string): string => `<div style="${STYLE}">${escapeHtml(text)}${FILLING}</div>`;
