/** Shapes of connections in the API, and the reader of what an operator says about one. */
import { Type, type Static } from 'typebox';
import {
  CONNECTION_KINDS,
  isProviderKind,
  readOrigin,
  REPLACED_SECRET_DAYS,
  webhookPathOf,
  type ConnectionKind,
} from '../domain/connection.ts';
import { currencyExponent } from '../domain/money.ts';
import { PROVIDER_HOOKS } from '../domain/providerEvents/providers.ts';
import { isoTime, isoTimeOrNull } from '../domain/textValues.ts';
import type { Connection } from '../store/connections.ts';
import { CommerceTriggerSchema } from './commerceTriggerSchema.ts';
import { Nullable } from './customerSchemas.ts';
import type { FieldError } from './problem.ts';

/** A public key has 124 characters. */
const SECRET_MAX = 500;
const MOST_SECRETS = 10;
const MOST_ORIGINS = 50;

export const ConnectionName = Type.String({
  pattern: '^[a-z0-9][a-z0-9._-]{0,63}$',
  description: 'lower-case letters, digits, "-", "_" and ".", 64 at most, beginning with a letter or digit',
});

const Secret = Type.String({ minLength: 1, maxLength: SECRET_MAX });

export const ConnectionChange = Type.Object(
  {
    kind: Type.Optional(
      Type.Enum(CONNECTION_KINDS, { description: 'Needed for a new connection; else it stays as it is.' }),
    ),
    secret: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: SECRET_MAX,
        description:
          "Needed for a new connection; left out, it stays as it is. Shopify: the app's client secret. WooCommerce: the webhooks' " +
          'secret. Segment: the write key, or the shared secret of its webhook destination. GA4: the api_secret. Custom: any ' +
          'random text. SendGrid: the verification key of the signed event webhook. Postmark: the password of HTTP authentication. ' +
          'Resend: the signing secret (whsec_…). SES: the ARN of the SNS topic. Twilio: the auth token. WhatsApp: the app secret. ' +
          'OneSignal: any random text, which the stream sends as Bearer token. Webhook: the secret of Standard Webhooks. ' +
          `The secret that it replaces is accepted for ${REPLACED_SECRET_DAYS} days more, unless previousSecrets is given.`,
      }),
    ),
    previousSecrets: Type.Optional(
      Type.Array(Secret, {
        maxItems: MOST_SECRETS,
        description:
          'Which other secrets are accepted, until they are named anew; [] takes away every secret but the current one, at once. ' +
          `Left out: those there are stay, and a replaced one is accepted for ${REPLACED_SECRET_DAYS} days more.`,
      }),
    ),
    currency: Type.Optional(
      Nullable(Type.String({ description: 'ISO 4217, for bodies that name no currency; null for none.' })),
    ),
    origins: Type.Optional(
      Type.Array(Type.String({ maxLength: 300 }), {
        maxItems: MOST_ORIGINS,
        description: 'Pages on which the browser tracker may run: scheme and host, such as https://shop.example.com.',
      }),
    ),
    externalIdPrefix: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9._:-]{0,40}$',
        description: 'letters, digits, ".", "_", ":" and "-", 40 at most; "" for none',
        examples: ['de:'],
      }),
    ),
  },
  {
    additionalProperties: false,
    examples: [
      { kind: 'shopify', secret: "the app's client secret", currency: 'EUR', origins: ['https://shop.example.com'] },
      { secret: 'the new secret' },
      { secret: 'the new secret', previousSecrets: [] },
    ],
  },
);

