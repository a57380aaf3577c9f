/** `POST /v1/inbound-messages`: what customers wrote back by SMS or WhatsApp, for operators who receive it by another node. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type, type Static } from 'typebox';
import { normalisePhone, type FieldProblem } from '../domain/identity.ts';
import type { InboundMessage } from '../domain/inboundMessage.ts';
import { readId, readTime } from '../domain/textValues.ts';
import { takeInboundMessages } from '../intake/inboundMessages.ts';
import { ItemError } from './batchSchemas.ts';
import { inboundAnswerExample, inboundExample } from './consentExamples.ts';
import type { ServiceContext } from './context.ts';
import { Nullable } from './customerSchemas.ts';
import { ProblemSchema } from './problem.ts';

const MAX_ITEMS = 500;
/** WhatsApp's longest text. */
const TEXT_MAX = 65_536;
const FUTURE_MS = 24 * 3600_000;

const Message = Type.Object(
  {
    id: Type.Union([Type.String(), Type.Integer()], { description: 'The provider’s; the dedupe key' }),
    channel: Type.Enum(['sms', 'whatsapp']),
    from: Type.String({ description: 'E.164', maxLength: 100 }),
    text: Type.String({ maxLength: TEXT_MAX }),
    at: Type.Optional(Type.String({ description: 'RFC 3339 with an offset; now when left out' })),
  },
  { examples: [inboundExample] },
);
const Answer = Type.Object(
  {
    items: Type.Array(
      Type.Object({
        id: Type.String(),
        action: Nullable(
          Type.Enum(['unsubscribed', 'subscribed', 'help', 'received'], {
            description: '`help`: the sender asks who this is, your answer is due. `received`: a message for people',
          }),
        ),
        customerId: Nullable(Type.String()),
        duplicate: Type.Boolean(),
        error: Type.Optional(ItemError),
      }),
    ),
  },
  { examples: [inboundAnswerExample] },
);

export function inboundMessageRoutes({ intake, now }: ServiceContext): FastifyPluginCallbackTypebox {
  return (app, _options, done) => {
    app.post(
      '/inbound-messages',
      {
        schema: {
          tags: ['consent'],
          summary: 'Messages from customers: STOP, START and HELP words are understood',
          description:
            'A message that is nothing but such a word, in English or German, changes the consent for its channel; STOP is remembered for an unknown number too. Every other message becomes a custom:message_received event.',
          body: Type.Object({ items: Type.Array(Message, { maxItems: MAX_ITEMS }) }),
          response: { 200: Answer, 400: ProblemSchema },
        },
      },
      async ({ body: { items } }) => {
        const read = items.map((item, index) => readMessage(item, `/items/${index}`, now()));
        const messages = read.flatMap(({ message }) => message ?? []);
        const outcomes = await takeInboundMessages(intake, messages);
        let next = 0;
        return {
          items: read.map(({ message, problem }, index) => {
            const id = String(items[index]?.id ?? index);
            if (!message) return { id, action: null, customerId: null, duplicate: false, error: problem };
            const { action = null, customerId = null, duplicate = false } = outcomes[next++] ?? {};
            return { id, action, customerId, duplicate };
          }),
        };
      },
    );
    done();
  };
}

type Read = { message: InboundMessage; problem?: undefined } | { message?: undefined; problem: FieldProblem };

function readMessage(item: Static<typeof Message>, path: string, now: number): Read {
  const id = readId(item.id);
  if (id.problem !== undefined) return { problem: { path: `${path}/id`, message: id.problem } };
  const from = normalisePhone(item.from);
  if (from === null) {
    return { problem: { path: `${path}/from`, message: 'has to be in international form, such as +436601234567' } };
  }
  const at = item.at === undefined ? now : readTime(item.at);
  if (at === null || at > now + FUTURE_MS) {
    const message = 'has to be an RFC 3339 time with an offset, not in the future';
    return { problem: { path: `${path}/at`, message } };
  }
  if (item.text.includes('\0') || !item.text.isWellFormed()) {
    return { problem: { path: `${path}/text`, message: 'has characters that are no text' } };
  }
  return { message: { id: id.text, channel: item.channel, from, text: item.text, at } };
}
