/** `POST /hooks/{provider}/{connection}`: what became of messages, and what customers wrote back, as their providers tell it. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { Type, type Static } from 'typebox';
import { PROVIDER_KINDS, type ProviderKind } from '../../domain/connection.ts';
import type { InboundMessage } from '../../domain/inboundMessage.ts';
import type { HookContent, HookRequest } from '../../domain/providerEvents/hook.ts';
import { PROVIDER_HOOKS } from '../../domain/providerEvents/providers.ts';
import { subscriptionToConfirm } from '../../domain/providerEvents/ses.ts';
import { answerToVerification } from '../../domain/providerEvents/whatsapp.ts';
import { takeInboundMessages } from '../../intake/inboundMessages.ts';
import { takeMessageEvents } from '../../intake/messageEvents.ts';
import { Problem } from '../problem.ts';
import { HOOK_WORDS } from './hookWords.ts';
import { answers, Params, tags, unchecked, type IncomingParts } from './incomingParts.ts';
import type { Delivery } from './senders.ts';

const Taken = Type.Object(
  {
    events: Type.Integer({ description: 'Of messages, and messages from customers, in the delivery' }),
    duplicates: Type.Integer({ description: 'Of these, known already: nothing has changed' }),
    ignored: Type.Integer({ description: 'Of these, about messages that are none of ours' }),
    rejected: Type.Optional(
      Type.Array(Type.Object({ path: Type.String(), message: Type.String() }), {
        description: 'What has been left out, and why',
      }),
    ),
  },
  { examples: [{ events: 2, duplicates: 0, ignored: 0 }] },
);
type Taken = Static<typeof Taken>;

/** Twilio reads the answer to a message as instructions; these are none. */
const NO_INSTRUCTIONS = '<?xml version="1.0" encoding="UTF-8"?><Response/>';

export function hookRoutes(app: FastifyInstance, parts: IncomingParts): void {
  for (const kind of PROVIDER_KINDS) {
    const { summary, description, example } = HOOK_WORDS[kind];
    const isTwilio = kind === 'twilio';
    app.post<{ Params: { connection: string }; Body: Buffer | undefined }>(
      `/hooks/${kind}/:connection`,
      {
        schema: {
          tags,
          summary,
          description,
          params: Params,
          body: Type.Union([Type.Object({}), Type.Array(Type.Object({}))], { examples: [example] }),
          response: { 200: isTwilio ? Type.String() : Taken, ...answers },
        },
        validatorCompiler: unchecked,
        onRequest: async (request, reply) => {
          await parts.senders.greet(request, reply, kind);
        },
      },
      async (request, reply) => {
        const taken = await takeHook(parts, kind, request, reply);
        if (!isTwilio) return taken;
        return await reply.type('text/xml').send(NO_INSTRUCTIONS);
      },
    );
  }
  verificationRoute(app, parts);
}

async function takeHook(
  { context, metrics, senders, received }: IncomingParts,
  kind: ProviderKind,
  request: Delivery & { body: Buffer | undefined },
  reply: FastifyReply,
): Promise<Taken> {
  const body = request.body ?? Buffer.alloc(0);
  const { name } = await senders.prove(request, reply, kind, body);
  const hook = senders.proofs.hookRequest(request, body);
  received.note(name, context.now());
  const read = PROVIDER_HOOKS[kind].read(hook, context.now());
  if (read.problem !== undefined) {
    metrics.delivery(name, null, 'invalid');
    request.log.warn({ connection: name, path: read.problem.path }, 'a delivery could not be understood');
    throw new Problem(400, 'The delivery cannot be taken in; nothing of it has been kept.', [read.problem]);
  }
  if (kind === 'ses') await confirmSubscription(context.getFromAws, hook);
  const taken = await take(context, kind, name, read);
  const isRepeated = taken.events > 0 && taken.duplicates === taken.events;
  metrics.delivery(name, null, taken.events === 0 ? 'empty' : isRepeated ? 'duplicate' : 'accepted');
  if (read.rejected.length === 0) return taken;
  const paths = read.rejected.map(({ path }) => path);
  request.log.warn({ connection: name, paths }, 'part of a delivery could not be understood');
  return { ...taken, rejected: read.rejected };
}

async function take(
  { intake }: IncomingParts['context'],
  kind: ProviderKind,
  name: string,
  { events, messages }: HookContent,
): Promise<Taken> {
  const told = await takeMessageEvents(
    intake,
    events.map((event) => ({ ...event, source: name, provider: kind })),
  );
  const heard = messages.length === 0 ? [] : await takeInboundMessages(intake, messages.map(asKept));
  const repeated = told.filter(({ fate }) => fate === 'repeated').length;
  return {
    events: events.length + messages.length,
    duplicates: repeated + heard.filter(({ duplicate }) => duplicate).length,
    ignored: told.filter(({ fate }) => fate === 'ignored').length,
  };
}

/** WhatsApp's longest text; as for `POST /v1/inbound-messages`. */
const TEXT_MAX = 65_536;
const ID_MAX = 500;

const asKept = (message: InboundMessage): InboundMessage => ({
  ...message,
  id: message.id.slice(0, ID_MAX).toWellFormed(),
  text: message.text.slice(0, TEXT_MAX).toWellFormed(),
});

/** @throws Problem 503: SNS asks again */
async function confirmSubscription(getFromAws: (url: string) => Promise<string>, hook: HookRequest): Promise<void> {
  const url = subscriptionToConfirm(hook);
  if (url === null) return;
  await getFromAws(url).catch(() => {
    throw new Problem(503, 'The subscription could not be confirmed at AWS: send it again.');
  });
}

/** What Meta asks before it sends anything: whether this address knows the token that was entered there. */
function verificationRoute(app: FastifyInstance, { senders }: IncomingParts): void {
  app.get<{ Params: { connection: string } }>(
    '/hooks/whatsapp/:connection',
    {
      schema: {
        tags,
        summary: "Meta's question whether the address is the operator's",
        description: "The verify token to enter at Meta is the connection's `publicKey`.",
        params: Params,
        response: { 200: Type.String(), ...answers },
      },
      validatorCompiler: unchecked,
    },
    async (request, reply) => {
      const connection = await senders.greet(request, reply, 'whatsapp');
      const { query } = senders.proofs.hookRequest(request, Buffer.alloc(0));
      const challenge = answerToVerification(query, connection.publicKey);
      if (challenge === null) {
        const words = "The verify token is not this connection's: enter its publicKey at Meta.";
        throw await senders.refuse(request, connection, words);
      }
      return await reply.type('text/plain').send(challenge);
    },
  );
}