export const ConnectionSchema = Type.Object(
  {
    name: Type.String(),
    kind: Type.Enum(CONNECTION_KINDS),
    webhookUrl: Type.String({ description: 'Where the shop, program or provider sends to' }),
    publicKey: Type.String({
      description:
        'Names the connection to the browser tracker; no secret. Of WhatsApp: the verify token to enter at Meta',
    }),
    currency: Nullable(Type.String()),
    origins: Type.Array(Type.String()),
    externalIdPrefix: Type.String({
      description:
        'Stands before the customer numbers of this connection. Give each shop its own when several shops number their customers by themselves',
    }),
    secretIsSet: Type.Boolean(),
    secretChangedAt: Type.String(),
    previousSecrets: Type.Array(
      Type.Object({ acceptedUntil: Nullable(Type.String({ description: 'null: until previousSecrets is changed' })) }),
    ),
    createdAt: Type.String(),
    updatedAt: Type.String(),
    lastReceivedAt: Nullable(Type.String({ description: 'Last delivery that proved to come from it, to the minute' })),
    triggers: Type.Optional(
      Type.Array(CommerceTriggerSchema, {
        description:
          'Of a single connection: the Commerce Triggers that listen to it, with their last look at the shop',
      }),
    ),
  },
  {
    description: 'A shop, tracker, program or provider that sends events. Its secrets are never given out.',
    examples: [
      {
        name: 'main-shop',
        kind: 'shopify',
        webhookUrl: 'https://journeys.example.com/in/shopify/main-shop',
        publicKey: 'pk_Jw2mXo0b7cQ4v9sLr1aT8e',
        currency: 'EUR',
        origins: ['https://shop.example.com'],
        externalIdPrefix: 'de:',
        secretIsSet: true,
        secretChangedAt: '2026-11-22T12:00:00.000Z',
        previousSecrets: [{ acceptedUntil: '2026-11-29T12:00:00.000Z' }],
        createdAt: '2026-06-01T08:00:00.000Z',
        updatedAt: '2026-11-22T12:00:00.000Z',
        lastReceivedAt: '2026-11-22T11:59:00.000Z',
      },
    ],
  },
);

/** @param now epoch ms @param publicUrl without trailing slash */
export function connectionView(
  connection: Connection,
  publicUrl: string,
  now: number,
): Static<typeof ConnectionSchema> {
  const { name, kind, secrets, lastReceivedAt } = connection;
  return {
    name,
    kind,
    webhookUrl: `${publicUrl}${webhookPathOf(kind, name)}`,
    publicKey: connection.publicKey,
    currency: connection.currency,
    origins: connection.origins,
    externalIdPrefix: connection.externalIdPrefix,
    secretIsSet: secrets.current !== '',
    secretChangedAt: isoTime(secrets.changedAt),
    previousSecrets: secrets.previous
      .filter(({ until }) => until === null || until > now)
      .map(({ until }) => ({ acceptedUntil: isoTimeOrNull(until) })),
    createdAt: isoTime(connection.createdAt),
    updatedAt: isoTime(connection.updatedAt),
    lastReceivedAt: isoTimeOrNull(lastReceivedAt),
  };
}

export interface ReadChange {
  currency: string | null | undefined;
  origins: string[] | undefined;
  errors: FieldError[];
}

/** What the schema cannot say: currencies that exist, origins that are some, secrets as they were meant. */
export function readChange(body: Static<typeof ConnectionChange>): ReadChange {
  const errors: FieldError[] = [];
  const currency = body.currency?.trim().toUpperCase();
  if (currency !== undefined && currencyExponent(currency) === null) {
    errors.push({ path: '/currency', message: 'is no ISO 4217 currency such as EUR' });
  }
  const origins = body.origins?.map((text, index) => {
    const origin = readOrigin(text);
    if (origin === null) {
      errors.push({
        path: `/origins/${index}`,
        message: 'has to be scheme and host only, such as https://shop.example.com',
      });
    }
    return origin ?? '';
  });
  if (body.secret !== undefined) checkSecret(body.secret, '/secret', errors);
  body.previousSecrets?.forEach((secret, index) => checkSecret(secret, `/previousSecrets/${index}`, errors));
  return { currency: body.currency === null ? null : currency, origins: origins && [...new Set(origins)], errors };
}

/** What a provider's secret looks like is known of some: a wrong one would be noticed only by events that never come. */
export function checkSecretsOf(
  kind: ConnectionKind,
  { secret, previousSecrets }: Static<typeof ConnectionChange>,
  errors: FieldError[],
): void {
  if (!isProviderKind(kind)) return;
  const given = [
    ...(secret === undefined ? [] : [{ path: '/secret', secret }]),
    ...(previousSecrets ?? []).map((previous, index) => ({ path: `/previousSecrets/${index}`, secret: previous })),
  ];
  for (const { path, secret: text } of given) {
    const message = PROVIDER_HOOKS[kind].secretProblem?.(text) ?? null;
    if (message !== null && !errors.some((error) => error.path === path)) errors.push({ path, message });
  }
}

/** Blanks at the ends come from copying; with them every signature would be wrong, and nobody would see why. */
function checkSecret(secret: string, path: string, errors: FieldError[]): void {
  if (secret !== secret.trim()) errors.push({ path, message: 'has blanks or line breaks at its ends: leave them out' });
  else if (secret.includes('\0') || !secret.isWellFormed())
    errors.push({ path, message: 'has characters that are no text' });
}
