/** A name and an address as one text, as mail headers and most APIs have them (RFC 5322 section 3.4). */

export interface Mailbox {
  name: string;
  address: string;
}

/** With the name in quotes where it needs them; other letters than English ones stay as they are. */
export function mailbox({ name, address }: Mailbox): string {
  if (name === '') return address;
  const isPlain = /^[\p{L}\p{N} !#$%&'*+/=?^_`{|}~-]+$/u.test(name);
  return `${isPlain ? name : `"${name.replace(/["\\]/g, '\\$&')}"`} <${address}>`;
}

/** The same in ASCII (RFC 2047), for who passes it on as a header. */
export function asciiMailbox({ name, address }: Mailbox): string {
  // eslint-disable-next-line no-control-regex -- ASCII is meant
  if (/^[\x00-\x7f]*$/.test(name)) return mailbox({ name, address });
  return `${encodedWords(name)} <${address}>`;
}

/** An encoded word may have 75 characters: 12 of them are not text, and base64 makes 60 of 45 bytes. */
const WORD_BYTES = 45;

function encodedWords(text: string): string {
  const words: string[] = [];
  let word = '';
  for (const character of text) {
    if (Buffer.byteLength(word + character) > WORD_BYTES) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  return [...words, word].map((part) => `=?UTF-8?B?${Buffer.from(part).toString('base64')}?=`).join(' ');
}
