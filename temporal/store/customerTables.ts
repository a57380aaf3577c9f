/**
 * Every table with rows of a customer, declared once: erasure, merge and export all go by this list, so that a new table
 * cannot be forgotten by one of them. A service test holds it against the real schema.
 */
import { sql, type RawBuilder } from 'kysely';
import type { Database } from './database.ts';

/** How the rows name their customer: themselves, or through the run or the order that they belong to. */
export type OwnedThrough = 'customer' | 'run' | 'order';

/**
 * - `moves`: the rows become the survivor's as they are, and stay so when the merge is taken back.
 * - `returns`: as `moves`, but they remember whose they were (column `origin_id`) and go back with the merged one.
 * - `combines`: the survivor has rows of its own that they have to be brought together with (intake/mergeCustomers.ts).
 * - `follows`: nothing to do, for the rows go with their run or order.
 */
export type MergeTreatment = 'moves' | 'returns' | 'combines' | 'follows';

export interface CustomerTable {
  name: Exclude<keyof Database, 'customers'>;
  through: OwnedThrough;
  merge: MergeTreatment;
  /** Erasure deletes the rows. */
  erased: boolean;
  /** Export shows the rows. */
  exported: boolean;
}

/** Rows that hang on others come before them: that is the order in which they are deleted. */
export const CUSTOMER_TABLES: readonly CustomerTable[] = [
  { name: 'run_steps', through: 'run', merge: 'follows', erased: true, exported: true },
  { name: 'waits', through: 'run', merge: 'follows', erased: true, exported: true },
  // What a run waits to hear of, taken from its entry.
  { name: 'awaited_products', through: 'customer', merge: 'moves', erased: true, exported: false },
  { name: 'order_lines', through: 'order', merge: 'follows', erased: true, exported: true },
  { name: 'identifiers', through: 'customer', merge: 'returns', erased: true, exported: true },
  { name: 'fingerprints', through: 'customer', merge: 'returns', erased: true, exported: true },
  { name: 'consents', through: 'customer', merge: 'combines', erased: true, exported: true },
  { name: 'consent_history', through: 'customer', merge: 'returns', erased: true, exported: true },
  { name: 'opt_in_requests', through: 'customer', merge: 'moves', erased: true, exported: true },
  { name: 'suppressions', through: 'customer', merge: 'returns', erased: true, exported: true },
  { name: 'totals', through: 'customer', merge: 'combines', erased: true, exported: true },
  { name: 'orders', through: 'customer', merge: 'returns', erased: true, exported: true },
  { name: 'refunds', through: 'customer', merge: 'returns', erased: true, exported: true },
  { name: 'carts', through: 'customer', merge: 'combines', erased: true, exported: true },
  { name: 'cart_states', through: 'customer', merge: 'moves', erased: true, exported: true },
  { name: 'product_interests', through: 'customer', merge: 'combines', erased: true, exported: true },
  { name: 'events', through: 'customer', merge: 'returns', erased: true, exported: true },
  // What is on its way to n8n: the events themselves are shown.
  { name: 'event_deliveries', through: 'customer', merge: 'moves', erased: true, exported: false },
  { name: 'skipped_entries', through: 'customer', merge: 'returns', erased: true, exported: true },
  { name: 'sends', through: 'customer', merge: 'returns', erased: true, exported: true },
  { name: 'exposures', through: 'customer', merge: 'returns', erased: true, exported: true },
  // Of shops: that the customer has asked for what is held.
  { name: 'privacy_requests', through: 'customer', merge: 'moves', erased: true, exported: true },
  // Calculated from the rest: the survivor's are made anew.
  { name: 'rfm_scores', through: 'customer', merge: 'combines', erased: true, exported: true },
  { name: 'predictions', through: 'customer', merge: 'combines', erased: true, exported: true },
  { name: 'affinities', through: 'customer', merge: 'combines', erased: true, exported: true },
  { name: 'replenishments', through: 'customer', merge: 'combines', erased: true, exported: true },
  { name: 'product_subscriptions', through: 'customer', merge: 'combines', erased: true, exported: true },
  { name: 'runs', through: 'customer', merge: 'returns', erased: true, exported: true },
  { name: 'audit', through: 'customer', merge: 'returns', erased: true, exported: true },
  // Ids only: Temporal still has to hear that the runs of an erased customer end.
  { name: 'outbox', through: 'customer', merge: 'moves', erased: false, exported: false },
];

/** Condition on the rows of `table` that belong to a customer (for `select`, `delete` and `update`). */
export function rowsOwnedBy(table: CustomerTable, customerId: string): RawBuilder<boolean> {
  return rowsOwnedByAny(table, sql`(${customerId})`);
}

/** @param these what can stand after `in`: customer ids in brackets, or a subquery */
export function rowsOwnedByAny({ name, through }: CustomerTable, these: RawBuilder<unknown>): RawBuilder<boolean> {
  const column = (of: string) => sql.ref(`${name}.${of}`);
  switch (through) {
    case 'customer':
      return sql`${column('customer_id')} in ${these}`;
    case 'run':
      return sql`${column('run_id')} in (select id from runs where customer_id in ${these})`;
    case 'order':
      return sql`(${column('source')}, ${column('order_id')}) in
        (select source, order_id from orders where customer_id in ${these})`;
  }
}
