/** `/v1/reports`: what became of messages, and what they have brought. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { readWindows, windowLengths, type AttributionWindows } from '../domain/reports/attribution.ts';
import { journeyReports } from '../domain/reports/journeyReport.ts';
import { isoTime, readTime } from '../domain/textValues.ts';
import { readReportParts } from '../store/reports/reportParts.ts';
import type { ServiceContext } from './context.ts';
import { noJourney } from './journeys.ts';
import { Problem, ProblemSchema, type FieldError } from './problem.ts';
import { JourneyReports, OneJourneyReport, ReportQuery } from './reportSchemas.ts';

/** Not scaled: a period is of the calendar, like `from` and `to`. */
const USUAL_PERIOD_MS = 30 * 86_400_000;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

export function reportRoutes(context: ServiceContext): FastifyPluginCallbackTypebox {
  const { store, settings, now } = context;
  const tags = ['reports'];

  async function report(query: Readonly<Record<string, unknown>>, journey?: string) {
    const { from, to, windows } = asked(query, now());
    const period = { from, to, journey };
    const parts = await readReportParts(store, period, windowLengths(windows, settings.timeScale));
    if (parts === null) throw noJourney(journey ?? '');
    const header = {
      from: isoTime(from),
      to: isoTime(to),
      attribution: { model: 'lastTouch' as const, windows },
    };
    return { header, ...journeyReports(parts) };
  }

  return (app, _options, done) => {
    app.get(
      '/reports/journeys',
      {
        schema: {
          tags,
          summary: 'All journeys: messages decided in a period, what became of them, and what they brought',
          querystring: ReportQuery,
          response: { 200: JourneyReports, 400: ProblemSchema },
        },
      },
      async ({ query }) => {
        const { header, items, total } = await report(query);
        return { ...header, items, total };
      },
    );
    app.get(
      '/reports/journeys/:key',
      {
        schema: {
          tags,
          summary: 'One journey and its messages in a period',
          params: Type.Object({ key: Type.String() }),
          querystring: ReportQuery,
          response: { 200: OneJourneyReport, 400: ProblemSchema, 404: ProblemSchema },
        },
      },
      async ({ query, params: { key } }) => {
        const { header, items } = await report(query, key);
        const [journey] = items;
        if (!journey) throw noJourney(key);
        return { ...header, ...journey };
      },
    );
    done();
  };
}

/** @throws Problem 400 */
function asked(
  query: Readonly<Record<string, unknown>>,
  now: number,
): { from: number; to: number; windows: AttributionWindows } {
  const { windows, unreadable } = readWindows(query);
  const errors: FieldError[] = unreadable.map((name) => ({
    path: `/${name}`,
    message: 'has to be an ISO 8601 duration such as P5D or PT12H, or none',
  }));
  const timeOf = (name: 'from' | 'to', usual: number): number => {
    const text = query[name];
    if (typeof text !== 'string') return usual;
    const time = readTime(DAY.test(text) ? `${text}T00:00:00Z` : text);
    if (time !== null) return time;
    errors.push({ path: `/${name}`, message: 'has to be a time such as 2026-11-22T10:00:00Z, or a day: 2026-11-22' });
    return usual;
  };
  const to = timeOf('to', now);
  const from = timeOf('from', to - USUAL_PERIOD_MS);
  if (errors.length === 0 && from >= to) {
    errors.push({ path: '/from', message: `has to be before "to", which is ${isoTime(to)}` });
  }
  if (errors.length > 0) throw new Problem(400, 'The report cannot be made.', errors);
  return { from, to, windows };
}
