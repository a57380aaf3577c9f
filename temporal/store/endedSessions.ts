/** Sessions of operators who have logged out before their time was over: a copy of the cookie opens nothing any more. */
import type { OperatorSession } from '../domain/sessionToken.ts';
import type { Queryable } from './store.ts';

/** @param now epoch ms; what nobody can use any more is forgotten */
export async function endSession(db: Queryable, { nonce, until }: OperatorSession, now: number): Promise<void> {
  await db.deleteFrom('ended_sessions').where('until', '<=', now).execute();
  await db
    .insertInto('ended_sessions')
    .values({ nonce, until })
    .onConflict((conflict) => conflict.column('nonce').doNothing())
    .execute();
}

export async function isEnded(db: Queryable, nonce: string): Promise<boolean> {
  const found = await db.selectFrom('ended_sessions').select('nonce').where('nonce', '=', nonce).executeTakeFirst();
  return found !== undefined;
}
