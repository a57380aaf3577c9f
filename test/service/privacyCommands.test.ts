/** `commerce-journeys export` and `erase`, on a store that `import` has filled. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const CLI = join(import.meta.dirname, '../../temporal/cli.ts');
const folder = mkdtempSync(join(tmpdir(), 'journeys-privacy-'));

function run(args: string[], input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    input,
    encoding: 'utf8',
    env: { ...process.env, DATABASE_URL: '', JOURNEYS_DATA_DIR: folder },
  });
  return { status, stdout, stderr };
}

beforeAll(() => {
  const customers =
    'customer_id,email,phone,first_name\n42,Ada@Example.com,+436601234567,Ada-1815\n43,bo@example.com,,Bo\n';
  expect(run(['import', 'customers', '-'], customers)).toMatchObject({ status: 0 });
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('exports and erases by an identifier or the id', { timeout: 60_000 }, () => {
  const exported = run(['export', 'email= ada@example.com']);
  expect(exported.status).toBe(0);
  const { customer, data } = JSON.parse(exported.stdout) as {
    customer: { id: string };
    data: { identifiers: { value: string }[]; audit: { action: string }[] };
  };
  expect(data.identifiers.map(({ value }) => value)).toEqual(
    expect.arrayContaining(['42', 'ada@example.com', '+436601234567']),
  );
  const again = run(['export', customer.id]);
  expect(JSON.parse(again.stdout)).toMatchObject({ data: { audit: [{ actor: 'cli', action: 'customer.exported' }] } });

  expect(run(['erase', 'externalId=42'])).toMatchObject({ status: 0, stdout: `{"erased":"${customer.id}"}\n` });
  expect(readFileSync(join(folder, 'journeys.sqlite')).includes('Ada-1815')).toBe(false);
  expect(run(['export', customer.id])).toMatchObject({ status: 1, stdout: '' });
  expect(run(['export', 'phone=+436601234567']).status).toBe(1);
  expect(run(['export', 'email=bo@example.com']).status).toBe(0);
});

it('says what it needs', { timeout: 60_000 }, () => {
  expect(run(['erase'])).toMatchObject({ status: 2, stdout: '' });
  const nobody = run(['erase', 'email=nobody@example.com']);
  expect(nobody).toMatchObject({ status: 1, stdout: '' });
  // It may stand in a log: without the address.
  expect(nobody.stderr).toBe('There is no customer with this identifier.\n');
  expect(run(['erase', 'email=nobody']).stderr).toContain('email is not an e-mail address');
});
