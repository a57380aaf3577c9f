/** Checks that know what a message means: tracks, stock, priority, promo pause, open tickets, the sunset rule, SMS about abandonments. */
import { describe, expect, it } from 'vitest';
import { abandonmentOf } from '../../../../temporal/domain/gate/abandonmentSmsCheck.ts';
import { newestOpenTicket } from '../../../../temporal/domain/gate/openTicketCheck.ts';
import type { Attempt } from '../../../../temporal/domain/gate/frequencyCheck.ts';
import { decideSend, type SendFacts } from '../../../../temporal/domain/gate/sendGate.ts';
import { urgencyOf } from '../../../../temporal/domain/gate/urgency.ts';
import type { MessageTrack, Track } from '../../../../temporal/domain/tracks.ts';
import { DAY, FINE, HOUR, NOW, reasonsOf, RULES } from './facts.ts';

describe('preference tracks', () => {
  // FEATURES 26: product-only notes and a local-events track are subjects, low-frequency is a measure.
  it.each<[Track[], MessageTrack, boolean]>([
    [[], 'general', true],
    [[], 'local_events', true],
    [['low_frequency'], 'general', true],
    [['product_news'], 'product_news', true],
    [['product_news'], 'general', false],
    [['product_news'], 'local_events', false],
    [['product_news', 'local_events'], 'local_events', true],
    [['product_news', 'local_events'], 'general', false],
    [['low_frequency', 'product_news'], 'product_news', true],
    [['low_frequency', 'product_news'], 'general', false],
  ])('%j: a message about %s passes: %s', (tracks, track, passes) => {
    expect(reasonsOf({ tracks, track })).toEqual(passes ? [] : ['wrong_track']);
  });

  it('are not asked by transactional messages', () => {
    expect(reasonsOf({ tracks: ['local_events'], category: 'transactional' })).toEqual([]);
  });
});

describe('stock of the products that a message is about', () => {
  it('holds back what has nothing left to offer', () => {
    expect(reasonsOf({ availabilities: [] })).toEqual([]);
    expect(reasonsOf({ availabilities: ['out_of_stock'] })).toEqual(['out_of_stock']);
    expect(reasonsOf({ availabilities: ['out_of_stock', 'gone'] })).toEqual(['out_of_stock']);
    for (const there of ['in_stock', 'backorder', 'unknown'] as const) {
      expect(reasonsOf({ availabilities: [there] })).toEqual([]);
      expect(reasonsOf({ availabilities: ['out_of_stock', there] })).toEqual([]);
    }
  });
});

describe('priority among journeys', () => {
  const [checkout, cart, browse] = (['checkout', 'cart', 'browse'] as const).map((urgency) => ({
    priority: 0,
    urgency,
  }));
  const welcome = { priority: 0, urgency: null };

  it('is checkout, cart, browse', () => {
    const all = [checkout, cart, browse].flatMap((rank) => rank ?? []);
    const held = all.map((rank) => reasonsOf({ rank, otherRanks: all.filter((other) => other !== rank) }).join());
    expect(held).toEqual(['', 'priority_journey', 'priority_journey']);
  });

  it('is that of the trigger first', () => {
    const important = { priority: 5, urgency: 'browse' as const };
    expect(reasonsOf({ rank: important, otherRanks: [checkout ?? welcome] })).toEqual([]);
    expect(reasonsOf({ rank: checkout ?? null, otherRanks: [important] })).toEqual(['priority_journey']);
    expect(reasonsOf({ rank: { priority: -1, urgency: 'checkout' }, otherRanks: [cart ?? welcome] })).toEqual([
      'priority_journey',
    ]);
  });

  it('holds nobody up among equals', () => {
    expect(reasonsOf({ rank: cart ?? null, otherRanks: [{ priority: 0, urgency: 'cart' }] })).toEqual([]);
    expect(reasonsOf({ rank: cart ?? null, otherRanks: [] })).toEqual([]);
  });

  it('leaves out what is no abandonment, unless its priority was set', () => {
    const template = { priority: 20, urgency: 'cart' as const };
    expect(reasonsOf({ rank: welcome, otherRanks: [template] })).toEqual([]);
    expect(reasonsOf({ rank: { priority: -5, urgency: 'browse' }, otherRanks: [welcome] })).toEqual([]);
    expect(reasonsOf({ rank: { priority: 5, urgency: null }, otherRanks: [template] })).toEqual(['priority_journey']);
    expect(reasonsOf({ rank: template, otherRanks: [{ priority: 30, urgency: null }] })).toEqual(['priority_journey']);
    expect(reasonsOf({ rank: { priority: 20, urgency: null }, otherRanks: [template] })).toEqual([]);
  });

  it('does not concern messages outside of journeys', () => {
    expect(reasonsOf({ rank: null, otherRanks: [checkout ?? welcome] })).toEqual([]);
  });

  it('goes by the event that began the run', () => {
    expect(['started_checkout', 'added_to_cart', 'wishlisted', 'searched', 'viewed_page'].map(urgencyOf)).toEqual([
      'checkout',
      'cart',
      'browse',
      'browse',
      'browse',
    ]);
    expect(['completed_purchase', 'subscribed', 'manual', 'custom:x'].map(urgencyOf)).toEqual([null, null, null, null]);
  });
});

