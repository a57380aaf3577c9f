/** Shapes of the rows in a customer's lists. */
import { Type } from 'typebox';
import { AnyObject, Nullable } from './customerSchemas.ts';

export const CustomerEvent = Type.Object({
  id: Type.String(),
  type: Type.String(),
  source: Type.String(),
  occurredAt: Type.String(),
  receivedAt: Type.String(),
  identity: Type.Record(Type.String(), Type.String()),
  properties: AnyObject,
  test: Type.Boolean(),
});

export const CustomerSend = Type.Object({
  id: Type.String(),
  customerId: Type.String(),
  channel: Type.String(),
  category: Type.String(),
  journey: Nullable(Type.String()),
  node: Type.String(),
  decision: Type.String(),
  reasons: Type.Array(Type.String()),
  until: Nullable(Type.String()),
  status: Nullable(Type.String()),
  providerMessageId: Nullable(Type.String()),
  at: Type.String(),
});

export const AuditEntry = Type.Object({
  kind: Type.Union([Type.Literal('consent'), Type.Literal('identifier'), Type.Literal('skippedEntry')]),
  at: Type.String(),
  detail: Type.Record(Type.String(), Type.String()),
});
