/** `POST /v1/waits`: the customers of an n8n batch who have reached a Journey Wait. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type, type Static } from 'typebox';
import { WINDOW_POINTS } from '../domain/consumptionWindow.ts';
import type { EventRule } from '../domain/eventRule.ts';
import type { IsoWeekday, WaitSpec } from '../domain/waitSpec.ts';
import { FILTER_OPERATORS } from '../domain/eventRule.ts';
import { DEEPEST, ID_MAX, isoTimeOrNull, isTooDeep } from '../domain/textValues.ts';
import { registerWaits } from '../store/waits.ts';
import { ItemError, ItemRef } from './batchSchemas.ts';
import type { ServiceContext } from './context.ts';
import { waitExample } from './examples.ts';
import { ProblemSchema } from './problem.ts';

const MAX_ITEMS = 500;
const Id = Type.String({ minLength: 1, maxLength: 200 });

const Rule = Type.Object({
  type: Type.String({ minLength: 1 }),
  filters: Type.Array(
    Type.Object({
      path: Type.String({ minLength: 1 }),
      operator: Type.Enum([...FILTER_OPERATORS]),
      value: Type.Optional(Type.String()),
    }),
  ),
  repetition: Type.Optional(
    Type.Object(
      {
        times: Type.Integer({ minimum: 2, maximum: 50 }),
        withinMs: Type.Number({ minimum: 0 }),
        sameProduct: Type.Boolean({ description: 'Only events about the same product count together' }),
      },
      { description: 'How often it has to come, where once is not enough' },
    ),
  ),
});
const restartable = Type.Boolean({ description: 'The entry event, coming again, starts this wait anew' });
const TimeOfDay = Type.String({ description: 'HH:MM' });
const weekdays = Type.Array(Type.Integer({ minimum: 1, maximum: 7 }), { description: '1 = Monday; none = every day' });
const DaysBefore = Type.Number({ minimum: 0, maximum: 36_500 });
const Spec = Type.Union([
  Type.Object({
    kind: Type.Literal('duration'),
    ms: Type.Number({ minimum: 0 }),
    from: Type.Optional(
      Type.String({
        description:
          '`entry`: counts from the entry event; or RFC 3339 with offset. Left out: from now, a first wait from the entry',
      }),
    ),
    restartable,
  }),
  Type.Object({
    kind: Type.Literal('event'),
    events: Type.Array(Rule, { minItems: 1 }),
    maxMs: Type.Union([Type.Number({ minimum: 0 }), Type.Null()]),
    restartable,
  }),
  Type.Object({ kind: Type.Literal('date'), at: Type.String({ description: 'RFC 3339 with offset' }), restartable }),
  Type.Object({
    kind: Type.Literal('localTime'),
    time: TimeOfDay,
    weekdays,
    zone: Type.Optional(Type.String()),
    restartable,
  }),
  Type.Object(
    {
      kind: Type.Literal('replenishment'),
      productId: Type.Optional(
        Type.String({ minLength: 1, maxLength: ID_MAX, description: 'Left out: the product that the run is about' }),
      ),
      quantity: Type.Optional(Type.Number({ exclusiveMinimum: 0, description: 'Left out: as bought' })),
      point: Type.Enum([...WINDOW_POINTS]),
      daysBeforeLearned: DaysBefore,
      daysBeforeByHand: DaysBefore,
      otherwiseMs: Type.Union([Type.Number({ minimum: 0 }), Type.Null()], {
        description: 'How long to wait when no date can be named; null: that is an error of the item',
      }),
      restartable,
    },
    { description: 'Until the last purchase of a product is expected to run out; moves when it is bought again' },
  ),
  Type.Object(
    {
      kind: Type.Literal('preferredHour'),
      fallback: TimeOfDay,
      weekdays,
      zone: Type.Optional(Type.String()),
      restartable,
    },
    { description: "The next time that the customer's clock shows their preferred hour, else the fallback" },
  ),
]);
const Item = Type.Object(
  {
    ref: ItemRef,
    runId: Id,
    segment: Type.Integer({ minimum: 1 }),
    workflowId: Id,
    nodeId: Id,
    nodeName: Type.String({ maxLength: 500 }),
    spec: Spec,
    item: Type.Record(Type.String(), Type.Unknown(), { description: 'Travels with the customer over the wait' }),
  },
  { examples: [waitExample] },
);
const Answer = Type.Object(
  {
    ref: ItemRef,
    until: Type.Union([Type.String(), Type.Null()], { description: 'null: no end by time' }),
    ended: Type.Optional(Type.Boolean({ description: 'The run has ended meanwhile: nobody waits' })),
    error: Type.Optional(ItemError),
  },
  { examples: [{ ref: 0, until: '2026-11-22T11:30:00.000Z' }] },
);

export function waitRoutes(context: ServiceContext): FastifyPluginCallbackTypebox {
  const { store, now, settings } = context;
  return (app, _options, done) => {
    app.post(
      '/waits',
      {
        schema: {
          tags: ['waits'],
          summary: 'Customers have reached a Journey Wait',
          body: Type.Object({ items: Type.Array(Item, { maxItems: MAX_ITEMS }) }),
          response: { 200: Type.Object({ items: Type.Array(Answer) }), 400: ProblemSchema },
        },
      },
      async ({ body: { items } }) => {
        // What cannot be written as JSON again would fail the transaction, and with it everybody's wait.
        const storable = items.filter(({ item }) => !isTooDeep(item));
        const registrations = storable.map((item) => ({ ...item, spec: specOf(item.spec) }));
        const results = await store.transaction((trx) =>
          registerWaits(trx, registrations, { now: now(), timeScale: settings.timeScale }),
        );
        const resultOf = new Map(storable.map((item, index) => [item, results[index]]));
        return {
          items: items.map((item, index) => {
            const { ref } = item;
            const result = resultOf.get(item) ?? TOO_DEEP;
            switch (result.kind) {
              case 'waiting':
                return { ref, until: isoTimeOrNull(result.until) };
              case 'ended':
                return { ref, until: null, ended: true };
              case 'problem':
                return { ref, until: null, error: { path: `/items/${index}${result.path}`, message: result.message } };
            }
          }),
        };
      },
    );
    done();
  };
}

const TOO_DEEP = { kind: 'problem', path: '/item', message: `is nested more than ${DEEPEST} levels deep` } as const;

type SentSpec = Static<typeof Spec>;

function specOf(sent: SentSpec): WaitSpec {
  switch (sent.kind) {
    case 'duration':
    case 'date':
    case 'replenishment':
      return sent;
    case 'event':
      return { ...sent, events: sent.events as EventRule[] };
    case 'localTime':
    case 'preferredHour':
      return { ...sent, weekdays: sent.weekdays as IsoWeekday[] };
  }
}
