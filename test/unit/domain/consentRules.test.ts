/** Small rules about consent: keywords, durations, languages, masks, and how a request to confirm stands. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONSENT_STATES } from '../../../temporal/domain/event.ts';
import { supersedes, type ConsentEntry } from '../../../temporal/domain/consent.ts';
import { readDuration } from '../../../temporal/domain/isoDuration.ts';
import { languageFor } from '../../../temporal/domain/language.ts';
import { lastDigits, maskedEmail } from '../../../temporal/domain/maskedAddress.ts';
import { optInState, type OptInTimes } from '../../../temporal/domain/optIn.ts';
import { smsKeyword } from '../../../temporal/domain/smsKeywords.ts';
import { sortedTracks, TRACKS, tracksOf } from '../../../temporal/domain/tracks.ts';

describe('keywords of text messages', () => {
  // Twilio's defaults: https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out
  it.each(['STOP', 'UNSUBSCRIBE', 'END', 'QUIT', 'STOPALL', 'REVOKE', 'OPTOUT', 'CANCEL'])('%s stops', (word) => {
    expect(smsKeyword(word)).toBe('stop');
    expect(smsKeyword(` ${word.toLowerCase()}!\n`)).toBe('stop');
  });
  it.each([
    ['ＳＴＯＰ', 'stop'],
    ['"Stop."', 'stop'],
    ['STOP 🛑', 'stop'],
    ['Opt-Out', 'stop'],
    ['opt out', 'stop'],
    ['Stop  all', 'stop'],
    ['arrêt', 'stop'],
    ['arre\u0302t', 'stop'],
    ['Abmelden', 'stop'],
    ['kündigen', 'stop'],
    ['start', 'start'],
    ['UNSTOP', 'start'],
    ['Yes', 'yes'],
    ['ja!', 'yes'],
    ['help', 'help'],
    ['INFO?', 'help'],
    ['Hilfe', 'help'],
    ['Stop please', 'other'],
    ['do not stop', 'other'],
    ['stopping by', 'other'],
    ['S T O P', 'other'],
    ['', 'other'],
    ['🛑', 'other'],
  ])('%j is %s', (text, keyword) => expect(smsKeyword(text)).toBe(keyword));
});

describe('durations', () => {
  it.each([
    ['P7D', 604_800_000],
    ['PT36H', 129_600_000],
    ['P1W', 604_800_000],
    ['P1DT1H30M', 91_800_000],
    ['pt0.5s', 500],
  ])('%s is %d ms', (text, ms) => expect(readDuration(text)).toBe(ms));
  it.each(['', 'P', 'PT', 'P1DT', 'P1M', 'P1Y', 'PT0S', 'P9999W', '7', 'P-1D'])('%j is none', (text) => {
    expect(readDuration(text)).toBeNull();
  });
});

describe('languages', () => {
  it.each([
    ['de', undefined, 'de'],
    ['de-AT', 'en', 'de'],
    ['DE_ch', 'en', 'de'],
    ['en-GB', 'de', 'en'],
    ['fr', 'de-AT, en;q=0.7', 'de'],
    [undefined, 'en;q=0.7, de', 'de'],
    [undefined, 'fr, de;q=0.1, en;q=0.5', 'en'],
    [undefined, 'de;q=0, *', 'en'],
    [42, '', 'en'],
    [undefined, undefined, 'en'],
  ])('%s with %s is %s', (own, accepted, language) => expect(languageFor(own, accepted)).toBe(language));
});

describe('addresses on pages', () => {
  it('show enough to recognise one’s own', () => {
    expect(maskedEmail('ada@example.com')).toBe('a***@example.com');
    expect(maskedEmail('a@example.com')).toBe('a***@example.com');
    expect(lastDigits('+436601234567')).toBe('67');
  });
});

describe('a request to confirm', () => {
  const request: OptInTimes = { state: 'pending', createdAt: 1000, expiresAt: 2000 };
  const said = (state: ConsentEntry['state'], at: number): ConsentEntry => ({ state, source: 'x', at });
  it.each<[OptInTimes, ConsentEntry | undefined, number, string]>([
    [request, undefined, 1999, 'pending'],
    [request, undefined, 2000, 'expired'],
    [request, said('unsubscribed', 999), 1500, 'pending'],
    [request, said('unsubscribed', 1000), 1500, 'superseded'],
    [request, said('subscribed', 1200), 1500, 'pending'],
    [{ ...request, state: 'confirmed' }, said('unsubscribed', 1200), 3000, 'confirmed'],
  ])('%j with %j at %d is %s', (one, consent, now, state) => expect(optInState(one, consent, now)).toBe(state));
});

describe('consent', () => {
  const entries = fc.array(
    fc.record({
      state: fc.constantFrom(...CONSENT_STATES),
      source: fc.constant('x'),
      at: fc.integer({ min: 0, max: 5 }),
    }),
    { minLength: 1, maxLength: 8 },
  );
  const outcome = (statements: ConsentEntry[]) =>
    statements.reduce<ConsentEntry | undefined>((known, next) => (supersedes(next, known) ? next : known), undefined);

  it('comes out the same in whatever order statements arrive, and never against the last one', () => {
    fc.assert(
      fc.property(entries, fc.func(fc.integer()), (statements, order) => {
        const shuffled = [...statements].sort((a, b) => order(a) - order(b));
        const result = outcome(statements);
        expect(outcome(shuffled)).toEqual(result);
        const last = Math.max(...statements.map(({ at }) => at));
        const optedOutLast = statements.some(({ at, state }) => at === last && state === 'unsubscribed');
        if (optedOutLast) expect(result?.state).toBe('unsubscribed');
      }),
    );
  });
});

describe('tracks', () => {
  it('are each there once, in one order, whatever was stored', () => {
    expect(sortedTracks(['local_events', 'low_frequency', 'local_events'])).toEqual(['low_frequency', 'local_events']);
    expect(tracksOf('["product_news","gone"]')).toEqual(['product_news']);
    expect(sortedTracks(TRACKS)).toEqual([...TRACKS]);
  });
});
