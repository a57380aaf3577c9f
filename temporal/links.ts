/**
 * The links that customers get: to unsubscribe, to set preferences, to confirm an opt-in, and those that count clicks and
 * openings. They are signed with a key that lives as long as the store, so that the ones in old messages go on working
 * (domain/linkToken.ts).
 */
import { createSecretKey, type KeyObject } from 'node:crypto';
import { isChannel } from './domain/eventParsing.ts';
import type { Channel } from './domain/event.ts';
import { readLink, signLink } from './domain/linkToken.ts';
import { keptKey } from './store/keptKeys.ts';
import type { Store } from './store/store.ts';

export interface UnsubscribeLink {
  customerId: string;
  channel: Channel;
  /** The message that the link stood in. */
  sendId: string | null;
}

export class Links {
  readonly #key: KeyObject;
  readonly #base: string;

  /** @param publicUrl without trailing slash; links begin with it */
  constructor(key: Buffer, publicUrl: string) {
    this.#key = createSecretKey(key);
    this.#base = publicUrl;
  }

  static async load(store: Store, publicUrl: string): Promise<Links> {
    return new Links(await keptKey(store, 'links'), publicUrl);
  }

  /** What every link begins with. */
  get base(): string {
    return this.#base;
  }

  unsubscribe(customerId: string, channel: Channel, sendId: string | null = null): string {
    const parts = sendId === null ? [customerId, channel] : [customerId, channel, sendId];
    return `${this.#base}/u/${signLink(this.#key, 'u', parts)}`;
  }

  preferences(customerId: string): string {
    return `${this.#base}/p/${signLink(this.#key, 'p', [customerId])}`;
  }

  /** @param requestId of a double opt-in */
  confirmation(requestId: string): string {
    return `${this.#base}/d/${signLink(this.#key, 'd', [requestId])}`;
  }

  /** An address as it stands in a message, where opening it counts as a click. */
  click(sendId: string, url: string): string {
    return `${this.#base}/c/${signLink(this.#key, 'c', [sendId, url])}`;
  }

  /** Of the image whose loading counts as opening the message. */
  open(sendId: string): string {
    return `${this.#base}/o/${signLink(this.#key, 'o', [sendId])}`;
  }

  /** @returns null for a token that was changed, or made with another key */
  readUnsubscribe(token: string): UnsubscribeLink | null {
    const [customerId, channel, sendId = null] = readLink(this.#key, 'u', token) ?? [];
    return customerId !== undefined && isChannel(channel) ? { customerId, channel, sendId } : null;
  }

  /** @returns the customer's id */
  readPreferences(token: string): string | null {
    return readLink(this.#key, 'p', token)?.[0] ?? null;
  }

  /** @returns the request's id */
  readConfirmation(token: string): string | null {
    return readLink(this.#key, 'd', token)?.[0] ?? null;
  }

  readClick(token: string): { sendId: string; url: string } | null {
    const [sendId, url] = readLink(this.#key, 'c', token) ?? [];
    return sendId !== undefined && url !== undefined ? { sendId, url } : null;
  }

  /** @returns the send's id */
  readOpen(token: string): string | null {
    return readLink(this.#key, 'o', token)?.[0] ?? null;
  }
}
