/** What people like, rule by rule: messages, prices, hours, categories. Expected values by hand; properties for what has to hold always. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { affinityOf, HabitsLearner, type Evidence } from '../../../../temporal/domain/affinity/affinities.ts';
import {
  categoryInterests,
  INTEREST_WEIGHTS,
  type Interest,
  type InterestSign,
} from '../../../../temporal/domain/affinity/categoryInterest.ts';
import {
  channelAffinity,
  channelEvidence,
  type ReceivedMessage,
  type ShopChannels,
} from '../../../../temporal/domain/affinity/channelAffinity.ts';
import { broughtBy } from '../../../../temporal/domain/affinity/lastTouch.ts';
import { LocalTimes } from '../../../../temporal/domain/affinity/localTimes.ts';
import {
  HOURS,
  hourEvidence,
  HoursLearner,
  preferredHour,
} from '../../../../temporal/domain/affinity/preferredHour.ts';
import {
  priceEvidence,
  priceSensitivity,
  type PricedOrder,
} from '../../../../temporal/domain/affinity/priceSensitivity.ts';
import { CHANNELS } from '../../../../temporal/domain/event.ts';
import { DEFAULT_WINDOWS, windowLengths } from '../../../../temporal/domain/reports/attribution.ts';

const HOUR = 3600_000;
const DAY = 24 * HOUR;
const NOW = Date.parse('2026-11-22T12:00:00Z');
const WINDOWS = windowLengths(DEFAULT_WINDOWS, 1);

let count = 0;
const message = (more: Partial<ReceivedMessage> = {}): ReceivedMessage => ({
  id: `m${count++}`,
  channel: 'email',
  createdAt: NOW - 10 * DAY,
  deliveredAt: NOW - 10 * DAY,
  openedAt: null,
  clickedAt: null,
  isMarketing: true,
  hasArrived: true,
  isComplained: false,
  ...more,
});
const shopOf = (mean: number | null, strength = 10): ShopChannels =>
  Object.fromEntries(
    CHANNELS.map((channel) => [channel, { mean, strength, customers: 100, observations: 1000 }]),
  ) as ShopChannels;

describe('the message that has brought an order', () => {
  const at = (hours: number) => NOW - 10 * DAY + hours * HOUR;

  it('is the one touched last before it, of those whose window was open', () => {
    const opened = message({ openedAt: at(1) });
    const clicked = message({ openedAt: at(2), clickedAt: at(3) });
    expect(broughtBy(at(4), [opened, clicked], WINDOWS)).toBe(clicked);
    expect(broughtBy(at(2.5), [clicked, opened], WINDOWS)).toBe(clicked);
    expect(broughtBy(at(1.5), [clicked, opened], WINDOWS)).toBe(opened);
    expect(broughtBy(at(0.5), [clicked, opened], WINDOWS)).toBeNull();
    // Five days after it went out.
    expect(broughtBy(at(120), [opened, clicked], WINDOWS)).toBe(clicked);
    expect(broughtBy(at(120) + 1, [opened, clicked], WINDOWS)).toBeNull();
  });

  it('is touched by its delivery on SMS alone', () => {
    expect(broughtBy(at(1), [message()], WINDOWS)).toBeNull();
    const sms = message({ channel: 'sms' });
    expect(broughtBy(at(12), [sms], WINDOWS)).toBe(sms);
    expect(broughtBy(at(12) + 1, [sms], WINDOWS)).toBeNull();
  });
});

describe('channels', () => {
  it('are scored by what a message is worth, shrunk to what is usual in the shop', () => {
    const messages = [
      message({ openedAt: NOW - 9 * DAY }),
      message({ openedAt: NOW - 9 * DAY, clickedAt: NOW - 9 * DAY }),
      message(),
      message(),
      message({ channel: 'sms', deliveredAt: null }),
      message({ channel: 'sms', deliveredAt: null, clickedAt: NOW - 9 * DAY }),
    ];
    const { channel, channels } = channelAffinity(channelEvidence(messages, [], WINDOWS), shopOf(0.1, 10));
    // E-mail: (0.2 + 0.5 + 10 × 0.1) / (4 + 10); SMS: (0.5 + 10 × 0.1) / (2 + 10).
    expect(channels).toEqual({
      email: { score: 0.121, messages: 4, opened: 2, clicked: 1, ordered: 0 },
      sms: { score: 0.125, messages: 2, opened: 0, clicked: 1, ordered: 0 },
    });
    expect(channel).toBe('sms');
  });

  it('count an order for the message that has brought it', () => {
    const [first, second] = [message({ clickedAt: NOW - 9.5 * DAY }), message({ clickedAt: NOW - 9 * DAY })];
    const evidence = channelEvidence([first, second], [NOW - 8.5 * DAY], WINDOWS);
    expect(evidence.email).toMatchObject({ messages: 2, clicked: 2, ordered: 1, worth: { sum: 1.5 } });
  });

  it('leave out what says nothing of a channel', () => {
    const messages = [
      message({ isMarketing: false, openedAt: NOW }),
      message({ hasArrived: false }),
      message({ isComplained: true, openedAt: NOW }),
      // Nobody sees an SMS being read.
      message({ channel: 'sms', openedAt: NOW }),
    ];
    const { channel, channels } = channelAffinity(channelEvidence(messages, [], WINDOWS), shopOf(0.1));
    expect(channel).toBeNull();
    expect(channels.email).toMatchObject({ messages: 1, opened: 1, score: 0.091 });
    expect(channels.sms).toMatchObject({ messages: 1, score: 0.091 });
  });

  it('have no best one before one of them was answered', () => {
    const ignored = [message(), message({ channel: 'push' })];
    expect(channelAffinity(channelEvidence(ignored, [], WINDOWS), shopOf(0.4)).channel).toBeNull();
    // Answered once on SMS: e-mail is better with others, but not with them.
    const answered = [...ignored, message({ channel: 'sms', clickedAt: NOW })];
    const shop = { ...shopOf(0.4), sms: { ...shopOf(0.01).sms, strength: 50 } };
    expect(channelAffinity(channelEvidence(answered, [], WINDOWS), shop).channel).toBe('sms');
    expect(channelAffinity(channelEvidence([], [], WINDOWS), shopOf(null))).toEqual({ channel: null, channels: {} });
  });
});

describe('price sensitivity', () => {
  const order = (value: number, discountMinor: number | null, currency = 'EUR'): PricedOrder => ({
    ...{ valueMinor: value, discountMinor, currency },
  });
  const usual = (mean: number | null, strength = 4) => ({ mean, strength, customers: 100, observations: 300 });

  it('is the share of orders at a discount, shrunk, with what they were worth and how deep it was', () => {
    const orders = [order(9000, 1000), order(10_000, 0), order(2000, 2000), order(5000, null)];
    expect(priceSensitivity(priceEvidence(orders), { share: usual(0.25), depth: usual(0.2) })).toEqual({
      // (2 + 4 × 0.25) / (3 + 4)
      score: 0.429,
      orders: 3,
      discountedOrders: 2,
      // (10,000 + 4,000) / 24,000
      moneyShare: 0.583,
      // (0.1 + 0.5 + 4 × 0.2) / (2 + 4)
      depth: 0.233,
    });
  });

  it('takes no heed of presents, of roundings, and adds up no two currencies', () => {
    const orders = [order(0, 0), order(10_000, 99), order(1000, 1000, 'USD'), order(10_000, 0)];
    const found = priceSensitivity(priceEvidence(orders), { share: usual(null), depth: usual(null) });
    expect(found).toEqual({ score: 0.333, orders: 3, discountedOrders: 1, moneyShare: 0, depth: 0.5 });
  });

  it('is not known without an order of which it is said', () => {
    expect(priceSensitivity(priceEvidence([order(100, null)]), { share: usual(0.5), depth: usual(0.5) })).toBeNull();
  });
});

describe('the preferred hour', () => {
  const flat = new HoursLearner().learned().shares;
  /** At such an hour of so many days. */
  const times = (hour: number, days: number, from = 0) =>
    Array.from({ length: days }, (_, day) => (from + day) * DAY + hour * HOUR + 60_000);

  it('is where they are most often, thought of with its neighbours', () => {
    expect(preferredHour(hourEvidence(times(20, 6)), flat)).toBe(20);
    // Twice at 9 and once each at 18, 19, 20: the evening.
    const evidence = hourEvidence([...times(9, 2), ...times(18, 2, 10), ...times(19, 2, 20), ...times(20, 2, 30)]);
    expect(preferredHour(evidence, flat)).toBe(19);
  });

  it('knows that 23 and 0 are neighbours', () => {
    expect(preferredHour(hourEvidence([...times(23, 3), ...times(0, 4, 10), ...times(1, 3, 20)]), flat)).toBe(0);
    expect(preferredHour(hourEvidence([...times(22, 3), ...times(23, 4, 10), ...times(0, 3, 20)]), flat)).toBe(23);
  });

  it('is not known from less than 5 hours on 3 days, however much was done in them', () => {
    expect(preferredHour(hourEvidence(times(20, 4)), flat)).toBeNull();
    expect(preferredHour(hourEvidence([0, 1, 2, 3, 4].flatMap((hour) => times(hour, 2))), flat)).toBeNull();
    const busy = Array.from({ length: 500 }, (_, at) => 20 * HOUR + at * 1000);
    expect(hourEvidence(busy)).toMatchObject({ hours: 1, days: 1 });
    expect(preferredHour(hourEvidence([...busy, ...times(20, 4)]), flat)).toBeNull();
    expect(preferredHour(hourEvidence(times(20, 5)), flat)).toBe(20);
  });

  it('leans on the habits of the shop where little is known, and not where much is', () => {
    const learner = new HoursLearner();
    for (let person = 0; person < 100; person++) learner.add(hourEvidence(times(8, 5)));
    const { shares } = learner.learned();
    const scattered = hourEvidence([3, 13, 16, 19, 22].flatMap((hour, at) => times(hour, 1, at)));
    expect(preferredHour(scattered, shares)).toBe(8);
    expect(preferredHour(hourEvidence(times(20, 30)), shares)).toBe(20);
  });

  it('turns with the clock: the same habits so many hours later are that much later', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(1000), { minLength: 8, maxLength: 40 }),
        fc.integer({ min: 1, max: 23 }),
        (hours, by) => {
          const here = preferredHour(hourEvidence(hours.map((hour) => hour * HOUR)), flat);
          const there = preferredHour(hourEvidence(hours.map((hour) => (hour + by) * HOUR)), flat);
          if (here === null || there === null) return;
          const counts = (moved: number) => hourEvidence(hours.map((hour) => (hour + moved) * HOUR)).counts;
          const around = (of: number[], at: number) =>
            [3, 2, 1].reduce((sum, weight, away) => {
              const sides = away === 0 ? [at] : [at + away, at - away];
              return sum + weight * sides.reduce((one, side) => one + of[(side + HOURS) % HOURS]!, 0);
            }, 0);
          // Of several equal hours the first counts, which turning may make another one: the height is the same.
          expect(around(counts(by), there)).toBe(around(counts(0), here));
          expect(around(counts(0), here)).toBe(Math.max(...counts(0).map((_, hour) => around(counts(0), hour))));
        },
      ),
    );
  });

  it('is of the clock in the zone, on days when it changes, too', () => {
    const local = new LocalTimes();
    const shown = (time: string, zone: string) => new Date(local.at(Date.parse(time), zone)).toISOString().slice(0, 16);
    expect(shown('2026-07-01T20:30:00Z', 'Europe/Vienna')).toBe('2026-07-01T22:30');
    expect(shown('2026-12-01T20:30:00Z', 'Europe/Vienna')).toBe('2026-12-01T21:30');
    // The clock goes forward at 01:00 UTC.
    expect(shown('2026-03-29T00:59:00Z', 'Europe/Vienna')).toBe('2026-03-29T01:59');
    expect(shown('2026-03-29T01:00:00Z', 'Europe/Vienna')).toBe('2026-03-29T03:00');
    expect(shown('2026-07-01T20:30:00Z', 'Asia/Kolkata')).toBe('2026-07-02T02:00');
  });
});

