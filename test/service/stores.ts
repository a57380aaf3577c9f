/** Fresh stores for tests, of both kinds: every rule of the service has to hold on each. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';
import { openStore, type DialectName, type Store } from '../../temporal/store/store.ts';

export const DIALECTS: readonly DialectName[] = ['sqlite', 'postgres'];

export interface TestStore {
  store: Store;
  /** As in DATABASE_URL. */
  location: string;
  /** Opens the same store once more, as another process would. */
  openAgain(): Store;
  remove(): Promise<void>;
}

/** A migrated, empty store. */
export async function freshStore(dialect: DialectName): Promise<TestStore> {
  const place = dialect === 'sqlite' ? sqlitePlace() : await postgresPlace(inject('postgresUrl'));
  const opened: Store[] = [];
  const open = () => {
    const store = openStore(place.location);
    opened.push(store);
    return store;
  };
  const store = open();
  await store.migrate();
  return {
    store,
    location: place.location,
    openAgain: open,
    async remove() {
      for (const one of opened) await one.close();
      await place.remove();
    },
  };
}

function sqlitePlace() {
  const folder = mkdtempSync(join(tmpdir(), 'journeys-store-'));
  return {
    location: join(folder, 'journeys.sqlite'),
    remove: () => Promise.resolve(rmSync(folder, { recursive: true, force: true })),
  };
}

async function postgresPlace(server: string) {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await administer(server, `create database ${name}`);
  return {
    location: Object.assign(new URL(server), { pathname: `/${name}` }).href,
    remove: () => administer(server, `drop database ${name} with (force)`),
  };
}

async function administer(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(statement);
  await client.end();
}
