/** `POST /v1/messages/preview`: how a message would look, without asking the gate, claiming or counting anything. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { CHANNELS } from '../domain/event.ts';
import { SEND_CATEGORIES } from '../domain/gate/sendGate.ts';
import { TEST_CUSTOMER_ID, TEST_RUN_ID, type ItemRun } from '../domain/journeyItem.ts';
import { isoTime } from '../domain/textValues.ts';
import { readLanguages } from '../store/languages.ts';
import type { Session } from '../store/rows.ts';
import { madeUpProperties } from '../store/sampleItems.ts';
import { ItemError } from './batchSchemas.ts';
import type { ServiceContext } from './context.ts';
import { Nullable } from './customerSchemas.ts';
import { CUSTOMER_ID, previewedExample, previewExample } from './examples.ts';
import { Message, Rendered } from './messageSchema.ts';
import { messagesFor } from './preparedMessages.ts';
import { ProblemSchema } from './problem.ts';
import { survivorOf } from './survivor.ts';

const Preview = Type.Object(
  {
    customerId: Type.Optional(
      Type.String({ description: 'For whom; a made-up customer when absent', examples: [CUSTOMER_ID] }),
    ),
    language: Type.Optional(Type.String({ maxLength: 100, description: "Instead of the customer's own" })),
    channel: Type.Enum([...CHANNELS]),
    category: Type.Optional(Type.Enum([...SEND_CATEGORIES], { description: 'marketing when absent' })),
    nodeName: Type.Optional(Type.String({ maxLength: 500, description: 'For the campaign parameters of links' })),
    productIds: Type.Optional(Type.Array(Type.String(), { maxItems: 500 })),
    message: Message,
  },
  { examples: [previewExample] },
);

const Previewed = Type.Object(
  {
    message: Nullable(Rendered),
    problems: Type.Array(ItemError, { description: 'Why there is no message' }),
  },
  { examples: [previewedExample] },
);

export function messagePreviewRoutes(context: ServiceContext): FastifyPluginCallbackTypebox {
  const session: Session = { db: context.store.db, dialect: context.store.dialect };
  return (app, _options, done) => {
    app.post(
      '/messages/preview',
      {
        schema: {
          tags: ['sends'],
          summary: 'How a message looks to a customer; nothing is decided, claimed or sent',
          description:
            'What the data of the message lacks is made up: `customer` is the customer asked for, `run` a run of a customer with two shoes in the cart. Links to unsubscribe speak for nobody.',
          body: Preview,
          response: { 200: Previewed, 400: ProblemSchema, 404: ProblemSchema },
        },
      },
      async ({ body }) => {
        const { channel, category = 'marketing', nodeName = 'Preview', productIds = [], message } = body;
        const isSample = body.customerId === undefined || body.customerId === TEST_CUSTOMER_ID;
        const customerId = isSample ? TEST_CUSTOMER_ID : await survivorOf(session, body.customerId ?? '');
        const language = body.language ?? (await readLanguages(session, [customerId])).get(customerId) ?? null;
        const request = { customerId, channel, category, nodeName, productIds, dryRun: true };
        const data = { run: madeUpRun(nodeName, context.now()), ...message.data };
        const prepare = await messagesFor(context, [{ request, message: { ...message, data } }]);
        const made = prepare(0, { customerId, language, sendId: null });
        if ('message' in made) return { message: made.message, problems: [] };
        return { message: null, problems: [{ path: made.problem.path, message: made.problem.message }] };
      },
    );
    done();
  };
}

const madeUpRun = (step: string, now: number): ItemRun => ({
  id: TEST_RUN_ID,
  journey: 'preview',
  segment: 1,
  step,
  enteredAt: isoTime(now),
  outcome: 'entered',
  entry: { type: 'added_to_cart', occurredAt: isoTime(now), properties: madeUpProperties() },
});
