/** Customers, what they are known by, and what has been done to or about them. */
import type { Generated } from 'kysely';

export interface CustomersTable {
  id: string;
  properties_json: string;
  created_at: number;
  updated_at: number;
  /** The surviving customer, once this one has been merged into it. */
  merged_into: string | null;
  /** Preference tracks, a JSON list of `low_frequency`, `product_news`, `local_events`; empty: everything. */
  tracks_json: Generated<string>;
  /** When the shop last described this person; older descriptions only fill gaps. */
  profile_at: Generated<number | null>;
  /** "first last" and "last first" as searches compare them (domain/customerSearch.ts), written with the properties. */
  name_key: Generated<string | null>;
  surname_key: Generated<string | null>;
}

export interface IdentifiersTable {
  /** `externalId`, `email`, `phone`, `deviceId`, or a click id such as `gclid`. Primary key with `value`. */
  kind: string;
  value: string;
  customer_id: string;
  created_at: number;
  /** Whose it was before a merge, for taking the merge back. */
  origin_id: Generated<string | null>;
}

/** HMACs of the fingerprints of people who have agreed. Primary key with the customer. */
export interface FingerprintsTable {
  hash: string;
  customer_id: string;
  /** Last seen, give or take a day. */
  at: number;
  /** Whose it was before a merge, for taking the merge back. */
  origin_id: Generated<string | null>;
}

/** Who changed what; `customer_id` is null for what is not about one customer. */
export interface AuditTable {
  id: Generated<number>;
  customer_id: string | null;
  actor: string;
  action: string;
  details_json: string;
  at: number;
  /** Whose it was before a merge, for taking the merge back. */
  origin_id: Generated<string | null>;
}
