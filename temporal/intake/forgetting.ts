/**
 * Profiles that name nobody are forgotten some time after their last event. Unlike erasure nobody has asked for it: no hash
 * keeps them from coming back, and no audit says that they were there.
 */
import { findForgotten, lockForgotten } from '../store/anonymousCustomers.ts';
import { deleteCustomers } from '../store/erasure.ts';
import type { Store } from '../store/store.ts';

export interface ForgettingChunk {
  deleted: number;
  /** Last customer looked at; null after the end. */
  reached: string | null;
}

/**
 * One chunk. Reading needs no transaction, so that a store in which nobody is to be forgotten is never locked for it.
 *
 * @param before epoch ms
 * @param reached of the chunk before; '' to begin with
 */
export async function forgetAnonymous(
  store: Store,
  before: number,
  reached: string,
  now: number,
  limit: number,
): Promise<ForgettingChunk> {
  const { dialect } = store;
  const found = await findForgotten({ db: store.db, dialect }, before, reached, now, limit);
  if (found.ids.length === 0) return { deleted: 0, reached: found.reached };
  const deleted = await store.transaction(async (db) => {
    const ids = await lockForgotten({ db, dialect }, found.ids, before, now);
    if (ids.length > 0) await deleteCustomers({ db, dialect }, ids);
    return ids.length;
  });
  return { deleted, reached: found.reached };
}