describe('promo pause', () => {
  it('lasts as long as the policy says, after the purchase', () => {
    // CONTRACT 3: P3D by default.
    expect(reasonsOf({ paidSocialPurchaseAt: NOW - 3 * DAY + 1 })).toEqual(['promo_pause']);
    expect(reasonsOf({ paidSocialPurchaseAt: NOW - 3 * DAY })).toEqual([]);
    const twoDays = { promoPause: { after: 'paid_social' as const, window: 'P2D' } };
    expect(reasonsOf({ paidSocialPurchaseAt: NOW - 2 * DAY }, twoDays)).toEqual([]);
    expect(reasonsOf({ paidSocialPurchaseAt: NOW }, { promoPause: null })).toEqual([]);
    expect(reasonsOf({ paidSocialPurchaseAt: NOW, category: 'transactional' })).toEqual([]);
    expect(reasonsOf({ paidSocialPurchaseAt: NOW - 3 * HOUR }, {}, 24)).toEqual([]);
  });
});

describe('an open ticket', () => {
  const opened = (at: number, ticketId: string | null = null) => ({ type: 'opened_ticket', at, ticketId });
  const closed = (at: number, ticketId: string | null = null) => ({ type: 'custom:closed_ticket', at, ticketId });

  it('is one that nothing has closed since', () => {
    expect(newestOpenTicket([])).toBeNull();
    expect(newestOpenTicket([opened(1), opened(3)])).toBe(3);
    expect(newestOpenTicket([closed(2), opened(1)])).toBeNull();
    expect(newestOpenTicket([closed(2), opened(3)])).toBe(3);
    expect(newestOpenTicket([opened(1, 'a'), opened(2, 'b'), closed(3, 'b')])).toBe(1);
    expect(newestOpenTicket([opened(1, 'a'), opened(2, 'b'), closed(3)])).toBeNull();
    expect(newestOpenTicket([opened(1), closed(3, 'b')])).toBeNull();
  });

  it('puts promotions off for a day at a time, until the policy’s time is over; service messages pass', () => {
    const decided = (facts: Partial<SendFacts>, timeScale = 1) =>
      decideSend({ ...FINE, ...facts }, { ...RULES, timeScale });
    const deferred = (until: number) => ({ decision: 'defer', reasons: ['open_ticket'], until });
    expect(decided({ ticketOpenedAt: NOW - DAY })).toEqual(deferred(NOW + DAY));
    expect(decided({ ticketOpenedAt: NOW - 13.5 * DAY })).toEqual(deferred(NOW + DAY / 2));
    expect(decided({ ticketOpenedAt: NOW - HOUR }, 24)).toEqual(deferred(NOW + HOUR));
    expect(reasonsOf({ ticketOpenedAt: NOW - 14 * DAY })).toEqual([]);
    expect(reasonsOf({ ticketOpenedAt: NOW }, { openTicket: null })).toEqual([]);
    expect(reasonsOf({ ticketOpenedAt: NOW, category: 'transactional' })).toEqual([]);
    expect(reasonsOf({ ticketOpenedAt: NOW - DAY }, { openTicket: { window: 'PT23H' } })).toEqual([]);
  });
});

