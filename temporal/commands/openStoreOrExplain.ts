/** Opens the store; when that fails, says which setting to look at and what to do. */
import type { Settings } from '../settings.ts';
import { openStore, type Store } from '../store/store.ts';

/** @throws Error with a sentence for the operator */
export async function openStoreOrExplain(settings: Settings, onError?: (error: Error) => void): Promise<Store> {
  const postgres = /^postgres/.test(settings.databaseUrl);
  try {
    const store = openStore(settings.databaseUrl, onError);
    await store.ping();
    return store;
  } catch (error) {
    const reason = error instanceof AggregateError ? (error.errors[0] as Error).message : (error as Error).message;
    throw new Error(
      postgres
        ? `PostgreSQL cannot be reached with DATABASE_URL: ${reason}. Is it running, and are name, password and database right?`
        : `The store ${settings.databaseUrl} cannot be opened: ${reason}. Is the folder of JOURNEYS_DATA_DIR writable, and is there space on the disk?`,
      { cause: error },
    );
  }
}
