/** The item of a manual test in the editor: the newest customer who would have entered, else a made-up one. */
import { noTotals } from '../domain/customerTotals.ts';
import type { CanonicalEvent } from '../domain/event.ts';
import { matchesAny } from '../domain/eventRules.ts';
import {
  itemCustomer,
  journeyItem,
  TEST_CUSTOMER_ID,
  TEST_RUN_ID,
  type ItemCustomer,
  type JourneyItem,
} from '../domain/journeyItem.ts';
import type { JourneyDefinition } from '../domain/journey.ts';
import { isoTime } from '../domain/textValues.ts';
import { newestEvents } from './newestEvents.ts';
import { sessionOf } from './rows.ts';
import { readCustomers } from './segmentFacts.ts';
import type { Queryable } from './store.ts';

export async function sampleItem(
  db: Queryable,
  journey: JourneyDefinition,
  nodeName: string,
  now: number,
): Promise<JourneyItem> {
  const found = await newestEntry(db, journey);
  const customers = await readCustomers(sessionOf(db), found ? [found.customerId] : []);
  const customer = found && customers.get(found.customerId);
  const entry = found && customer ? found.entry : madeUpEntry(journey, now);
  return journeyItem(
    {},
    customer ? itemCustomer(customer) : MADE_UP_CUSTOMER,
    {
      id: TEST_RUN_ID,
      journey: journey.key,
      segment: 1,
      step: nodeName,
      enteredAt: isoTime(now),
      outcome: 'entered',
      entry,
    },
    null,
  );
}

async function newestEntry(db: Queryable, { entries }: JourneyDefinition) {
  const types = [...new Set(entries.map((rule) => rule.type))];
  if (types.length === 0) return null;
  const rows = await newestEvents(db, (query) => query.where('type', 'in', types).where('test', '=', 0));
  for (const row of rows) {
    const properties = JSON.parse(row.properties_json) as CanonicalEvent['properties'];
    const type = row.type as CanonicalEvent['type'];
    if (!matchesAny(entries, { id: row.id, type, source: row.source, properties })) continue;
    return { customerId: row.customer_id, entry: { type, occurredAt: isoTime(row.occurred_at), properties } };
  }
  return null;
}

/** Names nobody. */
export const MADE_UP_CUSTOMER: ItemCustomer & { email: string } = {
  id: TEST_CUSTOMER_ID,
  email: 'ada@example.com',
  firstName: 'Ada',
  lastName: 'Example',
  timeZone: 'Europe/Vienna',
  consent: { email: 'subscribed', sms: 'never', whatsapp: 'never', push: 'never' },
  preferences: { tracks: [] },
  totals: noTotals(),
};

function madeUpEntry({ entries }: JourneyDefinition, now: number) {
  return {
    type: entries[0]?.type ?? 'manual',
    occurredAt: isoTime(now),
    properties: madeUpProperties(),
  };
}

export function madeUpProperties() {
  return {
    currency: 'EUR',
    valueMinor: 8400,
    cartId: 'cart-test',
    checkoutId: 'checkout-test',
    orderId: 'order-test',
    channel: 'email',
    url: 'https://shop.example.com/cart/cart-test',
    items: [
      {
        productId: 'p1',
        variantId: 'p1-m',
        sku: 'S1',
        name: 'Trail shoe',
        category: 'shoes',
        quantity: 2,
        priceMinor: 4200,
        url: 'https://shop.example.com/products/p1',
      },
    ],
  };
}
