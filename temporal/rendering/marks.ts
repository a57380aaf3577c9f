/** Places in a rendered document that are filled in last: the addresses of links, and where parts of ours go. */
import { randomBytes } from 'node:crypto';

type Slot = 'language' | 'title' | 'start' | 'end';

/** Made anew by each process: nothing that an item brings along can be one. It is never part of a message. */
const SECRET = randomBytes(9).toString('hex');
const MARKS = new RegExp(`\\[${SECRET}:(\\w+)\\]`, 'g');

/** @param place a slot, or the number of a link */
export const mark = (place: Slot | number): string => `[${SECRET}:${place}]`;

/** @param links HTML of each address @param slots HTML for each; the others are left empty */
export const filledIn = (
  document: string,
  links: readonly string[],
  slots: Readonly<Partial<Record<string, string>>>,
): string => document.replace(MARKS, (_mark, place: string) => links[Number(place)] ?? slots[place] ?? '');
