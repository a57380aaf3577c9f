/** A month of one journey, as it appears in the description of the reports; its sums are true. */
import { DEFAULT_WINDOWS } from '../domain/reports/attribution.ts';
import { sendExample } from './examples.ts';

const sums = {
  decided: 1240,
  suppressed: 236,
  suppressedBy: { no_consent: 180, min_gap: 62 },
  deferred: 2,
  deferredBy: { quiet_hours: 2 },
  pending: 0,
  sent: 1000,
  failed: 1,
  unknown: 1,
  delivered: 990,
  opened: 396,
  machineOpened: 210,
  clicked: 99,
  bouncedHard: 6,
  bouncedSoft: 4,
  complained: 0,
  unsubscribed: 3,
  rates: { bounce: 0.01, open: 0.4, click: 0.1, complaint: 0, unsubscribe: 3 / 990 },
  orders: 41,
  revenue: [{ currency: 'EUR', orders: 41, revenueMinor: 344400 }],
};

export const reportMessageExample = {
  node: sendExample.node,
  nodeName: sendExample.nodeName,
  channel: 'email',
  ...sums,
};

const runs = { entered: 1240, active: 87, completed: 902, exited: 251, cancelled: 0, failed: 0 };

export const reportExample = {
  header: {
    from: '2026-10-23T00:00:00.000Z',
    to: '2026-11-22T00:00:00.000Z',
    attribution: { model: 'lastTouch', windows: DEFAULT_WINDOWS },
  },
  journey: {
    journey: 'cart-recovery',
    name: 'Cart recovery',
    runs,
    ...sums,
    holdout: null,
    messages: [reportMessageExample],
  },
  total: { runs, ...sums, holdout: null },
};
