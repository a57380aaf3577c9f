/** Shapes of the rows in a customer's lists. */
import { Type } from 'typebox';
import { AnyObject } from './customerSchemas.ts';
import { storedEventExample } from './examples.ts';

export const CustomerEvent = Type.Object(
  {
    id: Type.String(),
    type: Type.String(),
    source: Type.String(),
    occurredAt: Type.String(),
    receivedAt: Type.String(),
    identity: Type.Record(Type.String(), Type.String()),
    properties: AnyObject,
    test: Type.Boolean(),
  },
  { examples: [storedEventExample] },
);

export const AuditEntry = Type.Object({
  kind: Type.Enum(['consent', 'identifier', 'skippedEntry', 'change']),
  at: Type.String(),
  detail: Type.Record(Type.String(), Type.String(), { description: 'What it was, by its kind' }),
  details: Type.Optional(AnyObject),
});
