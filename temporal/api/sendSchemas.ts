/** Shapes of the routes about sends (CONTRACT section 3). */
import { Type } from 'typebox';
import { CHANNELS } from '../domain/event.ts';
import { SEND_CATEGORIES } from '../domain/gate/sendGate.ts';
import { ID_MAX } from '../domain/textValues.ts';
import { MESSAGE_TRACKS } from '../domain/tracks.ts';
import { RECIPIENT_VERDICTS, SEND_STATUSES } from '../domain/sendStatus.ts';
import { ItemError, ItemRef } from './batchSchemas.ts';
import { Nullable } from './customerSchemas.ts';
import { Message, Rendered } from './messageSchema.ts';
import { authorizedExample, authorizeExample, SEND_ID, sendExample } from './examples.ts';

export const MAX_SENDS = 500;
/** Characters that are kept of what providers say. A report is not lost for its words. */
export const ERROR_MAX = 5000;
const Id = Type.String({ minLength: 1, maxLength: ID_MAX });

export const Decision = Type.Enum(['send', 'suppress', 'defer']);
export const Status = Type.Enum([...SEND_STATUSES]);

export const AuthorizeItem = Type.Object(
  {
    ref: ItemRef,
    customerId: Id,
    channel: Type.Enum([...CHANNELS]),
    category: Type.Enum([...SEND_CATEGORIES]),
    node: Type.String({ minLength: 1, maxLength: 500, description: 'Id of the n8n node, part of the claim' }),
    nodeName: Type.Optional(Type.String({ maxLength: 500, description: 'For the operator; `node` when absent' })),
    runId: Type.Optional(Id),
    segment: Type.Optional(Type.Integer({ minimum: 1, description: 'Of the item: with `runId`' })),
    key: Type.Optional(Type.String({ minLength: 1, maxLength: ID_MAX, description: 'Outside of a journey' })),
    address: Type.Optional(Type.String({ maxLength: 1000, description: "Instead of the customer's own" })),
    productIds: Type.Optional(
      Type.Array(Type.String(), {
        maxItems: 500,
        description:
          'Products that the message is about: when none of them can be had, it is not sent. Its templates know them beside those of the item',
      }),
    ),
    provider: Type.Optional(
      Type.String({
        pattern: '^[a-z0-9_-]{1,40}$',
        description: 'How it goes out, as in /hooks/{provider}: sendgrid, twilio, smtp …',
      }),
    ),
    repeatable: Type.Optional(
      Type.Boolean({
        description:
          'The provider takes an idempotency key, or can be asked what was sent: a claim that was started and not reported is given out once more, with `resumed`',
      }),
    ),
    track: Type.Optional(
      Type.Enum([...MESSAGE_TRACKS], {
        description:
          'What the message is about, for customers who chose to hear of some things only; general by default',
      }),
    ),
    freeForm: Type.Optional(
      Type.Boolean({
        description:
          'Of WhatsApp: this is free text, no approved template. Outside of the 24 hours after the customer’s last message the item gets an error instead of a claim',
      }),
    ),
    dryRun: Type.Optional(Type.Boolean({ description: 'Decides, takes no claim' })),
    message: Type.Optional(Message),
  },
  { examples: [authorizeExample] },
);

export const AuthorizeAnswer = Type.Object(
  {
    ref: ItemRef,
    sendId: Nullable(Type.String()),
    decision: Decision,
    reasons: Type.Array(Type.String()),
    until: Nullable(Type.String()),
    address: Nullable(Type.String()),
    replayed: Type.Optional(Type.Boolean({ description: 'Decided before: nothing is to be sent now' })),
    resumed: Type.Optional(
      Type.Boolean({
        description: 'Started before and not heard of since; given out once more, for the request was `repeatable`',
      }),
    ),
    startedAt: Type.Optional(Type.String({ description: 'With `resumed`: when it was first started' })),
    status: Type.Optional(Nullable(Status)),
    freeFormUntil: Type.Optional(
      Nullable(
        Type.String({ description: 'Of WhatsApp: until when free text may be sent; null: only an approved template' }),
      ),
    ),
    message: Type.Optional(Rendered),
  },
  { examples: [authorizedExample] },
);
export const AuthorizeRefusal = Type.Object({ ref: ItemRef, error: ItemError });

export const ReportItem = Type.Object(
  {
    sendId: Id,
    outcome: Type.Enum(['sent', 'failed', 'unknown']),
    permanent: Type.Optional(Type.Boolean()),
    providerMessageId: Type.Optional(Nullable(Type.String())),
    error: Type.Optional(
      Nullable(Type.String({ description: `In the provider's words; ${ERROR_MAX} characters are kept` })),
    ),
    recipient: Type.Optional(
      Type.Enum([...RECIPIENT_VERDICTS], {
        description:
          'What the provider says of the recipient, for good: `invalid` (no such address, token or subscription: suppressed as bounced), `opted_out` (has told the provider to stop: unsubscribed)',
      }),
    ),
  },
  { examples: [{ sendId: SEND_ID, outcome: 'sent', providerMessageId: sendExample.providerMessageId }] },
);

export const Send = Type.Object(
  {
    id: Type.String(),
    customerId: Type.String(),
    channel: Type.String(),
    category: Type.String(),
    journey: Nullable(Type.String()),
    runId: Nullable(Type.String()),
    segment: Nullable(Type.Integer()),
    node: Type.String(),
    nodeName: Type.String(),
    decision: Decision,
    reasons: Type.Array(Type.String()),
    until: Nullable(Type.String()),
    address: Nullable(Type.String()),
    status: Nullable(Status),
    provider: Nullable(Type.String({ description: 'How it went out; null when the caller did not say' })),
    providerMessageId: Nullable(Type.String()),
    error: Nullable(Type.String()),
    at: Type.String({ description: 'When it was decided' }),
    startedAt: Nullable(Type.String()),
    deliveredAt: Nullable(
      Type.String({
        description: 'As the provider told it; an opening or click proves it, too. As all that follow: the earliest',
      }),
    ),
    openedAt: Nullable(Type.String({ description: 'By a person' })),
    machineOpenedAt: Nullable(
      Type.String({
        description: 'Opened or clicked by a program: a mail proxy that loads all images, a scanner of links',
      }),
    ),
    clickedAt: Nullable(Type.String()),
    bouncedAt: Nullable(Type.String()),
    bounceType: Nullable(Type.Enum(['hard', 'soft'])),
    complainedAt: Nullable(Type.String()),
    unsubscribedAt: Nullable(Type.String()),
  },
  { examples: [sendExample] },
);
