/** `/v1/sends`: may this message go out (one claim for each), it is going out, it went out; and the list of all decisions. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type, type Static } from 'typebox';
import { SEND_REASONS } from '../domain/gate/objection.ts';
import { NUL, pathOfNul } from '../domain/jsonBytes.ts';
import { ID_MAX, isoTime, isoTimeOrNull, keptText } from '../domain/textValues.ts';
import { takeSendReports } from '../intake/sendReports.ts';
import { findSend, listSends } from '../store/sendList.ts';
import type { SendAnswer, SendOrigin, SendProblem, SendRequest } from '../store/sendRequests.ts';
import { authorizeSends } from '../store/sends.ts';
import { startSends } from '../store/sendStarts.ts';
import type { ServiceContext } from './context.ts';
import { Nullable } from './customerSchemas.ts';
import { SEND_ID } from './examples.ts';
import type { ServiceMetrics } from './metrics.ts';
import { pageAnswer, PageOf, pageRequest, PageQuery } from './paging.ts';
import { messagesFor, type PreparedMessage } from './preparedMessages.ts';
import { notFound, ProblemSchema } from './problem.ts';
import {
  AuthorizeAnswer,
  AuthorizeItem,
  AuthorizeRefusal,
  Decision,
  ERROR_MAX,
  MAX_SENDS,
  ReportItem,
  Send,
  Status,
} from './sendSchemas.ts';
import { unfitItems } from './unfitItems.ts';

type Item = Static<typeof AuthorizeItem>;
const tags = ['sends'];

export function sendRoutes(context: ServiceContext, metrics: ServiceMetrics): FastifyPluginCallbackTypebox {
  const { store, now, settings, intake } = context;
  return (app, _options, done) => {
    app.post(
      '/sends/authorize',
      {
        schema: {
          tags,
          summary: 'Ask the gate for many messages; what may go out is claimed',
          body: Type.Object({ items: Type.Array(AuthorizeItem, { maxItems: MAX_SENDS }) }),
          response: {
            200: Type.Object({ items: Type.Array(Type.Union([AuthorizeAnswer, AuthorizeRefusal])) }),
            400: ProblemSchema,
          },
        },
        attachValidation: true,
      },
      async (request) => {
        const { items } = request.body;
        const unfit = unfitItems(request);
        const read = items.map((item, index) => {
          const error = unfit.get(index);
          return error ? { kind: 'problem' as const, ...error } : readItem(item);
        });
        const asked = read.flatMap((one) => (one.kind === 'request' ? [one] : []));
        const { timeScale, trackOpens, trackClicks } = settings;
        const rules = { now: now(), timeScale, seesReaders: trackOpens || trackClicks };
        const prepare = await messagesFor(context, asked);
        const answers = await store.transaction((trx) =>
          authorizeSends(
            trx,
            asked.map(({ request }) => request),
            rules,
            prepare,
          ),
        );
        for (const [index, { request }] of asked.entries()) {
          const answer = answers[index];
          if (answer?.kind !== 'decided' || answer.replayed || request.dryRun) continue;
          metrics.sendDecided(request.channel, answer.decision, answer.reasons);
        }
        const answerOf = new Map(asked.map((one, index) => [one, answers[index]]));
        return {
          items: read.map((one, index) => {
            const ref = refOf(items[index], index);
            const answer = one.kind === 'request' ? answerOf.get(one) : one;
            if (!answer || answer.kind === 'problem') {
              const { path = '', message = '' } = answer ?? {};
              return { ref, error: { path: `/items/${index}${path}`, message } };
            }
            return { ref, ...shown(answer) };
          }),
        };
      },
    );

    app.post(
      '/sends/started',
      {
        schema: {
          tags,
          summary: 'These are about to go to the provider; send only those that are started',
          body: Type.Object({
            sendIds: Type.Array(Type.String(), { maxItems: MAX_SENDS }),
            by: Type.Optional(
              Type.String({
                minLength: 1,
                maxLength: 500,
                description: 'The same caller may say it again',
                examples: ['execution 1042, chunk 1'],
              }),
            ),
          }),
          response: {
            200: Type.Object({
              started: Type.Array(Type.String(), { examples: [[SEND_ID]] }),
              refused: Type.Array(
                Type.Object({
                  sendId: Type.String(),
                  status: Nullable(
                    Type.String({
                      description:
                        'What has become of it; `void`: claimed more than an hour ago, `paused`: its journey or everything is stopped. Of these two the gate is to be asked again. `suppressed`: the customer has unsubscribed or the journey has ended since it was let out',
                    }),
                  ),
                  reasons: Type.Optional(
                    Type.Array(Type.String(), { description: 'With `suppressed`', examples: [['unsubscribed']] }),
                  ),
                }),
              ),
            }),
            400: ProblemSchema,
          },
        },
      },
      async ({ body: { sendIds, by } }) => store.transaction((trx) => startSends(trx, sendIds, by ?? null, now())),
    );

    app.post(
      '/sends/report',
      {
        schema: {
          tags,
          summary: 'What the provider said',
          body: Type.Object({ items: Type.Array(ReportItem, { maxItems: MAX_SENDS }) }),
          response: { 200: Type.Object({ updated: Type.Integer() }), 400: ProblemSchema },
        },
      },
      async ({ body: { items } }) => {
        const reports = items.map(({ sendId, outcome, permanent = false, recipient = null, ...words }) => ({
          ...{ sendId, outcome, permanent, recipient },
          providerMessageId: textOrNull(words.providerMessageId, ID_MAX),
          error: textOrNull(words.error, ERROR_MAX),
        }));
        const updated = await takeSendReports(intake, reports);
        for (const { outcome } of reports) metrics.sendReported(outcome);
        return { updated };
      },
    );

    app.get(
      '/sends',
      {
        schema: {
          tags,
          summary: 'Decisions and what became of them, newest first',
          querystring: Type.Object({
            customerId: Type.Optional(Type.String()),
            journey: Type.Optional(Type.String()),
            runId: Type.Optional(Type.String()),
            decision: Type.Optional(Decision),
            reason: Type.Optional(Type.Enum([...SEND_REASONS])),
            status: Type.Optional(Status),
            ...PageQuery,
          }),
          response: { 200: PageOf(Send), 400: ProblemSchema },
        },
      },
      async ({ query }) => pageAnswer(await listSends(store.db, query, pageRequest(query))),
    );

    app.get(
      '/sends/:id',
      {
        schema: {
          tags,
          summary: 'One send',
          params: Type.Object({ id: Type.String() }),
          response: { 200: Send, 404: ProblemSchema },
        },
      },
      async ({ params: { id } }) => {
        const send = await findSend(store.db, id);
        if (!send) throw notFound('send', id);
        return send;
      },
    );
    done();
  };
}

const textOrNull = (text: string | null | undefined, most: number) =>
  text === null || text === undefined ? null : keptText(text, most);

/** Of an item that may be anything. */
function refOf(item: unknown, index: number): string | number {
  const ref: unknown = typeof item === 'object' && item !== null && 'ref' in item ? item.ref : undefined;
  return typeof ref === 'string' || Number.isInteger(ref) ? (ref as string | number) : index;
}

