/** An event on its way through intake: whose it is, and what was found out about it. */
import type { CanonicalEvent } from '../domain/event.ts';

export interface ResolvedEvent {
  event: CanonicalEvent;
  /** Epoch ms. */
  occurredAt: number;
  customerId: string;
  /** Made in this batch: the store knows nothing else about the customer. */
  isNewCustomer: boolean;
  /** The order was counted by an earlier event: this one starts and ends nothing. */
  repeatsOrder: boolean;
  /** After this event the cart has nothing in it. */
  cartIsEmpty: boolean;
  /** Imported: starts no journey. */
  isHistory: boolean;
  /** As in ParsedEvent. */
  fingerprint?: string | null;
}
