/** What the facts are read about: one message that somebody wants to send, to a customer who exists. */
import type { SegmentRun } from '../segmentFacts.ts';
import type { SendRequest } from '../sendRequests.ts';

export interface FactsQuestion extends Pick<SendRequest, 'channel' | 'category' | 'address' | 'track' | 'productIds'> {
  /** The surviving one. */
  customerId: string;
  /** The row that this message has already: it does not count against itself. */
  ownId: string | null;
  run: SegmentRun | null;
  alreadySent: boolean;
}
