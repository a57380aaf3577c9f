/**
 * What is still known of somebody who has been erased: hashes with a key of this store, from which nobody can be read without
 * it. They answer two questions, and nothing else: may this address be written to, and has this event been here before?
 */
import { createHmac } from 'node:crypto';
import type { Channel } from './event.ts';

/** @param address in the form in which addresses are compared (`normaliseAddress`) */
export const addressHash = (key: Buffer, channel: Channel, address: string): string =>
  hash(key, ['address', channel, address]);

export const eventHash = (key: Buffer, source: string, id: string): string => hash(key, ['event', source, id]);

function hash(key: Buffer, parts: readonly string[]): string {
  return createHmac('sha256', key).update(JSON.stringify(parts)).digest('base64url');
}
