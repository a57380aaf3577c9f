/** `GET /v1/alarms`: what the operator has to know of, newest first. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { ALARM_LEVELS, shownAlarm } from '../domain/complaints.ts';
import { listAlarms } from '../store/alarmRows.ts';
import type { ServiceContext } from './context.ts';
import { Nullable } from './customerSchemas.ts';
import { pageAnswer, PageOf, PageQuery, pageRequest } from './paging.ts';
import { ProblemSchema } from './problem.ts';

const alarmExample = {
  id: 'alm_01KAP5F2T6R4WK9D',
  kind: 'complaint_rate',
  channel: 'email',
  level: 'warning',
  threshold: 0.001,
  rate: 0.0015,
  complaints: 3,
  messages: 2000,
  window: 'P7D',
  journeys: [{ journey: 'win-back', complaints: 3 }],
  raisedAt: '2026-11-22T10:00:00.000Z',
  endedAt: null,
};

const Alarm = Type.Object(
  {
    id: Type.String(),
    kind: Type.Enum(['complaint_rate']),
    channel: Type.Enum(['email']),
    level: Type.Enum([...ALARM_LEVELS], { description: 'warning from 0.1 %, critical from 0.3 % complaints' }),
    threshold: Type.Number(),
    rate: Type.Number({ description: 'As it stood last while the alarm was open' }),
    complaints: Type.Integer(),
    messages: Type.Integer({ description: 'Sent in the window and not bounced' }),
    window: Type.String(),
    journeys: Type.Array(Type.Object({ journey: Nullable(Type.String()), complaints: Type.Integer() })),
    raisedAt: Type.String(),
    endedAt: Nullable(Type.String({ description: 'When the rate had fallen below the threshold again' })),
  },
  { examples: [alarmExample] },
);

export function alarmRoutes({ store }: ServiceContext): FastifyPluginCallbackTypebox {
  return (app, _options, done) => {
    app.get(
      '/alarms',
      {
        schema: {
          tags: ['reports'],
          summary: 'Alarms: too many complaints about e-mail',
          description:
            'Of e-mail of the last seven days. Judged from 1,000 messages or 3 complaints on. A Commerce Trigger that listens for the event custom:complaint_alarm gets each alarm once.',
          querystring: Type.Object({
            open: Type.Optional(Type.Enum(['true', 'false'], { description: 'Only those that stand' })),
            ...PageQuery,
          }),
          response: { 200: PageOf(Alarm), 400: ProblemSchema },
        },
      },
      async ({ query }) => {
        const { items, next } = await listAlarms(store.db, { onlyOpen: query.open === 'true' }, pageRequest(query));
        return pageAnswer({ items: items.map(shownAlarm), next });
      },
    );
    done();
  };
}
