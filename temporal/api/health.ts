/** `GET /health` (alive) and `GET /ready` (can do its work), for supervisors and people. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { alarmSentence } from '../domain/complaints.ts';
import { listOpenAlarms } from '../store/alarmRows.ts';
import type { Queryable } from '../store/store.ts';
import type { PartState, ServiceContext } from './context.ts';
import { readyExample } from './examples.ts';

const Part = Type.Union([Type.Literal('up'), Type.Literal('down'), Type.Literal('starting')]);
const Ready = Type.Object(
  {
    status: Type.Union([Type.Literal('ready'), Type.Literal('notReady')]),
    parts: Type.Object({ store: Part, temporal: Part, n8n: Part, worker: Part }),
    timeScale: Type.Number(),
    notes: Type.Array(Type.String()),
  },
  { examples: [readyExample] },
);

/** Of the two levels the higher one. */
async function alarmNotes(db: Queryable): Promise<string[]> {
  const alarms = await listOpenAlarms(db).catch(() => []);
  const highest = alarms.find(({ level }) => level === 'critical') ?? alarms[0];
  return highest ? [alarmSentence(highest)] : [];
}

const tags = ['health'];

export function healthRoutes(context: ServiceContext): FastifyPluginCallbackTypebox {
  return (app, _options, done) => {
    app.get(
      '/health',
      {
        schema: {
          tags,
          summary: 'The process is alive',
          response: { 200: Type.Object({ status: Type.Literal('ok') }) },
        },
      },
      () => ({
        status: 'ok' as const,
      }),
    );

    app.get(
      '/ready',
      { schema: { tags, summary: 'It can do its work, with all its parts', response: { 200: Ready, 503: Ready } } },
      async (_request, reply) => {
        const store: PartState = await context.store.ping().then(
          () => 'up' as const,
          () => 'down' as const,
        );
        const { notes, ...others } = await context.parts();
        const alarms = store === 'up' ? await alarmNotes(context.store.db) : [];
        const parts = { store, ...others };
        const { timeScale } = context.settings;
        const scaled = timeScale === 1 ? [] : [`Time runs ${timeScale} times as fast: for demos and tests only.`];
        const allNotes = [...scaled, ...alarms, ...notes];
        const ready = Object.values(parts).every((part) => part === 'up');
        reply.code(ready ? 200 : 503);
        return { status: ready ? ('ready' as const) : ('notReady' as const), parts, timeScale, notes: allNotes };
      },
    );
    done();
  };
}
