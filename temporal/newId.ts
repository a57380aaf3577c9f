/** Random ids such as `cus_…`, `run_…`, `snd_…`: 119 bits in letters and digits, safe in URLs and file names. */
import { randomBytes } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const LENGTH = 20;
/** Largest multiple of 62 in a byte: what lies above would make some characters likelier. */
const FAIR = 248;

let pool = Buffer.alloc(0);
let used = 0;

export function newId(prefix: 'cus' | 'run' | 'snd' | 'opt' | 'prv' | 'alm'): string {
  let id = `${prefix}_`;
  while (id.length < prefix.length + 1 + LENGTH) {
    if (used >= pool.length) {
      pool = randomBytes(4096);
      used = 0;
    }
    const byte = pool[used++] ?? FAIR;
    if (byte < FAIR) id += ALPHABET[byte % ALPHABET.length];
  }
  return id;
}
