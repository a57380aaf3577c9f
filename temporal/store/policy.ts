/** The shop's policy for marketing messages: one document. */
import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import { DEFAULT_POLICY, type Policy } from '../domain/gate/policy.ts';
import { insertAudit } from './audit.ts';
import { lockPolicy } from './locks.ts';
import { sessionOf, type Session } from './rows.ts';
import type { Queryable } from './store.ts';

export async function readPolicy(db: Queryable): Promise<Policy> {
  const row = await db.selectFrom('policy').select('policy_json').where('id', '=', 1).executeTakeFirst();
  // What an earlier version has written lacks the rules that came later.
  return row ? { ...DEFAULT_POLICY, ...(JSON.parse(row.policy_json) as Partial<Policy>) } : DEFAULT_POLICY;
}

/** As `readPolicy`; nobody changes it before the transaction ends. */
export async function readPolicyInForce(session: Session): Promise<Policy> {
  await lockPolicy(session, 'shared');
  return await readPolicy(session.db);
}

/** Whoever decides by the policy from before has done so when this is done: a kill switch holds from then on. */
export async function writePolicy(trx: Queryable, policy: Policy, actor: string, now: number): Promise<void> {
  const session = sessionOf(trx);
  await lockPolicy(session, 'exclusive');
  const before = await readPolicy(trx);
  const changed = (Object.keys(policy) as (keyof Policy)[]).filter(
    (name) => !isDeepStrictEqual(policy[name], before[name]),
  );
  if (changed.length === 0) return;
  const policy_json = JSON.stringify(policy);
  await sql`
    insert into policy (id, policy_json, updated_at) values (1, ${policy_json}, ${now})
    on conflict (id) do update set policy_json = excluded.policy_json, updated_at = excluded.updated_at`.execute(trx);
  const details = Object.fromEntries(changed.map((name) => [name, { from: before[name], to: policy[name] }]));
  await insertAudit(session, [{ customerId: null, actor, action: 'policy.changed', details }], now);
}
