/** The shop's policy for marketing messages: one document. */
import { DEFAULT_POLICY, type Policy } from '../domain/gate/policy.ts';
import type { Queryable } from './store.ts';

export async function readPolicy(db: Queryable): Promise<Policy> {
  const row = await db.selectFrom('policy').select('policy_json').where('id', '=', 1).executeTakeFirst();
  return row ? (JSON.parse(row.policy_json) as Policy) : DEFAULT_POLICY;
}