describe('interest in categories', () => {
  const interest = (sign: InterestSign, category: string, daysAgo = 0, productId = category): Interest => ({
    ...{ sign, category, productId },
    at: NOW - daysAgo * DAY,
  });
  const of = (interests: Interest[]) => categoryInterests(interests, NOW, 90 * DAY);

  it('weighs what was done, and halves with each half-life', () => {
    expect(
      of([
        interest('viewed_product', 'shoes'),
        interest('added_to_cart', 'bags', 90),
        interest('completed_purchase', 'hats', 270),
      ]),
    ).toEqual([
      // 4 / 2, 1 and 8 / 8 of 4.
      { category: 'bags', interest: 0.5, lastOn: '2026-08-24' },
      { category: 'hats', interest: 0.25, lastOn: '2026-02-25' },
      { category: 'shoes', interest: 0.25, lastOn: '2026-11-22' },
    ]);
  });

  it('counts the same product once a day, and of several products each', () => {
    const often = Array.from({ length: 9 }, () => interest('viewed_product', 'shoes'));
    expect(of([...often, interest('viewed_product', 'bags')]).map((one) => one.interest)).toEqual([0.5, 0.5]);
    const several = [interest('viewed_product', 'shoes', 0, 'a'), interest('viewed_product', 'shoes', 0, 'b')];
    expect(of([...several, interest('viewed_product', 'bags')])[0]).toMatchObject({
      category: 'shoes',
      interest: 0.667,
    });
  });

  it('names five at most, and none that is next to nothing', () => {
    const many = 'abcdefgh'.split('').flatMap((category) => interest('wishlisted', category));
    expect(of(many)).toHaveLength(5);
    const purchases = Array.from({ length: 20 }, (_, day) => interest('completed_purchase', 'shoes', day));
    expect(of([...purchases, interest('viewed_product', 'bags')]).map(({ category }) => category)).toEqual(['shoes']);
    expect(of([])).toEqual([]);
  });

  it('stands still while nothing happens', () => {
    const interests = [interest('viewed_product', 'shoes', 3), interest('added_to_cart', 'bags', 40)];
    expect(categoryInterests(interests, NOW + 400 * DAY, 90 * DAY)).toEqual(of(interests));
  });
});

