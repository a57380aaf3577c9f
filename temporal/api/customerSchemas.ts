/** Shapes of customers in the API, and readers of what callers say about them. */
import { Type, type TSchema } from 'typebox';
import type { ConsentEntry } from '../domain/consent.ts';
import { CHANNELS, CONSENT_STATES, type Channel, type EventIdentity } from '../domain/event.ts';
import { readConsent } from '../domain/eventParsing.ts';
import { readIdentity, type FieldProblem } from '../domain/identity.ts';
import { DEEPEST, isTooDeep } from '../domain/textValues.ts';
import { TRACKS, type Track } from '../domain/tracks.ts';
import type { CustomerUpsert } from '../intake/customerChanges.ts';
import { CustomerScoresSchema } from './customerScoreSchemas.ts';
import { customerExample } from './examples.ts';
import { Problem } from './problem.ts';

export const Nullable = <T extends TSchema>(type: T) => Type.Union([type, Type.Null()]);
export const ChannelSchema = Type.Enum(CHANNELS);
export const ConsentStateSchema = Type.Enum(CONSENT_STATES);
export const AnyObject = Type.Record(Type.String(), Type.Unknown());

const ConsentNow = Type.Object({
  state: ConsentStateSchema,
  source: Nullable(Type.String()),
  at: Nullable(Type.String()),
});

export const ConsentByChannel = Type.Object({
  email: ConsentNow,
  sms: ConsentNow,
  whatsapp: ConsentNow,
  push: ConsentNow,
});

export const CustomerSchema = Type.Object(
  {
    id: Type.String(),
    identifiers: Type.Array(Type.Object({ kind: Type.String(), value: Type.String() })),
    properties: AnyObject,
    consent: ConsentByChannel,
    preferences: Type.Object({ tracks: Type.Array(Type.Enum(TRACKS)) }),
    suppression: Type.Array(
      Type.Object({
        reason: Type.String(),
        channel: Type.String(),
        address: Type.String(),
        at: Type.String(),
        source: Type.String(),
      }),
    ),
    totals: Type.Object({
      orders: Type.Integer(),
      refunds: Type.Integer(),
      revenueMinor: Type.Integer({ description: 'Net of refunds, in the currency of the first order' }),
      currency: Nullable(Type.String()),
      firstOrderAt: Nullable(Type.String()),
      lastOrderAt: Nullable(Type.String()),
      averageOrderMinor: Nullable(Type.Integer()),
      offlineOrders: Type.Integer({ description: 'Of the orders, those made in a shop one can walk into (pos)' }),
      lastOfflineOrderAt: Nullable(Type.String()),
    }),
    engagement: Type.Object(
      {
        lastTwoEngaged: Type.Boolean({
          description:
            'The last two marketing messages that arrived were opened by a person, or clicked (SMS: clicked)',
        }),
        suppressRetargeting: Type.Boolean({
          description:
            'lastTwoEngaged, and still subscribed to a channel of these messages: paid retargeting can be spared',
        }),
        lastOpenedAt: Nullable(Type.String({ description: 'By a person; each message counts by its first opening' })),
        lastClickedAt: Nullable(Type.String()),
        lastMessages: Type.Array(
          Type.Object({
            sendId: Type.String(),
            channel: ChannelSchema,
            at: Type.String(),
            engaged: Type.Boolean(),
          }),
          { description: 'What the signal looks at, newest first' },
        ),
      },
      { description: 'Does the customer read what is sent?' },
    ),
    scores: CustomerScoresSchema,
    mergedFrom: Type.Array(Type.String()),
  },
  { description: 'A resolved profile', examples: [customerExample] },
);

export const IdentitySchema = Type.Record(Type.String(), Type.Union([Type.String(), Type.Integer(), Type.Null()]), {
  description: 'At least one of customerId, externalId, email, phone, deviceId',
});

export const UpsertFields = {
  identity: IdentitySchema,
  properties: Type.Optional(AnyObject),
  preferences: Type.Optional(Type.Object({ tracks: Type.Array(Type.Enum(TRACKS), { maxItems: 10 }) })),
  consent: Type.Optional(
    Type.Record(
      Type.String(),
      Nullable(
        Type.Object({
          state: ConsentStateSchema,
          source: Type.Optional(Type.String()),
          at: Type.Optional(Type.String()),
        }),
      ),
    ),
  ),
};

export const ConsentFields = {
  channel: ChannelSchema,
  state: ConsentStateSchema,
  source: Type.String({ minLength: 1, maxLength: 200, description: 'Where the person said so' }),
  at: Type.Optional(Type.String({ description: 'RFC 3339 with an offset; now when left out' })),
};

const DEFAULT_CONSENT_SOURCE = 'api';

export const DisengagedFields = {
  channel: ChannelSchema,
  source: Type.String({ minLength: 1, maxLength: 200, description: 'Who says so, such as the win-back journey' }),
};

/** @param now epoch ms @returns the upsert, or what is wrong with it (JSON Pointers below `path`) */
export function readUpsert(
  body: {
    identity: unknown;
    properties?: Record<string, unknown>;
    preferences?: { tracks: Track[] };
    consent?: unknown;
  },
  path: string,
  now: number,
): { upsert: CustomerUpsert; problems: FieldProblem[] } {
  const { identity, problems } = readIdentity(body.identity, `${path}/identity`);
  if (isTooDeep(body.properties)) {
    problems.push({ path: `${path}/properties`, message: `is nested more than ${DEEPEST} levels deep` });
  }
  const consent = readConsent(body.consent, `${path}/consent`, now, problems);
  const entries = Object.entries(consent ?? {}).map(([channel, statement]): [Channel, ConsentEntry] => [
    channel as Channel,
    {
      state: statement.state,
      source: statement.source ?? DEFAULT_CONSENT_SOURCE,
      at: statement.at === undefined ? now : Date.parse(statement.at),
    },
  ]);
  const tracks = body.preferences?.tracks ?? null;
  return { upsert: { identity, properties: body.properties ?? {}, tracks, consent: entries, actor: 'api' }, problems };
}

/** @throws Problem 400 */
export function identityOrProblem(value: unknown, path: string): EventIdentity {
  const { identity, problems } = readIdentity(value, path);
  if (problems.length > 0) throw new Problem(400, 'The identity cannot be read.', problems);
  return identity;
}
