/** Carts as a shop last told them. */
import { sql } from 'kysely';
import type { CartLine } from '../domain/cartComparison.ts';
import { rowsOf, type Session } from './rows.ts';
import type { CartStatesTable } from './tables/connections.ts';

export interface CartState {
  source: string;
  token: string;
  customerId: string;
  currency: string | null;
  /** Epoch ms. */
  changedAt: number;
  lines: CartLine[];
  /** Digests of the contents told with this `changedAt`. */
  told: string[];
}

export type CartKey = Pick<CartState, 'source' | 'token'>;
export const cartStateKey = ({ source, token }: CartKey): string => `${source}\0${token}`;

const KEY = { source: 'text', token: 'text' } as const;

/** @returns by `cartStateKey` */
export async function findCartStates(session: Session, keys: readonly CartKey[]): Promise<Map<string, CartState>> {
  if (keys.length === 0) return new Map();
  const rows = keys.map(({ source, token }) => ({ source, token }));
  const found = await sql<CartStatesTable>`
    select c.* from ${rowsOf(session.dialect, KEY, rows)} as r
    cross join cart_states c where c.source = r.source and c.token = r.token`.execute(session.db);
  return new Map(
    found.rows.map((row) => [
      cartStateKey(row),
      {
        source: row.source,
        token: row.token,
        customerId: row.customer_id,
        currency: row.currency,
        changedAt: row.changed_at,
        lines: JSON.parse(row.lines_json) as CartLine[],
        told: JSON.parse(row.told_json) as string[],
      },
    ]),
  );
}

export async function writeCartStates(session: Session, states: readonly CartState[]): Promise<void> {
  if (states.length === 0) return;
  const columns = {
    ...KEY,
    customer_id: 'text',
    currency: 'text',
    changed_at: 'bigint',
    lines_json: 'text',
    told_json: 'text',
  } as const;
  const rows = states.map((state) => ({
    source: state.source,
    token: state.token,
    customer_id: state.customerId,
    currency: state.currency,
    changed_at: state.changedAt,
    lines_json: JSON.stringify(state.lines),
    told_json: JSON.stringify(state.told),
  }));
  await sql`
    insert into cart_states (source, token, customer_id, currency, changed_at, lines_json, told_json)
    select r.source, r.token, r.customer_id, r.currency, r.changed_at, r.lines_json, r.told_json
    from ${rowsOf(session.dialect, columns, rows)} as r where true
    on conflict (source, token) do update set customer_id = excluded.customer_id, currency = excluded.currency,
      changed_at = excluded.changed_at, lines_json = excluded.lines_json, told_json = excluded.told_json`.execute(
    session.db,
  );
}
