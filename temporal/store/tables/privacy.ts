/** What remains of erased customers, and what shops have asked for on behalf of people. */

/** HMACs of channel and address, of erased customers who must not be written to again. */
export interface ErasedAddressesTable {
  hash: string;
  reason: 'unsubscribed' | 'bounced' | 'complained';
  at: number;
}

/** HMACs of source and id of events that were erased with their customers. */
export interface ErasedEventsTable {
  hash: string;
  at: number;
}

/** What shops have passed on: somebody wants to know what is held, or to be erased. Nothing in it names a person. */
export interface PrivacyRequestsTable {
  id: string;
  /** Connection. */
  source: string;
  kind: 'customers/data_request' | 'customers/redact' | 'shop/redact';
  /** The shop's delivery: a repeated one is the same request. */
  request_key: string;
  /** Whose data was asked for; null when nothing is held, and for what has been erased. */
  customer_id: string | null;
  /** `open`: the operator has to answer. `running`: being worked off. */
  state: 'open' | 'running' | 'done';
  /** Of a running one: the last customer id that has been looked at. */
  reached: string;
  /** How many customers it has erased. */
  erased: number;
  received_at: number;
  done_at: number | null;
}
