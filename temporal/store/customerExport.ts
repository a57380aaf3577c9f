/** Everything held about one customer, table by table, as the declaration of customer tables says. */
import { sql } from 'kysely';
import { isoTime } from '../domain/textValues.ts';
import { readCustomers, type CustomerView } from './customers.ts';
import { CUSTOMER_TABLES, rowsOwnedBy } from './customerTables.ts';
import type { Session } from './rows.ts';

export interface CustomerExport {
  /** RFC 3339 UTC. */
  exportedAt: string;
  /** As `GET /v1/customers/{id}` shows it. */
  customer: CustomerView;
  /** By table (`events`, `orders`, `orderLines`, …): its rows with names in camel case, times in RFC 3339, JSON read. */
  data: Record<string, Record<string, unknown>[]>;
}

/** @param customerId the surviving one @returns null when there is none */
export async function exportCustomer(
  session: Session,
  customerId: string,
  now: number,
): Promise<CustomerExport | null> {
  const customer = (await readCustomers(session, [customerId])).get(customerId);
  if (!customer) return null;
  const data: CustomerExport['data'] = {};
  const own = sql`select * from customers where id = ${customerId} or merged_into = ${customerId} order by created_at, id`;
  data['customers'] = (await own.execute(session.db)).rows.map(shown);
  for (const table of CUSTOMER_TABLES) {
    if (!table.exported) continue;
    const { rows } = await sql`
      select * from ${sql.table(table.name)} where ${rowsOwnedBy(table, customerId)}`.execute(session.db);
    data[camelCase(table.name)] = rows.map(shown);
  }
  return { exportedAt: isoTime(now), customer, data };
}

const JSON_COLUMN = /_json$/;
/** Epoch ms in the store. */
const TIME_COLUMN = /(^|_)(at|until)$/;

function shown(row: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row as Record<string, unknown>).map(([column, value]) => {
      if (typeof value === 'string' && JSON_COLUMN.test(column)) {
        return [camelCase(column.replace(JSON_COLUMN, '')), JSON.parse(value) as unknown];
      }
      const isTime = typeof value === 'number' && TIME_COLUMN.test(column);
      return [camelCase(column), isTime ? isoTime(value) : value];
    }),
  );
}

const camelCase = (name: string): string => name.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());
