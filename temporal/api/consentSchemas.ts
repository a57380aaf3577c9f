/** Shapes of consent, double opt-in and preferences in the API, and the reader of what is asked for. */
import { Type } from 'typebox';
import type { Channel } from '../domain/event.ts';
import { readDuration } from '../domain/isoDuration.ts';
import { DEEPEST, isTooDeep } from '../domain/textValues.ts';
import { TRACKS } from '../domain/tracks.ts';
import type { OptInAsk } from '../intake/optIn.ts';
import { consentHistoryExample, requestedExample } from './consentExamples.ts';
import { AnyObject, ChannelSchema, ConsentByChannel, ConsentStateSchema, Nullable } from './customerSchemas.ts';
import type { FieldError } from './problem.ts';

export const Preferences = Type.Object(
  {
    tracks: Type.Array(Type.Enum(TRACKS), {
      description: 'What the customer wants to hear; none means everything',
      maxItems: 10,
    }),
  },
  { examples: [{ tracks: ['product_news'] }] },
);
export const OptInFields = {
  channel: ChannelSchema,
  source: Type.String({ minLength: 1, maxLength: 200, description: 'Where the person asked' }),
  properties: Type.Optional(AnyObject),
  expiresIn: Type.Optional(Type.String({ description: 'ISO 8601, such as P7D; the service’s setting when absent' })),
};
export const Requested = Type.Object(
  { id: Type.String(), confirmUrl: Type.String(), expiresAt: Type.String() },
  { examples: [requestedExample] },
);
export const ConsentHistory = Type.Object(
  {
    consent: ConsentByChannel,
    history: Type.Array(
      Type.Object({
        channel: ChannelSchema,
        state: ConsentStateSchema,
        source: Type.String(),
        at: Type.String({ description: 'When the person said so' }),
        recordedAt: Type.String(),
        actor: Nullable(Type.String({ description: 'Who recorded it: api, page, import, event …' })),
        eventId: Nullable(Type.String()),
      }),
      { description: 'Changes, newest first' },
    ),
    requests: Type.Array(
      Type.Object({
        id: Type.String(),
        channel: ChannelSchema,
        source: Type.String(),
        state: Type.Enum(['pending', 'confirmed', 'expired', 'superseded']),
        requestedAt: Type.String(),
        expiresAt: Type.String(),
        decidedAt: Nullable(Type.String()),
      }),
      { description: 'Of double opt-in, newest first' },
    ),
  },
  { examples: [consentHistoryExample] },
);

interface AskBody {
  channel: Channel;
  source: string;
  properties?: Record<string, unknown>;
  expiresIn?: string;
  key?: string;
}

/** @returns what was asked, or what is wrong with it (JSON Pointers below `path`) */
export function readAsk(body: AskBody, path: string): { asked: Omit<OptInAsk, 'customerId'>; errors: FieldError[] } {
  const { channel, source, properties = {}, expiresIn, key } = body;
  const errors: FieldError[] = [];
  const expiresInMs = expiresIn === undefined ? undefined : readDuration(expiresIn);
  if (expiresInMs === null) {
    errors.push({ path: `${path}/expiresIn`, message: 'has to be an ISO 8601 duration such as P7D or PT36H' });
  }
  if (isTooDeep(properties)) {
    errors.push({ path: `${path}/properties`, message: `is nested more than ${DEEPEST} levels deep` });
  }
  const asked = {
    channel,
    source,
    properties,
    actor: 'api',
    ...(typeof expiresInMs === 'number' && { expiresInMs }),
    ...(key !== undefined && { key }),
  };
  return { asked, errors };
}
