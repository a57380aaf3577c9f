/** What batched routes for the nodes have in common: each item's own reference and its own error. */
import { Type } from 'typebox';
import type { FieldError } from './problem.ts';

export const ItemRef = Type.Union([Type.String(), Type.Integer()], { description: 'Comes back with the answer' });
export const ItemError = Type.Object({
  path: Type.String({ description: 'JSON Pointer into the request' }),
  message: Type.String(),
});

export const unknownCustomer = (path: string): FieldError => ({
  path,
  message: 'names a customer that does not exist',
});
