/** A store that cannot work: 503 with the way out, nothing acknowledged, and everything well when it is back. */
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { openStore } from '../../temporal/store/store.ts';
import { storeUnavailable } from '../../temporal/store/unavailable.ts';
import { PostgresServer } from './postgresServer.ts';
import { event, minutes, TestService } from './service.ts';
import { freshStore } from './stores.ts';

let cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of cleanUp.reverse()) await step();
  cleanUp = [];
});

async function sqliteService() {
  const service = await TestService.create('sqlite');
  cleanUp.push(() => service.close());
  const { rows } = await service.store.db.executeQuery<{ file: string }>({
    ...service.store.db.selectNoFrom([]).compile(),
    sql: 'select file from pragma_database_list',
    parameters: [],
  });
  return { service, file: rows[0]?.file ?? '' };
}

const totals = async (service: TestService, id: string) =>
  (await service.call('GET', `/v1/customers/${id}`)).body.totals;
const order = (orderId: string) => event('completed_purchase', 'ann', minutes(-1), { properties: { orderId } });

describe('SQLite', () => {
  it('full: 503 with what to do, and the same event is accepted when there is room', async () => {
    const { service } = await sqliteService();
    const run = (sql: string) =>
      service.store.db.executeQuery<Record<string, number>>({
        ...service.store.db.selectNoFrom([]).compile(),
        sql,
        parameters: [],
      });
    const pages = (await run('pragma page_count')).rows[0]?.['page_count'] ?? 0;
    await run(`pragma max_page_count = ${pages}`);
    const big = event('completed_purchase', 'ann', minutes(-1), {
      properties: { orderId: 'o-1', note: 'x'.repeat(200_000) },
    });
    const refused = await service.post(big);
    expect(refused).toMatchObject({
      status: 503,
      body: { detail: expect.stringMatching(/disk is full.*send it again/i) },
    });
    expect(refused.headers['retry-after']).toBe('2');
    await run('pragma max_page_count = 1000000');
    const id = await service.send(big);
    expect(await totals(service, id)).toMatchObject({ orders: 1 });
  });

  it('locked by another program: 503 for all that wait, and accepted afterwards', async () => {
    const { service, file } = await sqliteService();
    await service.store.db.executeQuery({
      ...service.store.db.selectNoFrom([]).compile(),
      sql: 'pragma busy_timeout = 10',
      parameters: [],
    });
    const other = new DatabaseSync(file);
    other.exec('begin immediate');
    const refused = await Promise.all([service.post(order('o-1')), service.post(order('o-2'))]);
    expect(refused.map(({ status }) => status)).toEqual([503, 503]);
    expect(refused[0]?.body.detail).toContain('locked by another program');
    other.exec('rollback');
    other.close();
    expect(await totals(service, await service.send(order('o-1')))).toMatchObject({ orders: 1 });
  });

  it('not writable: 503', async () => {
    const { service } = await sqliteService();
    await service.store.db.executeQuery({
      ...service.store.db.selectNoFrom([]).compile(),
      sql: 'pragma query_only = on',
      parameters: [],
    });
    expect(await service.post(order('o-1'))).toMatchObject({
      status: 503,
      body: { detail: expect.stringContaining('cannot be written') },
    });
  });

  it('a file that cannot be opened is told apart from a mistake of ours', () => {
    let error: unknown;
    try {
      openStore('/proc/version/journeys.sqlite');
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(Error);
    expect(storeUnavailable(new Error('a bug'))).toBeNull();
    try {
      new DatabaseSync('/nowhere/at/all.sqlite');
    } catch (caught) {
      expect(storeUnavailable(caught)).toContain('cannot be opened');
    }
  });
});

describe('a group of requests', () => {
  it('does not let one request that breaks the transaction fail the others', async () => {
    const testStore = await freshStore('sqlite');
    const { db } = testStore.store;
    await db.executeQuery({
      ...db.selectNoFrom([]).compile(),
      sql: `create trigger poison before insert on events when new.id = 'poison' begin select raise(abort, 'poisoned'); end`,
      parameters: [],
    });
    const service = await TestService.on(testStore);
    cleanUp.push(() => service.close());
    const answers = await Promise.all(
      ['a', 'poison', 'b'].map((id) => service.post(event('viewed_page', id, minutes(-1), { id }))),
    );
    expect(answers.map(({ status }) => status)).toEqual([202, 500, 202]);
  });
});

describe('PostgreSQL gone and back', () => {
  it('503 while it is away; nothing lost and nothing twice when it is back', async () => {
    const server = await PostgresServer.create();
    cleanUp.push(() => server.remove());
    const opened = openStore(server.url());
    await opened.migrate();
    const service = await TestService.on({
      store: opened,
      location: server.url(),
      openAgain: () => opened,
      remove: () => opened.close(),
    });
    cleanUp.push(() => service.close());
    const id = await service.send(order('o-1'));
    await server.stop();
    const refused = await service.post(order('o-2'));
    expect(refused).toMatchObject({ status: 503, body: { detail: expect.stringContaining('DATABASE_URL') } });
    expect((await service.call('GET', '/ready')).body).toMatchObject({ status: 'notReady', parts: { store: 'down' } });
    await server.start();
    await service.send(order('o-2'), order('o-1'));
    expect(await totals(service, id)).toMatchObject({ orders: 2, revenueMinor: 16800 });
  });
});