describe('the sunset rule', () => {
  const nothing = { lastSign: null, lastOrderAt: null, calledDisengagedAt: null };
  const ignoredSince = NOW - 180 * DAY;

  it('needs messages that were ignored for long, and no sign of life', () => {
    expect(reasonsOf({ signs: nothing, ignoredSince })).toEqual(['disengaged']);
    expect(reasonsOf({ signs: { ...nothing, lastSign: NOW - 400 * DAY }, ignoredSince })).toEqual(['disengaged']);
    expect(reasonsOf({ signs: nothing, ignoredSince: null })).toEqual([]);
    expect(reasonsOf({ signs: nothing, ignoredSince: ignoredSince + 1 })).toEqual([]);
    expect(reasonsOf({ signs: { ...nothing, lastSign: NOW - 179 * DAY }, ignoredSince })).toEqual([]);
    expect(reasonsOf({ signs: { ...nothing, lastOrderAt: NOW - 364 * DAY }, ignoredSince })).toEqual([]);
    expect(reasonsOf({ signs: { ...nothing, lastOrderAt: NOW - 365 * DAY }, ignoredSince })).toEqual(['disengaged']);
    expect(reasonsOf({ signs: nothing, ignoredSince, channel: 'push', address: 'token' })).toEqual(['disengaged']);
    expect(reasonsOf({ signs: nothing, ignoredSince, category: 'transactional' })).toEqual([]);
    expect(reasonsOf({ signs: nothing, ignoredSince }, { disengaged: null })).toEqual([]);
  });

  it('does not judge channels on which reading is not seen', () => {
    for (const channel of ['sms', 'whatsapp'] as const) {
      expect(reasonsOf({ channel, address: '+436601234567', signs: nothing, ignoredSince })).not.toContain(
        'disengaged',
      );
    }
  });

  it('holds whoever was called disengaged until the next sign', () => {
    const called = { ...nothing, calledDisengagedAt: NOW - DAY };
    expect(reasonsOf({ signs: called })).toEqual(['disengaged']);
    expect(reasonsOf({ signs: called }, { disengaged: null })).toEqual(['disengaged']);
    expect(reasonsOf({ signs: { ...called, lastSign: NOW - 2 * DAY } })).toEqual(['disengaged']);
    expect(reasonsOf({ signs: { ...called, lastSign: NOW - HOUR } })).toEqual([]);
    expect(reasonsOf({ signs: { ...called, lastOrderAt: NOW - HOUR } })).toEqual([]);
  });
});

describe('SMS about an abandonment', () => {
  const sms = { channel: 'sms' as const, address: '+436601234567' };
  const abandonment = { keys: ['event/e1', 'cart/c1'], occurredAt: NOW - HOUR };
  const limitIn = (...args: Parameters<typeof reasonsOf>) => reasonsOf(...args).includes('abandonment_sms_limit');

  const sent = (...abandonmentKeys: string[]): Attempt => ({
    ...{ sendId: 's1', channel: 'sms', at: NOW - HOUR, abandonmentKeys },
  });

  it('is one for each event, within 48 hours of it', () => {
    expect(limitIn({ ...sms, abandonment })).toBe(false);
    expect(limitIn({ ...sms, abandonment, attempts: [sent('cart/c1')] })).toBe(true);
    expect(limitIn({ ...sms, abandonment, attempts: [sent('event/e1')] })).toBe(true);
    expect(limitIn({ ...sms, abandonment, attempts: [sent('cart/c2')] })).toBe(false);
    expect(limitIn({ ...sms, abandonment, attempts: [sent()] })).toBe(false);
    expect(limitIn({ ...sms, abandonment, attempts: [{ ...sent('cart/c1'), at: NOW - 48 * HOUR }] })).toBe(false);
    expect(limitIn({ ...sms, abandonment, attempts: [{ ...sent('cart/c1'), channel: 'whatsapp' }] })).toBe(false);
    expect(limitIn({ ...sms, abandonment: { ...abandonment, occurredAt: NOW - 48 * HOUR + 1 } })).toBe(false);
    expect(limitIn({ ...sms, abandonment: { ...abandonment, occurredAt: NOW - 48 * HOUR } })).toBe(true);
  });

  it('is as many as the policy says', () => {
    const attempts = [sent('cart/c1')];
    const two = { abandonmentSms: { perEvent: 2, window: 'PT48H' } };
    expect(limitIn({ ...sms, abandonment, attempts }, two)).toBe(false);
    expect(limitIn({ ...sms, abandonment, attempts: [...attempts, sent('event/e1')] }, two)).toBe(true);
    expect(limitIn({ ...sms, abandonment, attempts }, { abandonmentSms: null })).toBe(false);
    expect(limitIn({ ...sms, abandonment: null, attempts })).toBe(false);
  });

  it('knows the abandonment by its event, cart and checkout', () => {
    const run = (entry: object) => abandonmentOf({ entry_json: JSON.stringify(entry), entry_occurred_at: NOW });
    const properties = { cartId: 'c1', checkoutId: 'k1' };
    expect(run({ type: 'started_checkout', eventId: 'e1', properties })).toEqual({
      keys: ['event/e1', 'cart/c1', 'checkout/k1'],
      occurredAt: NOW,
    });
    expect(run({ type: 'viewed_product', eventId: 'e1', properties: {} })?.keys).toEqual(['event/e1']);
    expect(run({ type: 'completed_purchase', eventId: 'e1', properties })).toBeNull();
    expect(run({ type: 'manual', properties: {} })).toBeNull();
  });
});
