/** Texts in other languages. */
import type { INodeProperties } from 'n8n-workflow';
import { fieldText } from '../../fields/fieldText.ts';
import type { MessageSource } from '../../transport/contract/messages.ts';
import type { ItemFields } from '../../sends/itemFields.ts';

export const translationsField = (values: INodeProperties[]): INodeProperties => ({
  displayName: 'Translations',
  name: 'translations',
  type: 'fixedCollection',
  placeholder: 'Add Language',
  default: {},
  typeOptions: { multipleValues: true },
  description: 'For customers with this language; what is empty is taken from above',
  options: [
    {
      displayName: 'Language',
      name: 'translation',
      values: [
        {
          displayName: 'Language',
          name: 'language',
          type: 'string',
          default: '',
          placeholder: 'e.g. de',
          description: 'As in the customer\'s property "language"',
        },
        ...values,
      ],
    },
  ],
});

/** @param textsOf the texts from fields of these names; what is empty is to be left out */
export function translationsOf(
  fields: ItemFields,
  textsOf: (field: (name: string) => string) => MessageSource,
): Pick<MessageSource, 'translations'> {
  const translations = fields.rows('translations.translation').flatMap((row) => {
    const language = fieldText(row.language).trim();
    return language === '' ? [] : [[language, textsOf((name) => fieldText(row[name]))] as const];
  });
  return translations.length > 0 ? { translations: Object.fromEntries(translations) } : {};
}
