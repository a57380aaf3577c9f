/** The text part of an e-mail, made from its HTML: what is hidden there is not said here. */
import { compile } from 'html-to-text';

/** Of these elements only: looking at the style of every cell of a layout takes half as long as all the rest. */
const HIDDEN = ['div', 'span', 'p'].flatMap((element) =>
  ['display:none', 'display: none'].map((style) => `${element}[style*="${style}"]`),
);
const HEADINGS = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'];

/** Elements within elements; layouts of mails have some thirty. Without a limit, hostile HTML ends in a full stack. */
const DEEPEST = 200;

const toText = compile({
  wordwrap: false,
  limits: { maxDepth: DEEPEST, ellipsis: '' },
  selectors: [
    { selector: 'img', format: 'skip' },
    { selector: 'a', options: { hideLinkHrefIfSameAsText: true } },
    ...[...HIDDEN, 'title'].map((selector) => ({ selector, format: 'skip' })),
    ...HEADINGS.map((selector) => ({ selector, options: { uppercase: false } })),
  ],
});

export const textOf = (html: string): string => toText(html).trim();
