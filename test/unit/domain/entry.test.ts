/** Entry rules, restarts and consent: small decisions that intake takes often. */
import { describe, expect, it } from 'vitest';
import { supersedes, type ConsentEntry } from '../../../temporal/domain/consent.ts';
import { decideEntry, workflowIdOf, type EntryCircumstances } from '../../../temporal/domain/entry.ts';
import type { JourneyDefinition } from '../../../temporal/domain/journey.ts';
import { restartedUntil } from '../../../temporal/domain/restart.ts';

const HOUR = 3600_000;
const journey: JourneyDefinition = {
  key: 'cart',
  name: 'Cart',
  entries: [],
  reentry: 'ignore',
  enterAgain: 'always',
  cooldownMs: 0,
  exits: [],
  priority: 0,
  maxEventAgeMs: 24 * HOUR,
};
const now = 1_000 * HOUR;
const usual: EntryCircumstances = {
  journey,
  published: true,
  paused: false,
  occurredAt: now,
  exitedSince: false,
  hasOrdered: false,
  hasBuyersFingerprint: false,
  isReplenishable: false,
  open: false,
  lastEnteredAt: null,
  now,
  timeScale: 1,
};
const decide = (changes: Partial<EntryCircumstances>, definition: Partial<JourneyDefinition> = {}) => {
  const decision = decideEntry({ ...usual, ...changes, journey: { ...journey, ...definition } });
  return decision.kind === 'skip' ? decision.reason : decision.kind;
};

describe('entry', () => {
  it('follows the rules of the trigger', () => {
    expect(decide({})).toBe('enter');
    expect(decide({ published: false, paused: true })).toBe('unpublished');
    expect(decide({ paused: true })).toBe('paused');
    expect(decide({ occurredAt: now - 24 * HOUR })).toBe('enter');
    expect(decide({ occurredAt: now - 24 * HOUR - 1 })).toBe('tooOld');
    // The age is real time, whatever the scale.
    expect(decide({ occurredAt: now - HOUR, timeScale: 3600 })).toBe('enter');
    expect(decide({ occurredAt: null })).toBe('enter');
    expect(decide({ exitedSince: true })).toBe('exitedSince');
    expect(decide({ open: true, lastEnteredAt: now - HOUR })).toBe('refresh');
    expect(decide({ open: true, lastEnteredAt: now - HOUR }, { reentry: 'restart' })).toBe('replace');
    expect(decide({ lastEnteredAt: now - HOUR }, { enterAgain: 'never' })).toBe('onlyOnce');
    expect(decide({ lastEnteredAt: now - HOUR }, { enterAgain: 'cooldown', cooldownMs: HOUR })).toBe('enter');
    expect(decide({ lastEnteredAt: now - HOUR + 1 }, { enterAgain: 'cooldown', cooldownMs: HOUR })).toBe('coolingDown');
    expect(decide({ lastEnteredAt: now - 1000, timeScale: 3600 }, { enterAgain: 'cooldown', cooldownMs: HOUR })).toBe(
      'enter',
    );
  });

  it('lets in whom the journey is for', () => {
    expect(decide({ hasOrdered: true }, { customers: 'withoutOrder' })).toBe('alreadyBuyer');
    expect(decide({ hasOrdered: false }, { customers: 'withoutOrder' })).toBe('enter');
    expect(decide({ hasOrdered: false }, { customers: 'withOrder' })).toBe('noBuyer');
    expect(decide({ hasOrdered: true }, { customers: 'withOrder' })).toBe('enter');
    expect(decide({ hasOrdered: true })).toBe('enter');
    // Of the same fingerprint: it withholds, and opens nothing (DESIGN section 5).
    expect(decide({ hasBuyersFingerprint: true }, { customers: 'withoutOrder' })).toBe('buyersFingerprint');
    expect(decide({ hasBuyersFingerprint: true }, { customers: 'withOrder' })).toBe('noBuyer');
    expect(decide({ hasBuyersFingerprint: true })).toBe('enter');
  });

  it('lets in products that run out, where the journey is for those alone', () => {
    expect(decide({ isReplenishable: false })).toBe('enter');
    expect(decide({ isReplenishable: false }, { onlyReplenishable: true })).toBe('notReplenishable');
    expect(decide({ isReplenishable: false, open: true }, { onlyReplenishable: true })).toBe('notReplenishable');
    expect(decide({ isReplenishable: true }, { onlyReplenishable: true })).toBe('enter');
  });

  it('has a workflow for each entry key', () => {
    expect([workflowIdOf('k', 'cus_1', ''), workflowIdOf('k', 'cus_1', '7')]).toEqual([
      'journey/k/cus_1',
      'journey/k/cus_1/7',
    ]);
  });
});

describe('restart of a wait', () => {
  const wait = (spec: object, segment = 1) =>
    restartedUntil({ spec: { restartable: true, ...spec } as never, segment, until: 5 }, 1000, 2000, 10);
  it('counts the first wait from the event, later ones from now, scaled', () => {
    expect(wait({ kind: 'duration', ms: 500 })).toBe(1050);
    expect(wait({ kind: 'duration', ms: 500 }, 2)).toBe(2050);
    expect(wait({ kind: 'duration', ms: 500, from: 'entry' }, 2)).toBe(1050);
    expect(wait({ kind: 'duration', ms: 500, from: '2026-11-22T10:00:00Z' })).toBe(5);
    expect(wait({ kind: 'event', events: [], maxMs: 500 })).toBe(1050);
    expect(wait({ kind: 'event', events: [], maxMs: null })).toBeNull();
    expect(wait({ kind: 'date', at: '' })).toBe(5);
    expect(wait({ kind: 'localTime', time: '09:00', weekdays: [] })).toBe(5);
  });
});

describe('consent', () => {
  const entry = (state: ConsentEntry['state'], at: number): ConsentEntry => ({ state, at, source: 's' });
  it('the later statement holds, of two at the same time the stricter', () => {
    expect(supersedes(entry('subscribed', 1), undefined)).toBe(true);
    expect(supersedes(entry('subscribed', 2), entry('unsubscribed', 1))).toBe(true);
    expect(supersedes(entry('unsubscribed', 1), entry('subscribed', 2))).toBe(false);
    expect(supersedes(entry('unsubscribed', 1), entry('subscribed', 1))).toBe(true);
    expect(supersedes(entry('subscribed', 1), entry('unsubscribed', 1))).toBe(false);
    expect(supersedes(entry('subscribed', 1), entry('subscribed', 1))).toBe(false);
  });
});
