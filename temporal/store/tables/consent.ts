/** Whether somebody may be written to: consent and its history, double opt-in, bad addresses. */
import type { Generated } from 'kysely';
import type { Channel, ConsentState } from '../../domain/event.ts';
import type { StoredOptInState } from '../../domain/optIn.ts';

/** The state now; every change is also in `consent_history`. Primary key customer and channel. */
export interface ConsentsTable {
  customer_id: string;
  channel: Channel;
  state: ConsentState;
  source: string;
  at: number;
}

export interface ConsentHistoryTable {
  id: Generated<number>;
  customer_id: string;
  channel: Channel;
  state: ConsentState;
  source: string;
  at: number;
  recorded_at: number;
  /** `api`, `page`, `import`, `event` … */
  actor: Generated<string | null>;
  /** Of the event that said so. */
  event_id: Generated<string | null>;
  /** Whose it was before a merge, for taking the merge back. */
  origin_id: Generated<string | null>;
}

/** Double opt-in: somebody has asked for messages, and has to confirm it. */
export interface OptInRequestsTable {
  id: string;
  /** The caller's: asked again with it, the same request comes back. */
  request_key: string | null;
  customer_id: string;
  channel: Channel;
  /** Where the person asked for it; becomes the source of the consent. */
  source: string;
  properties_json: string;
  /** Past `expires_at` a pending one counts as expired. */
  state: StoredOptInState;
  created_at: number;
  expires_at: number;
  decided_at: number | null;
}

/** Addresses that must not be written to, apart from consent (bounced, complained, …). */
export interface SuppressionsTable {
  customer_id: string;
  channel: Channel;
  address: string;
  reason: string;
  source: string;
  at: number;
  /** Whose it was before a merge, for taking the merge back. */
  origin_id: Generated<string | null>;
}
