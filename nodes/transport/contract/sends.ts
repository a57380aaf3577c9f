/** Decisions of the send gate, and what became of sends. */
import type { IDataObject } from 'n8n-workflow';
import type { ItemError } from './items.ts';
import type { Channel, MessageSource, MessageTracking, RenderedMessage } from './messages.ts';

export type SendCategory = 'marketing' | 'transactional';

export interface AuthorizeItem {
  ref: string;
  customerId: string;
  channel: Channel;
  category: SendCategory;
  /** Id of the node, part of the claim; the name is for the operator. */
  node: string;
  nodeName: string;
  runId?: string;
  segment?: number;
  key?: string;
  address?: string;
  dryRun?: boolean;
  /** Of WhatsApp: free text, only within 24 hours after the customer's last message. */
  freeForm?: boolean;
  provider?: string;
  /** The provider takes an idempotency key, or can be asked afterwards. */
  repeatable?: boolean;
  track?: 'general' | 'product_news' | 'local_events';
  productIds?: string[];
  /** Liquid sources, and the item they are rendered over. */
  message?: MessageSource & { data: IDataObject; tracking?: MessageTracking };
}

/** As `/v1/policy` has it. */
export interface PolicyAnswer {
  ref: string;
  policy: IDataObject;
  error?: ItemError;
}

export type SendDecision = 'send' | 'suppress' | 'defer';

export interface AuthorizeAnswer {
  ref: string;
  sendId: string | null;
  decision: SendDecision;
  reasons: string[];
  until?: string | null;
  address?: string | null;
  /** This run, segment and node has sent before: nothing is sent, the item goes where it went. */
  replayed?: boolean;
  /** Started before and not heard of since; given out once more, for the request was `repeatable`. */
  resumed?: boolean;
  /** With `resumed`: when it was first started. */
  startedAt?: string;
  status?: string | null;
  message?: RenderedMessage;
  /** Of WhatsApp: until when free text may be sent (RFC 3339); null: only an approved template. */
  freeFormUntil?: string | null;
  error?: ItemError;
}

export interface StartedAnswer {
  started: string[];
  /**
   * Status `void` (claimed too long ago) and `paused`: not sent, ask the gate again. `suppressed`, with reasons: not wanted any
   * more since it was let out.
   */
  refused: Array<{ sendId: string; status: string | null; reasons?: string[] }>;
}

/** What a provider says of the recipient, for good: there is no such address, or the person has opted out there. */
export type RecipientVerdict = 'invalid' | 'opted_out';

export interface SendReport {
  sendId: string;
  outcome: 'sent' | 'failed' | 'unknown';
  permanent?: boolean;
  providerMessageId?: string;
  error?: string;
  recipient?: RecipientVerdict;
}
