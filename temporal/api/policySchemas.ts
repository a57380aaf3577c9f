/** Shape of the policy in the API (CONTRACT section 3). What is sent is read by `domain/gate/policyDocument.ts`, field by field. */
import { Type, type TSchema } from 'typebox';
import { CHANNELS } from '../domain/event.ts';
import { DEFAULT_POLICY, WEEKDAYS } from '../domain/gate/policy.ts';
import { Nullable } from './customerSchemas.ts';

const Duration = Type.String({
  description: 'ISO 8601 in weeks, days, hours, minutes, seconds; follows the time scale',
});
const TooEarly = Type.Enum(['skip', 'defer'], { description: 'Dropped for good, or asked about again later' });
const Count = Type.Integer({ minimum: 1 });
const byChannel = <T extends TSchema>(schema: T) => ({ email: schema, sms: schema, whatsapp: schema, push: schema });

const Cap = Type.Object({
  channels: Type.Array(Type.Enum([...CHANNELS]), {
    minItems: 1,
    description: 'Messages on any of them count together',
  }),
  count: Count,
  window: Duration,
  days: Type.Enum(['rolling', 'calendar'], {
    description:
      "calendar: the recipient's days, today and those before; the window has to be whole days. Under a time scale it is rolling",
  }),
});

const times = {
  from: Type.String({ description: "HH:MM on the recipient's clock; from 21:00 to 08:00 goes over midnight" }),
  to: Type.String({ description: 'HH:MM, no longer quiet' }),
  days: Type.Optional(Type.Array(Type.Enum([...WEEKDAYS]), { description: 'Whole days on top' })),
};
const QuietHours = Type.Object({
  ...times,
  action: TooEarly,
  countries: Type.Optional(
    Type.Record(Type.String(), Type.Object(times), {
      description: 'Of recipients in these countries (ISO 3166-1 alpha-2), instead',
    }),
  ),
});

export const PolicySchema = Type.Object(
  {
    gaps: Type.Object({
      ...byChannel(Nullable(Type.String({ description: 'At least so long between two marketing messages' }))),
      onGap: TooEarly,
    }),
    caps: Type.Array(Cap, { description: 'At most so many marketing messages; more are suppressed' }),
    quietHours: Type.Object(byChannel(Nullable(QuietHours))),
    promoPause: Nullable(Type.Object({ after: Type.Enum(['paid_social']), window: Duration })),
    openTicket: Nullable(Type.Object({ window: Duration })),
    abandonmentSms: Nullable(Type.Object({ perEvent: Count, window: Duration })),
    disengaged: Nullable(Type.Object({ noOpenOrClick: Duration, minimumMessages: Count, noOrder: Duration })),
    holdoutPercent: Type.Number({ minimum: 0, maximum: 100, description: 'Share of customers who get no marketing' }),
    killSwitch: Type.Boolean({ description: 'Holds every message, transactional ones too, until it is off again' }),
    shopTimezone: Type.String({ description: 'IANA zone of recipients of whom neither zone nor country is known' }),
  },
  { description: 'null switches a rule off', examples: [DEFAULT_POLICY] },
);

/** As it is sent: what is left out has its default. */
export const PolicyBody = Type.Partial(PolicySchema, { examples: [DEFAULT_POLICY] });
