/** A published Commerce Trigger as the API shows it: at `/v1/endpoints`, and with the connection it listens to. */
import { Type } from 'typebox';

const Topics = Type.Array(Type.String());

export const CommerceTriggerSchema = Type.Object({
  id: Type.String(),
  workflowId: Type.String(),
  workflowName: Type.String(),
  nodeId: Type.String(),
  nodeName: Type.String(),
  connection: Type.Union([Type.String(), Type.Null()]),
  topics: Type.Array(Type.String(), { description: "What it needs of the shop, in the shop's words" }),
  check: Type.Union(
    [
      Type.Object({
        checkedAt: Type.String({ format: 'date-time' }),
        kept: Type.Integer({ description: 'Webhooks that were as they should be' }),
        created: Topics,
        reactivated: Topics,
        removed: Topics,
        problems: Type.Array(Type.String(), { description: 'What the node could not mend' }),
      }),
      Type.Null(),
    ],
    { description: 'The last look at the shop since the node was published' },
  ),
});
