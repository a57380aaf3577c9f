/** Real bodies and the canonical events that a right mapping makes of them: the shared set where it is there, and our own. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deviations, type Payload } from './payloads/expectations.ts';

const OWN = join(import.meta.dirname, 'payloads');
const SHARED = process.env['PAYLOADS_DIR'] ?? join(import.meta.dirname, '../../../shared/payloads');
const sets = [OWN, ...(existsSync(join(SHARED, 'index.json')) ? [SHARED] : [])];

describe.each(sets)('payloads in %s', (folder) => {
  const payloads = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as Payload[];
  it.each(payloads.map((payload) => [payload.file, payload] as const))('%s', (file, payload) => {
    expect(deviations(payload, readFileSync(join(folder, file)))).toEqual([]);
  });
});
