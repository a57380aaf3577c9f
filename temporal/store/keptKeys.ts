/**
 * Random keys that live as long as the store: links in old messages and hashes of erased addresses have to stay readable
 * whatever happens to the API key.
 */
import { randomBytes } from 'node:crypto';
import type { Queryable } from './store.ts';

/**
 * `links` signs unsubscribe, preference and confirmation links; `addresses` hashes what erasure leaves behind; `sessions` signs the
 * cookies of operators who have logged in.
 */
export type KeptKeyName = 'links' | 'addresses' | 'fingerprints' | 'sessions';

/** Made on first use; several processes get the same one. @param place the store, or a session on it */
export async function keptKey({ db }: { readonly db: Queryable }, name: KeptKeyName): Promise<Buffer> {
  const read = db.selectFrom('kept_keys').select('value').where('name', '=', name);
  const found = await read.executeTakeFirst();
  if (found) return Buffer.from(found.value, 'base64');
  await db
    .insertInto('kept_keys')
    .values({ name, value: randomBytes(32).toString('base64') })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  const { value } = await read.executeTakeFirstOrThrow();
  return Buffer.from(value, 'base64');
}
