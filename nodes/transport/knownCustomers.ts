/** The service's ids of the customers that items name in any way. */
import type { CustomerIdentity } from './contract/customers.ts';
import type { ItemError } from './contract/items.ts';
import type { JourneysApi } from './journeysApi.ts';
import type { Referenced } from './batchedItems.ts';

const NO_CUSTOMER: ItemError = { path: '/identity', message: 'There is no such customer' };

/** @returns those that are known, with their id; the others with an error */
export async function withCustomerIds<Request extends { identity: CustomerIdentity }>(
  api: JourneysApi,
  requests: Array<Referenced<Request>>,
): Promise<{
  known: Array<Referenced<Request> & { customerId: string }>;
  unknown: Array<{ ref: string; error: ItemError }>;
}> {
  const byIdentifier = requests.filter(({ identity }) => identity.customerId === undefined);
  const answers =
    byIdentifier.length === 0
      ? []
      : await api.lookUpCustomers(byIdentifier.map(({ ref, identity }) => ({ ref, ...identity })));
  const found = new Map(answers.map((answer) => [answer.ref, answer]));
  const known: Array<Referenced<Request> & { customerId: string }> = [];
  const unknown: Array<{ ref: string; error: ItemError }> = [];
  for (const request of requests) {
    const answer = found.get(request.ref);
    const customerId = request.identity.customerId ?? answer?.customer?.id;
    if (customerId !== undefined) known.push({ ...request, customerId });
    else unknown.push({ ref: request.ref, error: answer?.error ?? NO_CUSTOMER });
  }
  return { known, unknown };
}
