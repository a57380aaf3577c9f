/** Shapes of what `/v1/experiments` takes and answers. */
import { Type } from 'typebox';
import { ItemError, ItemRef } from './batchSchemas.ts';
import { CUSTOMER_ID, RUN_ID } from './examples.ts';

export const MAX_EXPOSURES = 1000;

export const ExperimentArm = Type.Object({
  name: Type.String({ description: 'The arm goes by its name: a renamed one is another one' }),
  weight: Type.Number({ description: 'Beside the weights of the other arms' }),
});

export const ExposureItem = Type.Object(
  {
    ref: ItemRef,
    customerId: Type.String(),
    runId: Type.Optional(Type.String({ description: 'The run that has come to the split' })),
  },
  { examples: [{ ref: 0, customerId: CUSTOMER_ID, runId: RUN_ID }] },
);

export const ExposureAnswer = Type.Object(
  { ref: ItemRef, arm: Type.Optional(Type.String()), error: Type.Optional(ItemError) },
  { examples: [{ ref: 0, arm: 'Free shipping' }] },
);

export const Exposures = Type.Object({
  arms: Type.Array(ExperimentArm, {
    examples: [
      [
        { name: 'No offer', weight: 1 },
        { name: 'Free shipping', weight: 1 },
      ],
    ],
  }),
  holdoutPercent: Type.Optional(
    Type.Number({ default: 0, description: 'So many of all customers are in the arm `holdout`', examples: [10] }),
  ),
  dryRun: Type.Optional(
    Type.Boolean({ default: false, description: 'Nothing is written down, and ids of nobody have an arm, too' }),
  ),
  items: Type.Array(ExposureItem, { maxItems: MAX_EXPOSURES }),
});
