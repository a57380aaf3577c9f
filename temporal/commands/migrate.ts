/** `commerce-journeys migrate`: brings the store's schema up to date and says what it did. */
import { openStoreOrExplain } from './openStoreOrExplain.ts';
import type { Settings } from '../settings.ts';

export async function migrate(settings: Settings): Promise<void> {
  const store = await openStoreOrExplain(settings);
  try {
    const done = await store.migrate();
    console.log(done.length > 0 ? done.map((name) => `applied ${name}`).join('\n') : 'nothing to do');
  } finally {
    await store.close();
  }
}
