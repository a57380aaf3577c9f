/** Where events come from: connections, the carts that shops tell, files of history, keys of this store. */
import type { Generated } from 'kysely';
import type { ConnectionKind } from '../../domain/connection.ts';

/** Shops, trackers and programs that send events. */
export interface ConnectionsTable {
  /** Also the `source` of its events. */
  name: string;
  kind: ConnectionKind;
  secret: string;
  secret_changed_at: number;
  /** PreviousSecret[]. */
  previous_secrets_json: string;
  currency: string | null;
  /** A JSON list of scheme and host. */
  origins_json: string;
  public_key: string;
  /** '' when its customer numbers are those of the other connections, too. */
  external_id_prefix: string;
  created_at: number;
  updated_at: number;
  last_received_at: number | null;
}

/** Carts as the shop last told them, to find out what the next telling adds. Primary key source and token. */
export interface CartStatesTable {
  source: string;
  token: string;
  customer_id: string;
  currency: string | null;
  /** When the shop last changed the cart. */
  changed_at: number;
  lines_json: string;
  /** Digests of what has been told with this `changed_at`: repeated deliveries. */
  told_json: string;
}

/**
 * One file on its way into the store. Lines that are alike are told apart by counting: `import_seen` says how often the
 * import `import_id` has met one, `copies` the most that any import has; so a file can be run any number of times.
 */
export interface ImportsTable {
  id: Generated<number>;
  kind: string;
  /** Of the file's beginning, its size and the options. */
  file_key: string;
  rows_done: number;
  /** Of all that was read up to `rows_done`. */
  digest: string;
  /** Length of the file of rejected rows at that point. */
  rejected_bytes: number;
  counts_json: string;
  started_at: number;
  updated_at: number;
  finished_at: number | null;
}

/** Random keys of this store (base64). */
export interface KeptKeysTable {
  name: string;
  value: string;
}

/** Logins of operators who have logged out before the time was over. */
export interface EndedSessionsTable {
  nonce: string;
  /** Epoch ms: from then on nobody could use it anyway. */
  until: number;
}
