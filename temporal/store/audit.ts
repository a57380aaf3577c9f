/** Who changed what: written in the same transaction as the change. Details hold no more than the change itself needs. */
import { sql } from 'kysely';
import { rowsOf, type Session } from './rows.ts';

export interface AuditNote {
  /** null: not about one customer, such as a connection. */
  customerId: string | null;
  /** `api`, `page`, `cli`, `connection:<name>`, `n8n:<workflow>` … */
  actor: string;
  /** Such as `customer.merged` or `connection.changed`. */
  action: string;
  details: Record<string, unknown>;
}

export async function insertAudit(session: Session, notes: readonly AuditNote[], now: number): Promise<void> {
  if (notes.length === 0) return;
  const columns = { customer_id: 'text', actor: 'text', action: 'text', details_json: 'text' } as const;
  const rows = notes.map(({ customerId, actor, action, details }) => ({
    customer_id: customerId,
    actor,
    action,
    details_json: JSON.stringify(details),
  }));
  await sql`
    insert into audit (customer_id, actor, action, details_json, at)
    select r.customer_id, r.actor, r.action, r.details_json, ${now}
    from ${rowsOf(session.dialect, columns, rows)} as r where true`.execute(session.db);
}

/** Of a connection that has told who the customer is, also where it has told nothing else. Noted once. */
export const DESCRIBED = 'customer.described';

export async function noteDescribed(
  session: Session,
  described: readonly { customerId: string; actor: string }[],
  now: number,
): Promise<void> {
  if (described.length === 0) return;
  const columns = { customer_id: 'text', actor: 'text' } as const;
  const rows = described.map(({ customerId, actor }) => ({ customer_id: customerId, actor }));
  await sql`
    insert into audit (customer_id, actor, action, details_json, at)
    select distinct r.customer_id, r.actor, ${DESCRIBED}, '{}', ${sql.lit(now)}
    from ${rowsOf(session.dialect, columns, rows)} as r
    where not exists (select 1 from audit a
      where a.customer_id = r.customer_id and a.actor = r.actor and a.action = ${DESCRIBED})`.execute(session.db);
}
