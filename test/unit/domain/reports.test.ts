/** Reports are sums: whatever was decided, messages add up to journeys and journeys to the total; and windows are read. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHANNELS } from '../../../temporal/domain/event.ts';
import { SEND_REASONS } from '../../../temporal/domain/gate/objection.ts';
import { DEFAULT_WINDOWS, readWindows, windowLengths } from '../../../temporal/domain/reports/attribution.ts';
import { journeyReports } from '../../../temporal/domain/reports/journeyReport.ts';
import { COUNTS, type DecidedMessages, type MessageCounts } from '../../../temporal/domain/reports/messageReport.ts';

const journey = fc.constantFrom('cart', 'welcome', null);
const node = fc.constantFrom('n1', 'n2');
const channel = fc.constantFrom(...CHANNELS);
const few = fc.nat({ max: 50 });

/** Of sent ones: not more bounced than were sent, and so on, as the store counts them. */
const decided: fc.Arbitrary<DecidedMessages> = fc
  .record({
    ...{ journey, node, channel, newestAt: few, nodeName: fc.constantFrom('A', 'B') },
    decision: fc.constantFrom('send' as const, 'suppress' as const, 'defer' as const),
    reasons: fc.uniqueArray(fc.constantFrom(...SEND_REASONS), { minLength: 1, maxLength: 3 }),
    ...{ sent: few, failed: few, unknown: few, pending: few, decidedOthers: few },
    shares: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 8, maxLength: 8 }),
  })
  .map(({ decision, reasons, sent, failed, unknown, pending, decidedOthers, shares, ...of }) => {
    const isSend = decision === 'send';
    const part = (index: number, whole: number) => (isSend ? Math.floor((shares[index] ?? 0) * whole) : 0);
    const bouncedHard = part(0, sent);
    const bouncedSoft = part(1, sent - bouncedHard);
    const arrived = sent - bouncedHard - bouncedSoft;
    const [delivered, opened, machineOpened] = [part(2, arrived), part(3, arrived), part(4, arrived)];
    const [clicked, complained, unsubscribed] = [part(5, arrived), part(6, arrived), part(7, arrived)];
    return {
      ...of,
      ...{ decision, reasons: isSend ? [] : reasons },
      ...{
        suppressed: decision === 'suppress' ? decidedOthers : 0,
        deferred: decision === 'defer' ? decidedOthers : 0,
      },
      ...(isSend ? { sent, failed, unknown, pending } : { sent: 0, failed: 0, unknown: 0, pending: 0 }),
      decided: isSend ? sent + failed + unknown + pending : decidedOthers,
      ...{ delivered, opened, machineOpened, clicked, bouncedHard, bouncedSoft, complained, unsubscribed },
    };
  });

describe('reports', () => {
  it('add up, whatever was decided', () => {
    fc.assert(
      fc.property(
        fc.array(decided),
        fc.array(fc.record({ journey, node, channel, orders: few, cents: fc.integer() })),
        (messages, bought) => {
          // Orders are those of messages.
          const orders = bought
            .filter((one) =>
              messages.some((of) => of.journey === one.journey && of.node === one.node && of.channel === one.channel),
            )
            .map(({ cents, ...order }) => ({ ...order, currency: 'EUR', revenueMinor: cents }));
          const { items, total } = journeyReports({ journeys: [], messages, orders, runs: new Map(), holdout: [] });
          const sum = (rows: MessageCounts[], name: (typeof COUNTS)[number]) =>
            rows.reduce((all, row) => all + row[name], 0);
          const money = (rows: { revenue: { revenueMinor: number }[] }[]) =>
            rows.reduce(
              (all, { revenue }) => all + revenue.reduce((part, { revenueMinor }) => part + revenueMinor, 0),
              0,
            );
          for (const name of COUNTS) {
            expect(sum(items, name)).toBe(total[name]);
            expect(sum(messages, name)).toBe(total[name]);
            for (const item of items) expect(sum(item.messages, name)).toBe(item[name]);
          }
          expect(items.reduce((all, item) => all + item.orders, 0)).toBe(total.orders);
          expect(money(items)).toBe(money([total]));
          for (const item of items) expect(money(item.messages)).toBe(money([item]));
          for (const one of [...items, total, ...items.flatMap((item) => item.messages)]) {
            expect(one.suppressed + one.deferred + one.pending + one.sent + one.failed + one.unknown).toBe(one.decided);
            for (const rate of Object.values(one.rates)) if (rate !== null) expect(rate >= 0 && rate <= 1).toBe(true);
            const reasons = Object.values(one.suppressedBy).reduce((all: number, count) => all + (count ?? 0), 0);
            expect(reasons).toBeGreaterThanOrEqual(one.suppressed);
          }
        },
      ),
    );
  });

  it('show the latest name of a node, and journeys without messages', () => {
    const counts = Object.fromEntries(COUNTS.map((name) => [name, 1])) as MessageCounts;
    const of = { ...counts, journey: 'cart', node: 'n1', channel: 'email', decision: 'send', reasons: [] } as const;
    const { items } = journeyReports({
      journeys: [{ key: 'quiet', name: 'Quiet' }],
      messages: [
        { ...of, nodeName: 'New', newestAt: 2 },
        { ...of, nodeName: 'Old', newestAt: 1 },
      ],
      ...{ orders: [], runs: new Map(), holdout: [] },
    });
    expect(items.map(({ journey: key, decided: count }) => [key, count])).toEqual([
      ['cart', 2],
      ['quiet', 0],
    ]);
    expect(items[0]?.messages.map(({ nodeName }) => nodeName)).toEqual(['New']);
    expect(items[1]?.rates).toEqual({ bounce: null, open: null, click: null, complaint: null, unsubscribe: null });
  });
});

describe('windows of attribution', () => {
  it('are the usual ones, but for those that are given', () => {
    expect(readWindows({ from: '2026-01-01' })).toEqual({ windows: DEFAULT_WINDOWS, unreadable: [] });
    const { windows } = readWindows({ emailOpen: 'none', smsDelivery: ' pt1h ' });
    expect(windows.email).toEqual({ click: 'P5D', open: null, delivery: null });
    expect(windows.sms).toEqual({ click: 'P5D', open: 'P1D', delivery: 'PT1H' });
    expect(readWindows({ emailOpen: '5 days', pushClick: '' }).unreadable).toEqual(['emailOpen', 'pushClick']);
  });

  it('follow the time scale', () => {
    // 5 days are 432,000,000 ms.
    expect(windowLengths(DEFAULT_WINDOWS, 1).email).toEqual({ click: 432_000_000, open: 432_000_000, delivery: null });
    expect(windowLengths(DEFAULT_WINDOWS, 1000).email.click).toBe(432_000);
    expect(windowLengths(DEFAULT_WINDOWS, 1e12).email.click).toBe(1);
  });
});
