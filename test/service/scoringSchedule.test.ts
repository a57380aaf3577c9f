/** When scores are calculated, on both stores: by whom, how often, again after what; and that a job's end is never the service's. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import type { JobName } from '../../temporal/scoring/job.ts';
import { pacedStore } from '../../temporal/scoring/pacedStore.ts';
import { scoring, type ScoringOptions } from '../../temporal/scoring/schedule.ts';
import { startJobInThread, type RunningJob } from '../../temporal/scoring/startJob.ts';
import type { JobTask } from '../../temporal/scoring/threadTask.ts';
import { DIALECTS, freshStore, type TestStore } from './stores.ts';
import { NOW } from './service.ts';

const HOUR = 3600_000;
const log = { info: () => {}, warn: () => {} };

describe.each(DIALECTS)('the schedule of scores on %s', (dialect) => {
  let place: TestStore;
  afterEach(() => place.remove());

  /** A process; its jobs are noted and end as `end` says. */
  async function processes(end: (task: JobTask) => RunningJob = () => ({ done: Promise.resolve(), stop: () => {} })) {
    place = await freshStore(dialect);
    const clock = { now: NOW };
    const started: JobTask[] = [];
    const make = (more: Partial<ScoringOptions> = {}) =>
      scoring({
        store: place.openAgain(),
        storeLocation: place.location,
        startJob: (task) => {
          started.push(task);
          return end(task);
        },
        names: ['rfm', 'predictions'],
        timeScale: 1,
        now: () => clock.now,
        log,
        ...more,
      });
    const rows = async () =>
      new Map(
        (await place.store.db.selectFrom('score_jobs').selectAll().execute()).map((row) => [row.name as JobName, row]),
      );
    return { clock, started, make, rows };
  }

  it('does every job of a new store at once, in their order, then each after 24 hours', async () => {
    const { clock, started, make, rows } = await processes();
    const one = make();
    expect(await one.round()).toEqual(['rfm', 'predictions']);
    expect(started).toEqual([
      { job: 'rfm', storeLocation: place.location, now: NOW, timeScale: 1 },
      { job: 'predictions', storeLocation: place.location, now: NOW, timeScale: 1 },
    ]);
    expect((await rows()).get('rfm')).toMatchObject({
      ...{ due_at: NOW + 24 * HOUR, started_at: NOW, finished_at: NOW, failure: null, lease_until: 0 },
    });
    clock.now += 24 * HOUR - 1;
    expect(await one.round()).toEqual([]);
    clock.now += 1;
    expect(await one.round()).toEqual(['rfm', 'predictions']);
  });

  it('comes sooner under a time scale, but not without a pause', async () => {
    const { make, rows } = await processes();
    await make({ timeScale: 24 }).round();
    expect((await rows()).get('rfm')?.due_at).toBe(NOW + HOUR);
    await place.store.db.updateTable('score_jobs').set({ due_at: 0 }).execute();
    await make({ timeScale: 1e9 }).round();
    expect((await rows()).get('rfm')?.due_at).toBe(NOW + 10_000);
  });

  it('is done by one process at a time; what a dead one has begun, another begins anew when the lease has run out', async () => {
    const endless: RunningJob = { done: new Promise(() => {}), stop: () => {} };
    const { clock, started, make } = await processes(() => endless);
    const dead = make();
    void dead.round();
    await expect.poll(() => started.length).toBe(1);
    const other = make({ startJob: () => ({ done: Promise.resolve(), stop: () => {} }) });
    expect(await other.round()).toEqual([]);
    clock.now += 60_001;
    expect(await other.round()).toEqual(['rfm', 'predictions']);
  });

  it('writes down why a job failed and tries it again; the others are done', async () => {
    const { clock, make, rows } = await processes(({ job }) => ({
      done: job === 'rfm' ? Promise.reject(new RangeError('no such day')) : Promise.resolve(),
      stop: () => {},
    }));
    const one = make();
    expect(await one.round()).toEqual(['rfm', 'predictions']);
    expect((await rows()).get('rfm')).toMatchObject({ failure: 'RangeError: no such day', due_at: NOW + HOUR / 4 });
    expect((await rows()).get('predictions')).toMatchObject({ failure: null, due_at: NOW + 24 * HOUR });
    clock.now += HOUR / 4;
    expect(await one.round()).toEqual(['rfm']);
  });

  it('does again what was asked for while it was being done', async () => {
    let ask = async () => {};
    const { started, make } = await processes(() => ({ done: ask(), stop: () => {} }));
    ask = async () => {
      ask = () => Promise.resolve();
      await place.store.db.updateTable('score_jobs').set({ due_at: NOW }).where('name', '=', 'rfm').execute();
    };
    await make({ names: ['rfm'] }).round();
    expect(started).toHaveLength(2);
  });

  it('breaks a job off when the service stops, and leaves it due', async () => {
    const { started, make, rows } = await processes(() => {
      let stop = () => {};
      const done = new Promise<void>((resolve) => (stop = resolve));
      return { done, stop: () => stop() };
    });
    const one = make();
    one.start();
    await expect.poll(() => started.length).toBe(1);
    await one.stop();
    expect((await rows()).get('rfm')).toMatchObject({ due_at: NOW, lease_until: 0, finished_at: null });
    expect(started).toHaveLength(1);
  });

  it('runs jobs in threads, with a store of their own', async () => {
    const { make, rows } = await processes((task) => startJobInThread(task));
    expect(await make({ names: ['rfm'] }).round()).toEqual(['rfm']);
    expect((await rows()).get('rfm')).toMatchObject({ failure: null, finished_at: NOW });
  });

  it.each([
    ['throws', `throw new TypeError('out of sorts')`, 'TypeError: out of sorts'],
    ['exits', `process.exit(3)`, 'Error: The thread ended with code 3.'],
    ['needs too much memory', `const all = []; for (;;) all.push({ more: [all.length] })`, 'ERR_WORKER_OUT_OF_MEMORY'],
  ])('survives a thread that %s', async (_what, code, failure) => {
    const thread = join(tmpdir(), `thread-${dialect}-${process.pid}.mjs`);
    writeFileSync(thread, code);
    const { make, rows } = await processes((task) => startJobInThread(task, thread, { heapMb: 32, graceMs: 0 }));
    await make({ names: ['rfm'] }).round();
    expect((await rows()).get('rfm')?.failure).toContain(failure);
  });

  it('ends a thread that does not come to an end by itself', async () => {
    const thread = join(tmpdir(), `endless-${dialect}-${process.pid}.mjs`);
    writeFileSync(thread, `for (;;);`);
    place = await freshStore(dialect);
    const job = startJobInThread({ job: 'rfm', storeLocation: place.location, now: NOW, timeScale: 1 }, thread, {
      heapMb: 64,
      graceMs: 1,
    });
    job.stop();
    await expect(job.done).resolves.toBeUndefined();
  });
});

describe('the store of a job', () => {
  it('leaves SQLite to others for as long as it wrote, and PostgreSQL without a pause', async () => {
    for (const dialect of DIALECTS) {
      const place = await freshStore(dialect);
      const pauses: number[] = [];
      const store = pacedStore(place.store, (ms) => Promise.resolve(pauses.push(ms)));
      let tookAtLeast = 0;
      const answer = await store.transaction(async (trx) => {
        const begun = performance.now();
        await sql`select 1`.execute(trx);
        tookAtLeast = performance.now() - begun;
        return 'written';
      });
      expect(answer).toBe('written');
      expect(pauses).toHaveLength(dialect === 'sqlite' ? 1 : 0);
      for (const pause of pauses) expect(pause).toBeGreaterThanOrEqual(tookAtLeast);
      await place.remove();
    }
  });
});