describe('whatever people do', () => {
  const time = fc.integer({ min: NOW - 400 * DAY, max: NOW });
  const maybe = fc.option(time, { nil: null });
  const messages = fc.array(
    fc.record({
      ...{ id: fc.uuid(), channel: fc.constantFrom(...CHANNELS), createdAt: time },
      ...{ deliveredAt: maybe, openedAt: maybe, clickedAt: maybe },
      ...{ isMarketing: fc.boolean(), hasArrived: fc.boolean(), isComplained: fc.boolean() },
    }),
    { maxLength: 12 },
  );
  const money = fc.nat(1_000_000);
  const orders = fc.array(
    fc.record({
      ...{ at: time, valueMinor: money, discountMinor: fc.option(money, { nil: null }) },
      currency: fc.constantFrom('EUR', 'USD'),
    }),
    { maxLength: 8 },
  );
  const interests = fc.array(
    fc.record({
      sign: fc.constantFrom(...(Object.keys(INTEREST_WEIGHTS) as InterestSign[])),
      ...{ productId: fc.constantFrom('p1', 'p2', null), category: fc.constantFrom('a', 'b', 'c'), at: time },
    }),
    { maxLength: 8 },
  );
  const evidence: fc.Arbitrary<Evidence> = fc.record({
    ...{ messages, orders, interests, localTimes: fc.array(time, { maxLength: 20 }), zone: fc.constant('UTC') },
  });
  const rules = { now: NOW, windows: WINDOWS, halfLifeMs: 90 * DAY };
  const reversed = (one: Evidence): Evidence => ({
    ...one,
    ...{ messages: [...one.messages].reverse(), orders: [...one.orders].reverse() },
    ...{ interests: [...one.interests].reverse(), localTimes: [...one.localTimes].reverse() },
  });

  it('every figure is from 0 to 1, and the order of rows is irrelevant', () => {
    fc.assert(
      fc.property(fc.array(evidence, { minLength: 1, maxLength: 8 }), (people) => {
        const learner = new HabitsLearner();
        for (const one of people) learner.add(one, rules);
        const shop = learner.learned();
        for (const one of people) {
          const found = affinityOf(one, shop, rules);
          expect(affinityOf(reversed(one), shop, rules)).toEqual(found);
          if (found === null) continue;
          const shares = [
            ...Object.values(found.channels).map(({ score }) => score),
            ...(found.priceSensitivity ? [found.priceSensitivity.score, found.priceSensitivity.moneyShare] : []),
            ...[found.priceSensitivity?.depth ?? 0],
            ...found.categories.map(({ interest }) => interest),
          ];
          for (const share of shares) expect(share >= 0 && share <= 1).toBe(true);
          if (found.channel !== null) expect(found.channels[found.channel]).toBeDefined();
        }
      }),
    );
  });

  it('says nothing of somebody who did nothing', () => {
    const nothing: Evidence = { messages: [], orders: [], localTimes: [], zone: 'UTC', interests: [] };
    expect(affinityOf(nothing, new HabitsLearner().learned(), rules)).toBeNull();
  });
});
