/** A customer as items have them, and lists of the service that name customers by their id only. */
import type { IDataObject } from 'n8n-workflow';
import type { CustomerRecord } from './contract/customers.ts';
import type { JourneysApi } from './journeysApi.ts';

/** As in a journey: the properties and, of each kind, the newest identifier side by side, and the whole record. */
export function customerField(record: CustomerRecord): IDataObject {
  const main: IDataObject = {};
  for (const kind of ['email', 'phone', 'externalId']) {
    const identifier = record.identifiers.findLast((candidate) => candidate.kind === kind);
    if (identifier) main[kind] = identifier.value;
  }
  return { ...record.properties, ...main, ...record };
}

/** @returns the rows whose customers are still there, with them; each customer is asked for once */
export async function withCustomers<Row extends { customerId: string }>(
  api: JourneysApi,
  rows: readonly Row[],
): Promise<Array<{ row: Row; customer: IDataObject }>> {
  const ids = [...new Set(rows.map(({ customerId }) => customerId))];
  const answers = ids.length === 0 ? [] : await api.lookUpCustomers(ids.map((id) => ({ ref: id, customerId: id })));
  const found = new Map(answers.map(({ ref, customer }) => [ref, customer]));
  return rows.flatMap((row) => {
    const customer = found.get(row.customerId);
    return customer ? [{ row, customer: customerField(customer) }] : [];
  });
}
