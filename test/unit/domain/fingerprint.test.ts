/** Fingerprints: kept of people who have agreed, naming nobody (DESIGN section 5). */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseEvent } from '../../../temporal/domain/eventParsing.ts';
import { fingerprintHash } from '../../../temporal/domain/fingerprint.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const parsed = (identity: object, properties: object = {}) =>
  parseEvent({ id: 'e', type: 'viewed_page', occurredAt: '2026-11-22T11:00:00Z', identity, properties }, NOW);

describe('the fingerprint of an event', () => {
  const identity = { deviceId: 'd', fingerprint: ' fp-1 ' };

  it('is no part of the event, with or without consent', () => {
    for (const properties of [{}, { fingerprintConsent: true }, { fingerprintConsent: false }]) {
      expect(parsed(identity, properties)).toMatchObject({ event: { identity: { deviceId: 'd' } } });
      expect(JSON.stringify((parsed(identity, properties) as { event: object }).event)).not.toContain('fp-1');
    }
  });

  it('is taken from people who have agreed only', () => {
    expect(parsed(identity, { fingerprintConsent: true })).toMatchObject({ fingerprint: 'fp-1' });
    expect(parsed(identity, { fingerprintConsent: false })).toMatchObject({ fingerprint: null });
    for (const properties of [{}, { fingerprintConsent: null }]) {
      expect(parsed(identity, properties)).not.toHaveProperty('fingerprint');
    }
    expect(parsed({ deviceId: 'd' }, { fingerprintConsent: true })).not.toHaveProperty('fingerprint');
  });

  it('names nobody by itself', () => {
    for (const properties of [{}, { fingerprintConsent: true }]) {
      const problem = parsed({ fingerprint: 'fp-1' }, properties);
      expect(problem).toMatchObject({ path: '/identity' });
      expect(problem).toMatchObject({ message: expect.stringContaining('a fingerprint is no identifier') });
    }
  });

  it.each([
    [{ fingerprintConsent: 'yes' }, 'fp', '/properties/fingerprintConsent'],
    [{ fingerprintConsent: 1 }, 'fp', '/properties/fingerprintConsent'],
    [{ fingerprintConsent: true }, { a: 1 }, '/identity/fingerprint'],
    [{ fingerprintConsent: true }, 'x'.repeat(501), '/identity/fingerprint'],
    [{ fingerprintConsent: true }, 'a\0b', '/identity/fingerprint'],
  ])('is refused: %j', (properties, fingerprint, path) => {
    expect(parsed({ deviceId: 'd', fingerprint }, properties)).toMatchObject({ path });
  });

  it('is hashed with the key of the store', () => {
    const key = randomBytes(32);
    expect(fingerprintHash(key, 'fp-1')).toBe(fingerprintHash(key, 'fp-1'));
    expect(fingerprintHash(key, 'fp-1')).not.toBe(fingerprintHash(key, 'fp-2'));
    expect(fingerprintHash(key, 'fp-1')).not.toBe(fingerprintHash(randomBytes(32), 'fp-1'));
    expect(fingerprintHash(key, 'fp-1')).toMatch(/^[\w-]{43}$/);
  });
});