interface Asked {
  kind: 'request';
  request: SendRequest;
  message: Item['message'];
}

function readItem(item: Item): Asked | SendProblem {
  const { customerId, channel, category, node, nodeName, address, dryRun = false, message } = item;
  const { provider = null, repeatable = false, track = 'general', productIds = [], freeForm = false } = item;
  const origin = originOf(item, dryRun);
  if (origin.kind === 'problem') return origin;
  const { runId, key } = item;
  const nul = pathOfNul({ customerId, address, node, nodeName, runId, key, productIds }, '');
  if (nul !== null) return { kind: 'problem', path: nul, message: NUL };
  const to = address?.trim() ? address : null;
  const request = {
    ...{ customerId, channel, category, node, nodeName: nodeName ?? node, origin, address: to, dryRun },
    ...{ provider, repeatable, track, productIds, freeForm: freeForm && channel === 'whatsapp' },
  };
  return { kind: 'request', request, message };
}

function originOf({ runId, segment, key }: Item, dryRun: boolean): SendOrigin | SendProblem {
  if (runId !== undefined && segment !== undefined) return { kind: 'run', runId, segment };
  if (runId !== undefined) {
    const message =
      'is missing: with a runId, give the segment of the item (run.segment), so that a repeated segment sends nothing twice';
    return { kind: 'problem', path: '/segment', message };
  }
  if (key !== undefined) return { kind: 'key', key };
  if (dryRun) return { kind: 'none' };
  const message =
    'is missing: give runId and segment of the item, or outside of a journey a key of your own, such as "order-42/receipt"';
  return { kind: 'problem', path: '/key', message };
}

function shown({
  sendId,
  decision,
  reasons,
  until,
  address,
  replayed,
  resumedFrom,
  status,
  message,
  freeFormUntil,
}: SendAnswer<PreparedMessage | null>) {
  return {
    sendId,
    decision,
    reasons,
    until: isoTimeOrNull(until),
    address,
    status,
    ...(replayed && { replayed }),
    ...(resumedFrom !== null && { resumed: true, startedAt: isoTime(resumedFrom) }),
    ...(message && { message }),
    ...(freeFormUntil !== undefined && { freeFormUntil: isoTimeOrNull(freeFormUntil) }),
  };
}
