/** `?limit=&cursor=` → `{items, nextCursor}`. A cursor is opaque to callers: where the page before ended. */
import { Type, type TSchema } from 'typebox';
import type { Page, PageRequest } from '../store/lists.ts';
import { Problem } from './problem.ts';

const DEFAULT_LIMIT = 50;

export const PageQuery = {
  limit: Type.Optional(
    Type.String({
      pattern: '^([1-9][0-9]{0,2}|1000)$',
      description: `a number from 1 to 1000, default ${DEFAULT_LIMIT}`,
    }),
  ),
  cursor: Type.Optional(Type.String({ description: '`nextCursor` of the page before' })),
};

export const PageOf = <T extends TSchema>(item: T) =>
  Type.Object({ items: Type.Array(item), nextCursor: Type.Union([Type.String(), Type.Null()]) });

/**
 * @param isNumbered rows of the same time are told apart by a number
 * @throws Problem 400 when the cursor is none of ours
 */
export function pageRequest(query: { limit?: string; cursor?: string }, isNumbered = false): PageRequest {
  const limit = query.limit === undefined ? DEFAULT_LIMIT : Number(query.limit);
  if (query.cursor === undefined) return { limit, after: null };
  const [, at = '', id = ''] = /^(\d+) (.+)$/s.exec(Buffer.from(query.cursor, 'base64url').toString()) ?? [];
  // Times and row numbers that no row can have would be an error of the store.
  if (id === '' || id.includes('\0') || !Number.isSafeInteger(Number(at)) || (isNumbered && !/^\d{1,15}$/.test(id))) {
    throw new Problem(400, 'The cursor is not valid.', [
      { path: '/cursor', message: 'has to be the nextCursor of the page before, as it was' },
    ]);
  }
  return { limit, after: { at: Number(at), id } };
}

export function pageAnswer<T>({ items, next }: Page<T>): { items: T[]; nextCursor: string | null } {
  return { items, nextCursor: next && Buffer.from(`${next.at} ${next.id}`).toString('base64url') };
}
