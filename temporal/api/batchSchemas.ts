/** What batched routes for the nodes have in common: each item's own reference and its own error. */
import { Type } from 'typebox';

export const ItemRef = Type.Union([Type.String(), Type.Integer()], { description: 'Comes back with the answer' });
export const ItemError = Type.Object({
  path: Type.String({ description: 'JSON Pointer into the request' }),
  message: Type.String(),
});
