/** The send gate: every reason, all reasons at once, what transactional messages skip, what only defers. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SEND_REASONS } from '../../../temporal/domain/gate/objection.ts';
import { decideSend as decide, type SendFacts } from '../../../temporal/domain/gate/sendGate.ts';
import {
  isBadAddress,
  isKeyFree,
  repeatedInRun,
  reportedStatus,
  SEND_STATUSES,
} from '../../../temporal/domain/sendStatus.ts';
import { FINE as fine, RULES } from './gate/facts.ts';

const decideSend = (facts: SendFacts) => decide(facts, RULES);

describe('the gate', () => {
  it('lets a message out that nothing speaks against', () => {
    expect(decideSend(fine)).toEqual({ decision: 'send', reasons: [], until: null });
  });

  it.each<[Partial<SendFacts>, string]>([
    [{ goalReached: true }, 'goal_reached'],
    [{ alreadySent: true }, 'already_sent'],
    [{ address: null }, 'no_address'],
    [{ address: ' ' }, 'no_address'],
    [{ address: 'ada@example' }, 'invalid_address'],
    [{ channel: 'sms', address: '0660 1234567' }, 'invalid_address'],
    [{ suppressed: ['bounced'] }, 'bounced'],
    [{ suppressed: ['complained'] }, 'complained'],
    [{ consent: null }, 'no_consent'],
    [{ consent: 'never' }, 'no_consent'],
    [{ consent: 'unsubscribed' }, 'unsubscribed'],
    [{ erased: true }, 'erased'],
  ])('%j is suppressed for %s', (facts, reason) => {
    expect(decideSend({ ...fine, ...facts })).toEqual({ decision: 'suppress', reasons: [reason], until: null });
  });

  it('only defers while the journey is paused', () => {
    expect(decideSend({ ...fine, pausedUntil: 99 })).toEqual({ decision: 'defer', reasons: ['paused'], until: 99 });
    expect(decideSend({ ...fine, pausedUntil: 99, consent: null })).toEqual({
      decision: 'suppress',
      reasons: ['no_consent', 'paused'],
      until: null,
    });
  });

  it('asks transactional messages for no consent, but for all else', () => {
    const transactional: SendFacts = { ...fine, category: 'transactional', consent: 'unsubscribed' };
    expect(decideSend(transactional).decision).toBe('send');
    expect(decideSend({ ...transactional, suppressed: ['bounced'], goalReached: true }).reasons).toEqual([
      'goal_reached',
      'bounced',
    ]);
  });

  it('gives all reasons, in the order of the checks, each once', () => {
    const facts = fc.record({
      category: fc.constantFrom('marketing' as const, 'transactional' as const),
      goalReached: fc.boolean(),
      alreadySent: fc.boolean(),
      address: fc.constantFrom(null, 'ada@example.com', 'nonsense'),
      suppressed: fc.subarray(['bounced', 'complained']),
      consent: fc.constantFrom(null, 'never' as const, 'subscribed' as const, 'unsubscribed' as const),
      erased: fc.boolean(),
      pausedUntil: fc.constantFrom(null, 5),
    });
    fc.assert(
      fc.property(facts, (given) => {
        const { decision, reasons, until } = decideSend({ ...fine, ...given });
        const order = reasons.map((reason) => SEND_REASONS.indexOf(reason));
        expect(order).toEqual([...new Set(order)].sort((a, b) => a - b));
        expect(decision === 'send').toBe(reasons.length === 0);
        expect(decision === 'defer').toBe(until !== null);
        expect(decision === 'defer').toBe(reasons.join() === 'paused');
      }),
    );
  });
});

describe('the same send again', () => {
  const send = (status: (typeof SEND_STATUSES)[number], permanent = false) => ({
    decision: 'send' as const,
    status,
    permanent,
    isVoid: false,
  });

  it('in a run: a claim that never started, a deferral and a passing failure are decided anew', () => {
    expect(repeatedInRun(send('claimed'))).toEqual({ kind: 'again' });
    expect(repeatedInRun(send('failed'))).toEqual({ kind: 'again' });
    expect(repeatedInRun({ decision: 'defer', status: null, permanent: false, isVoid: false })).toEqual({
      kind: 'again',
    });
    expect(repeatedInRun({ decision: 'suppress', status: null, permanent: false, isVoid: false })).toEqual({
      kind: 'replay',
      status: null,
    });
    expect(repeatedInRun(send('started'))).toEqual({ kind: 'replay', status: 'unknown' });
    expect(repeatedInRun(send('failed', true))).toEqual({ kind: 'replay', status: 'failed' });
    for (const status of ['sent', 'unknown', 'delivered', 'bounced', 'complained'] as const) {
      expect(repeatedInRun(send(status))).toEqual({ kind: 'replay', status });
    }
  });

  it('by a key: only what certainly did not go out frees it', () => {
    expect(SEND_STATUSES.filter((status) => isKeyFree(send(status)))).toEqual(['failed']);
    expect(isKeyFree(send('failed', true))).toBe(false);
    expect(isKeyFree({ decision: 'suppress', status: null, permanent: false, isVoid: false })).toBe(true);
  });

  it('reports only ever add knowledge', () => {
    expect(reportedStatus('started', 'sent')).toBe('sent');
    expect(reportedStatus('unknown', 'sent')).toBe('sent');
    expect(reportedStatus('sent', 'sent')).toBeNull();
    expect(reportedStatus('sent', 'failed')).toBeNull();
    expect(reportedStatus('failed', 'unknown')).toBeNull();
    expect(reportedStatus('delivered', 'unknown')).toBeNull();
    expect(reportedStatus('bounced', 'sent')).toBeNull();
  });

  it('knows a bad address by its enhanced status code', () => {
    expect(isBadAddress('email', 'failed', true, '550 5.1.1 no such user')).toBe(true);
    expect(isBadAddress('email', 'failed', true, '550 5.7.1 blocked')).toBe(false);
    expect(isBadAddress('email', 'failed', false, '450 4.1.1 later; 5.1.1')).toBe(false);
    expect(isBadAddress('sms', 'failed', true, '5.1.1')).toBe(false);
  });
});
