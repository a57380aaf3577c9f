/** What the schema check finds wrong in a batch, item by item: a bad item costs only itself. Of routes with `attachValidation`. */
import type { FastifyError, FastifyRequest } from 'fastify';
import type { FieldError } from './problem.ts';
import { fieldErrors } from './validationErrors.ts';

const IN_ITEM = /^\/items\/(\d+)(?:\/|$)/;

/**
 * @returns by the item's index, what is wrong first, its path beginning at the item
 * @throws what the check has found, where it is about the request itself or about every item
 */
export function unfitItems({ validationError, body }: FastifyRequest): Map<number, FieldError> {
  if (validationError === undefined) return new Map();
  const { validation: issues = [] } = validationError as FastifyError;
  const byItem = Map.groupBy(issues, ({ instancePath }) => IN_ITEM.exec(instancePath)?.[1]);
  const { items } = body as { items?: unknown[] };
  if (byItem.has(undefined) || byItem.size === items?.length) throw validationError;
  return new Map(
    [...byItem].flatMap(([index = '', found]) =>
      fieldErrors(found)
        .slice(0, 1)
        .map(({ path, message }) => [Number(index), { path: path.replace(`/items/${index}`, ''), message }] as const),
    ),
  );
}
