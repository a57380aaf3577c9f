/** Whom a message's templates speak of: where an item does not bring its `customer` along, the store's facts stand in for it. */
import { itemCustomer, TEST_CUSTOMER_ID, type ItemCustomer } from '../domain/journeyItem.ts';
import { sourcesOf } from '../rendering/message.ts';
import { survivingIds } from '../store/identities.ts';
import type { Session } from '../store/rows.ts';
import { MADE_UP_CUSTOMER } from '../store/sampleItems.ts';
import { readCustomers } from '../store/segmentFacts.ts';
import type { Message } from './messageSchema.ts';

interface Asking {
  customerId: string;
  message: Message | undefined;
}

/** @returns in the order of the messages; null where the item has a customer, the templates need none, or there is none */
export async function customersOfMessages(
  session: Session,
  messages: readonly Asking[],
): Promise<(ItemCustomer | null)[]> {
  const asking = messages.map((one) => (needsCustomer(one) ? one.customerId : null));
  const ids = asking.flatMap((id) => id ?? []);
  if (ids.length === 0) return asking.map(() => null);
  const survivors = await survivingIds(session, ids);
  const known = await readCustomers(session, survivors.values());
  return asking.map((id) => {
    if (id === TEST_CUSTOMER_ID) return MADE_UP_CUSTOMER;
    const facts = known.get(survivors.get(id ?? '') ?? '');
    return facts ? itemCustomer(facts) : null;
  });
}

function needsCustomer({ message }: Asking): boolean {
  if (message === undefined || message.data?.['customer'] !== undefined) return false;
  const { utm } = message.tracking ?? {};
  const sources = [...sourcesOf(message), ...(utm ? Object.values(utm) : [])];
  return sources.some((source) => /\bcustomer\b/.test(source ?? ''));
}
