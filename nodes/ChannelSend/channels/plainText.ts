/** Messages whose words are one plain text: as the operator writes it, and what is left of it for a customer. */
import type { MessageSource, RenderedMessage } from '../../transport/contract/messages.ts';
import type { ItemFields } from '../../sends/itemFields.ts';
import { translationsOf } from './translations.ts';

/** @throws NodeOperationError when the field "Text" is empty */
export function requireText(fields: ItemFields): void {
  if (!fields.text('text').trim()) throw fields.error('The message is empty', 'Fill in "Text".');
}

/** @throws NodeOperationError when the field "Text" is empty */
export function plainSource(fields: ItemFields): MessageSource {
  requireText(fields);
  const textOf = (field: (name: string) => string) => (field('text').trim() ? { text: field('text') } : {});
  return { ...textOf((name) => fields.text(name)), ...translationsOf(fields, textOf) };
}

/** @throws NodeOperationError when the values of this customer leave nothing of it */
export function wordsOf({ text }: RenderedMessage, fields: ItemFields): string {
  const words = text.trim();
  if (words) return words;
  throw fields.error(
    'Nothing is left of the text for this customer',
    'Give the values in the text a default, for example {{ customer.firstName | default: "there" }}.',
  );
}
