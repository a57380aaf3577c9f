/** The process that brings an audience in is killed (-9) in the middle of a transaction: another one goes on, and nobody enters twice. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { audiencePasses } from '../../temporal/intake/audiencePasses.ts';
import { DIALECTS, freshStore } from './stores.ts';
import { NOW, TestService } from './service.ts';

const PROCESS = fileURLToPath(new URL('./passProcess.ts', import.meta.url));
const PEOPLE = 95;

it.each(DIALECTS)('an audience enters once although its process is killed, on %s', async (dialect) => {
  const place = await freshStore(dialect);
  const service = await TestService.on(place);
  const { db } = service.store;
  const ids = Array.from({ length: PEOPLE }, (_, index) => `cus_${String(index).padStart(3, '0')}`);
  await db
    .insertInto('customers')
    .values(ids.map((id) => ({ id, properties_json: '{}', created_at: 1, updated_at: 1, merged_into: null })))
    .execute();
  await db.insertInto('score_models').values({ name: 'rfm', model_json: '{}', learned_at: NOW }).execute();
  const audience = { segments: [], churn: [], minimumOrders: 0, averageOrderAboveMedian: false };
  await service.publish({
    ...{ key: 'all', entries: [], enterAgain: 'always', reentry: 'restart' },
    schedule: { every: { hours: 24 }, audience, batch: 1000, pauseMs: 0 },
  });

  const child = spawn(process.execPath, [PROCESS, place.location, String(NOW)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  expect(said.toString()).toBe('inside');
  child.kill('SIGKILL');
  await once(child, 'exit');

  const entered = async () => (await db.selectFrom('runs').select('customer_id').execute()).length;
  expect(await entered()).toBe(30);
  const passes = audiencePasses({
    ...{ store: service.store, timeScale: 1, outboxWritten: () => {}, now: () => service.now },
    log: { info: () => {}, warn: () => {} },
  });
  // Its lease: nobody can know yet that it is gone.
  expect(await passes.round()).toBe(0);
  service.now += 61_000;
  expect(await passes.round()).toBe(PEOPLE - 30);
  const runs = await db.selectFrom('runs').select(['customer_id', 'status']).orderBy('customer_id').execute();
  expect(runs).toEqual(ids.map((customer_id) => ({ customer_id, status: 'running' })));
  const pass = await db.selectFrom('audience_passes').selectAll().executeTakeFirstOrThrow();
  expect(pass).toMatchObject({ state: 'done', entered: PEOPLE, due_at: NOW });
  await service.close();
});
