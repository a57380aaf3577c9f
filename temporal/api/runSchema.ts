/** Shape of a run in the API. */
import { Type } from 'typebox';
import { Nullable } from './customerSchemas.ts';
import { runExample } from './examples.ts';

export const RunStatusSchema = Type.Enum(['running', 'completed', 'exited', 'cancelled', 'failed']);

export const RunSchema = Type.Object(
  {
    id: Type.String(),
    workflowId: Type.String({ description: 'In Temporal; a later run of the same customer uses it again' }),
    journey: Type.String(),
    customerId: Type.String(),
    status: RunStatusSchema,
    step: Nullable(Type.String({ description: 'Node that the customer waits in or is at' })),
    waitingUntil: Nullable(Type.String()),
    exitReason: Nullable(Type.String()),
    held: Type.Boolean({ description: "The journey's pause holds this run" }),
    enteredAt: Type.String(),
    endedAt: Nullable(Type.String()),
    steps: Type.Array(Type.Object({ node: Type.String(), outcome: Type.String(), at: Type.String() })),
  },
  { examples: [runExample] },
);
