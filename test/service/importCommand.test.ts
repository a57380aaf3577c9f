/** `commerce-journeys import` as a process of its own: killed at any moment, and given files that are none. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { expect, inject, it } from 'vitest';
import { openStore } from '../../temporal/store/store.ts';
import { csv, expectedTotals, fileOf, folder, HEADER, totalsOf, type Line } from './importing.ts';
import { DIALECTS } from './stores.ts';

const CLI = fileURLToPath(new URL('../../temporal/cli.ts', import.meta.url));

function start(args: string[], databaseUrl: string | null) {
  const env = { ...process.env, JOURNEYS_DATA_DIR: folder, DATABASE_URL: databaseUrl ?? '', JOURNEYS_API_KEY: 'x' };
  const child = spawn(process.execPath, [CLI, 'import', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended };
}

it.each(DIALECTS)('survives being killed at any moment on %s, and adds up', async (dialect) => {
  const admin = dialect === 'postgres' ? openStore(inject('postgresUrl')) : null;
  const name = `import_${process.pid}`;
  if (admin) await sql.raw(`create database ${name}`).execute(admin.db);
  const url = admin ? Object.assign(new URL(inject('postgresUrl')), { pathname: `/${name}` }).href : null;
  const store = openStore(url ?? join(folder, 'journeys.sqlite'));
  await store.migrate();
  const lines = Array.from({ length: 40_000 }, (_, index): Line => ({
    customer: `c${(index * 7919) % 5000}`,
    order: `o${Math.floor(index / 3)}-${(index * 7919) % 5000}`,
    day: '2026-01-02',
    product: `p${index % 11}`,
    quantity: index % 17 === 0 ? -1 : 1,
    cents: (index % 17 === 0 ? -1 : 1) * (1 + (index % 997)),
  }));
  const file = fileOf(csv(lines));
  const args = ['orders', file, '--currency', 'EUR'];
  const rowsDone = async () =>
    (
      await store.db
        .selectFrom('imports')
        .select((row) => row.fn.max<number | null>('rows_done').as('n'))
        .executeTakeFirst()
    )?.n ?? 0;
  for (const upTo of [1, 15_000]) {
    const { child, ended } = start(args, url);
    while ((await rowsDone()) < upTo && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill('SIGKILL');
    await ended;
  }
  const between = await rowsDone();
  expect(between).toBeGreaterThan(0);
  const { code, stdout } = await start(args, url).ended;
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    rows: 40_000,
    imported: 40_000,
    resumedAfter: between < 40_000 ? between : 0,
  });
  expect(await totalsOf(store)).toEqual(expectedTotals(lines));
  await store.close();
  if (admin) {
    await sql.raw(`drop database ${name} with (force)`).execute(admin.db);
    await admin.close();
  }
});

it('says what is wrong with a file, and ends as a script expects', async () => {
  const missing = await start(['orders', join(folder, 'none.csv')], null).ended;
  expect(missing).toMatchObject({ code: 1, stdout: '' });
  expect(missing.stderr).toContain('there is no such file');
  expect((await start(['orders', fileOf('a,b\n1,2\n')], null).ended).stderr).toContain(
    'The header has no column for the customer (customer_id, email or phone)',
  );
  expect(await start(['orders', fileOf('')], null).ended).toMatchObject({ code: 1 });
  expect(await start(['parcels', fileOf('x')], null).ended).toMatchObject({ code: 2 });
  expect(await start(['orders', fileOf(HEADER), '--currency', 'Euro'], null).ended).toMatchObject({ code: 2 });
  expect(
    await start(['orders', fileOf(`${HEADER}\nc1,o1,never,p1,1,5\n`), '--currency', 'EUR'], null).ended,
  ).toMatchObject({ code: 1 });
  const some = await start(
    ['orders', fileOf(`${HEADER}\nc1,o1,never,p1,1,5\nc1,k2,2026-01-02,p1,1,5\n`), '--currency', 'EUR', '--dry-run'],
    null,
  ).ended;
  expect(some.code).toBe(0);
  expect(JSON.parse(some.stdout)).toMatchObject({ dryRun: true, rows: 2, imported: 1, rejected: 1 });
});
