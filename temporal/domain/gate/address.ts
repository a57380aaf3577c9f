/** Where a message goes: which of a customer's identifiers it is on each channel, and whether anything can be sent there. */
import type { Channel } from '../event.ts';
import { normaliseEmail, normalisePhone } from '../identity.ts';
import { when, type Objection } from './objection.ts';

export interface AddressFacts {
  channel: Channel;
  /** Where it would go. */
  address: string | null;
  /** Reasons for which this address is not to be written to at all. */
  suppressed: readonly string[];
}

export function addressObjections({ channel, address, suppressed }: AddressFacts): Objection[] {
  if (address === null || address.trim() === '') return [{ reason: 'no_address' }];
  if (normaliseAddress(channel, address) === null) return [{ reason: 'invalid_address' }];
  return [...when(suppressed.includes('bounced'), 'bounced'), ...when(suppressed.includes('complained'), 'complained')];
}

/** The form in which addresses are kept and compared; null when nothing can be sent there. */
export function normaliseAddress(channel: Channel, address: string): string | null {
  switch (channel) {
    case 'email':
      return normaliseEmail(address);
    case 'sms':
    case 'whatsapp':
      return normalisePhone(address);
    case 'push':
      return pushToken(address.trim());
  }
}

/** Bytes; PostgreSQL indexes no more than 2,704. Tokens of Apple, Google and browsers have some hundred. */
const LONGEST_TOKEN = 2000;

const pushToken = (token: string): string | null =>
  token === '' || /\p{Cc}/u.test(token) || Buffer.byteLength(token) > LONGEST_TOKEN ? null : token;

/** Which of a customer's identifiers is the address on this channel; null: it has to come with the item. */
export function addressIdentifier(channel: Channel): 'email' | 'phone' | null {
  switch (channel) {
    case 'email':
      return 'email';
    case 'sms':
    case 'whatsapp':
      return 'phone';
    case 'push':
      return null;
  }
}
