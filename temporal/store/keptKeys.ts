/**
 * Random keys that live as long as the store: links in old messages and hashes of erased addresses have to stay readable
 * whatever happens to the API key.
 */
import { randomBytes } from 'node:crypto';
import type { Store } from './store.ts';

/** `links` signs unsubscribe, preference and confirmation links; `addresses` hashes erased addresses. */
export type KeptKeyName = 'links' | 'addresses';

/** Made on first use; several processes get the same one. */
export async function keptKey(store: Store, name: KeptKeyName): Promise<Buffer> {
  await store.db
    .insertInto('kept_keys')
    .values({ name, value: randomBytes(32).toString('base64') })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  const { value } = await store.db
    .selectFrom('kept_keys')
    .select('value')
    .where('name', '=', name)
    .executeTakeFirstOrThrow();
  return Buffer.from(value, 'base64');
}
