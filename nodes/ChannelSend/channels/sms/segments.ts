/**
 * How many text messages one text is paid as: 160 characters of the GSM alphabet or 70 others, and less in each part of a longer
 * one (3GPP TS 23.038 section 6.2.1 for the alphabet, 23.040 section 9.2.3.24.1 for the parts).
 */

const GSM_BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
/** Each takes two places. */
const GSM_EXTENDED = '\f^{}\\[~]|€';

export interface Segments {
  alphabet: 'GSM-7' | 'UCS-2';
  /** Places taken: more than the letters one sees, where a letter takes two. */
  characters: number;
  segments: number;
}

export function segmentsOf(text: string): Segments {
  const letters = [...text];
  if (letters.every((letter) => GSM_BASIC.includes(letter) || GSM_EXTENDED.includes(letter))) {
    const places = letters.map((letter) => (GSM_EXTENDED.includes(letter) ? 2 : 1));
    return { alphabet: 'GSM-7', ...counted(places, 160, 153) };
  }
  // A letter outside of the basic plane, such as an emoji, is a pair that is not torn apart.
  return {
    alphabet: 'UCS-2',
    ...counted(
      letters.map((letter) => letter.length),
      70,
      67,
    ),
  };
}

/** @param places of each letter; letters of two places stay within one part */
function counted(places: readonly number[], single: number, part: number): Pick<Segments, 'characters' | 'segments'> {
  const characters = places.reduce((sum, place) => sum + place, 0);
  if (characters <= single) return { characters, segments: characters === 0 ? 0 : 1 };
  let segments = 1;
  let used = 0;
  for (const place of places) {
    if (used + place > part) {
      segments++;
      used = 0;
    }
    used += place;
  }
  return { characters, segments };
}
