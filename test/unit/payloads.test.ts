/** Real bodies and the canonical events that a right mapping makes of them: the shared set where it is there, and our own. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isSignedByShop } from '../../temporal/domain/webhookSignature.ts';
import { deviations, type Payload } from './payloads/expectations.ts';

const OWN = join(import.meta.dirname, 'payloads');
const SHARED = process.env['PAYLOADS_DIR'] || join(import.meta.dirname, '../../../shared/payloads');
const sets = [OWN, ...(existsSync(join(SHARED, 'index.json')) ? [SHARED] : [])];

describe.each(sets)('payloads in %s', (folder) => {
  const payloads = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as Payload[];
  it.each(payloads.map((payload) => [payload.file, payload] as const))('%s', (file, payload) => {
    expect(deviations(payload, readFileSync(join(folder, file)))).toEqual([]);
  });

  const signatures = JSON.parse(readFileSync(join(folder, 'signatures.json'), 'utf8')) as Signature[];
  it.each(signatures.map((signature) => [signature.note, signature] as const))(
    'signature: %s',
    (_note, { body, hmac, secret, valid }) => {
      expect(isSignedByShop(Buffer.from(body), hmac, [secret])).toBe(valid);
    },
  );

  const signed = payloads.filter(({ signature }) => signature !== undefined);
  it('takes the signature of every body, and of no body with one byte more', () => {
    expect(signed).not.toEqual([]);
    for (const { file, signature } of signed) {
      const { secret = '', value = '' } = signature ?? {};
      const body = readFileSync(join(folder, file));
      expect([file, isSignedByShop(body, value, [secret])]).toEqual([file, true]);
      expect([file, isSignedByShop(Buffer.concat([body, Buffer.from(' ')]), value, [secret])]).toEqual([file, false]);
    }
  });
});

interface Signature {
  note: string;
  secret: string;
  body: string;
  hmac: string;
  valid: boolean;
}
