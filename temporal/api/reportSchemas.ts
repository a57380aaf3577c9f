/** Shapes of the reports of journeys. */
import { Type } from 'typebox';
import { CHANNELS, type Channel } from '../domain/event.ts';
import { SEND_REASONS } from '../domain/gate/objection.ts';
import { DEFAULT_WINDOWS, TOUCHES, windowName } from '../domain/reports/attribution.ts';
import { Nullable } from './customerSchemas.ts';
import { reportExample, reportMessageExample } from './reportExamples.ts';

const TIME = 'RFC 3339, or a day in UTC such as 2026-11-01';

const windowQuery = Object.fromEntries(
  CHANNELS.flatMap((channel: Channel) =>
    TOUCHES.map((touch) => {
      const usual = DEFAULT_WINDOWS[channel][touch] ?? 'none';
      const description = `ISO 8601 or none: so long after an ${channel} message its ${touch} brings orders; ${usual}`;
      return [windowName(channel, touch), Type.Optional(Type.String({ description }))] as const;
    }),
  ),
);

export const ReportQuery = Type.Object({
  from: Type.Optional(Type.String({ description: `${TIME}; 30 days before \`to\`` })),
  to: Type.Optional(Type.String({ description: `${TIME}, not included; now` })),
  ...windowQuery,
});

const Count = Type.Integer();
const Rate = Nullable(Type.Number());
const ByReason = Type.Partial(Type.Object(Object.fromEntries(SEND_REASONS.map((reason) => [reason, Count]))), {
  description: 'A message with two reasons is in both',
});
const RevenueFields = {
  currency: Type.String(),
  orders: Count,
  revenueMinor: Type.Integer({ description: 'Net of refunds' }),
};

const MessageFields = {
  decided: Type.Integer({ description: 'suppressed + deferred + pending + sent + failed + unknown' }),
  suppressed: Count,
  suppressedBy: ByReason,
  deferred: Type.Integer({ description: 'Are asked about again' }),
  deferredBy: ByReason,
  pending: Type.Integer({ description: 'Allowed, and nothing is known yet' }),
  sent: Type.Integer({ description: 'Taken by the provider' }),
  failed: Count,
  unknown: Type.Integer({ description: 'May have been sent' }),
  delivered: Type.Integer({ description: 'Where the provider tells' }),
  opened: Type.Integer({ description: 'By a person' }),
  machineOpened: Type.Integer({ description: 'By a mail program that loads all images, or a scanner' }),
  clicked: Count,
  bouncedHard: Count,
  bouncedSoft: Type.Integer({ description: 'And did not arrive later' }),
  complained: Count,
  unsubscribed: Count,
  rates: Type.Object({
    bounce: Nullable(Type.Number({ description: 'Of what was sent' })),
    open: Nullable(Type.Number({ description: 'Like the others: of what was sent and has not bounced' })),
    click: Rate,
    complaint: Rate,
    unsubscribe: Rate,
  }),
  orders: Type.Integer({ description: 'Brought by these messages' }),
  revenue: Type.Array(Type.Object(RevenueFields)),
};

const HoldoutArm = Type.Object({
  customers: Count,
  orders: Count,
  ordersPerCustomer: Rate,
  revenue: Type.Array(Type.Object({ ...RevenueFields, revenuePerCustomerMinor: Rate })),
});

const Holdout = Nullable(
  Type.Object(
    { heldOut: HoldoutArm, reached: HoldoutArm },
    {
      description:
        'All orders, whatever brought them, from the first decision about a customer to the end of the period: of those who were held out and of those who got marketing messages. null: nobody was held out',
    },
  ),
);

const Runs = Type.Object(
  { entered: Count, active: Count, completed: Count, exited: Count, cancelled: Count, failed: Count },
  { description: 'Entered in the period, and how these runs stand now' },
);

const MessageReport = Type.Object(
  { node: Type.String(), nodeName: Type.String(), channel: Type.Enum([...CHANNELS]), ...MessageFields },
  { examples: [reportMessageExample] },
);

export const JourneyReport = Type.Object({
  journey: Nullable(Type.String({ description: 'null: messages outside of journeys' })),
  name: Nullable(Type.String()),
  runs: Nullable(Runs),
  ...MessageFields,
  holdout: Holdout,
  messages: Type.Array(MessageReport, { description: 'By node of the canvas' }),
});

const Window = Nullable(Type.String());
const Windows = Type.Object({ click: Window, open: Window, delivery: Window });

const header = {
  from: Type.String(),
  to: Type.String(),
  attribution: Type.Object(
    {
      model: Type.Literal('lastTouch'),
      windows: Type.Object(
        Object.fromEntries(CHANNELS.map((channel) => [channel, Windows])) as Record<Channel, typeof Windows>,
      ),
    },
    {
      description:
        'An order belongs to the message that the customer touched last before it, of those that were sent within the window of that touch. Openings by machines are no touch. Windows are divided by the time scale',
    },
  ),
};

export const JourneyReports = Type.Object(
  {
    ...header,
    items: Type.Array(JourneyReport),
    total: Type.Object({ runs: Runs, ...MessageFields, holdout: Holdout }),
  },
  { examples: [{ ...reportExample.header, items: [reportExample.journey], total: reportExample.total }] },
);

export const OneJourneyReport = Type.Object(
  { ...header, ...JourneyReport.properties },
  { examples: [{ ...reportExample.header, ...reportExample.journey }] },
);
