/** The columns by which names are searched: written in the same statement as the properties that they follow from. */
export { nameKeys } from '../domain/customerSearch.ts';

/** For `rowsOf`. */
export const NAME_KEYS = { name_key: 'text', surname_key: 'text' } as const;
