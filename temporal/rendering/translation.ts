/** Which texts a customer gets: those of their language, part by part, else the message's own. */
import { escapePointer } from '../domain/identity.ts';
import { bestLanguage } from '../domain/language.ts';
import { given, type MessageParts, type MessageSource } from './message.ts';
import { RenderProblem } from './renderProblem.ts';

export interface Translated {
  parts: MessageParts;
  /** The tag of the translation; null for the message's own texts, whose language is not known. */
  language: string | null;
  /** Where a part stands in the message. */
  pathOf: (part: string) => string;
}

/** RFC 5646, as far as shops need it: `de`, `de-AT`, `zh-Hant-TW`; `_` is as good as `-`. */
const LANGUAGE_TAG = /^[a-z]{2,8}([-_][a-z\d]{1,8})*$/i;

/** @param wanted the customer's language @throws RenderProblem for a name that is no language's */
export function translated({ translations = {}, ...own }: MessageSource, wanted: string | null): Translated {
  const wrong = Object.keys(translations).find((tag) => !LANGUAGE_TAG.test(tag));
  if (wrong !== undefined) {
    throw new RenderProblem(
      `translations/${escapePointer(wrong)}`,
      'is not named by a language tag, such as de or de-AT',
    );
  }
  const language = bestLanguage(Object.keys(translations), wanted);
  const theirs = language === null ? undefined : translations[language];
  if (language === null || theirs === undefined) return { parts: own, language: null, pathOf: (part) => part };
  const hasBody = given(theirs.html) !== undefined || given(theirs.mjml) !== undefined;
  const fields = Object.entries(theirs.fields ?? {}).filter(([, source]) => given(source) !== undefined);
  // With a body of its own, a text in another language would not belong to it: it is made anew.
  const text = given(theirs.text) ?? (hasBody ? undefined : own.text);
  const body = hasBody ? theirs : own;
  const parts: MessageParts = {
    ...taken('subject', given(theirs.subject) ?? own.subject),
    ...taken('preheader', given(theirs.preheader) ?? own.preheader),
    ...taken('html', body.html),
    ...taken('mjml', body.mjml),
    ...taken('text', text),
    fields: { ...own.fields, ...Object.fromEntries(fields) },
  };
  const prefix = `translations/${escapePointer(language)}/`;
  const isTheirs = (part: string) => {
    if (part === 'html' || part === 'mjml') return hasBody;
    const [name, field] = part.split('/', 2);
    if (name === 'fields') return fields.some(([key]) => escapePointer(key) === field);
    return given(theirs[part as 'subject' | 'preheader' | 'text']) !== undefined;
  };
  return { parts, language, pathOf: (part) => (isTheirs(part) ? `${prefix}${part}` : part) };
}

const taken = <Name extends keyof MessageParts>(name: Name, source: string | undefined) =>
  source === undefined ? {} : ({ [name]: source } as Record<Name, string>);
