/** The item of a manual test in the editor: the newest customer who would have entered, else a made-up one. */
import { noScores } from '../domain/customerScores.ts';
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
import { SCHEDULE_ENTRY, type AudienceSchedule } from '../domain/audienceSchedule.ts';
import type { EventRule, JourneyDefinition } from '../domain/journey.ts';
import { REPLENISHMENT_DUE } from '../domain/replenishmentDue.ts';
import { isoTime } from '../domain/textValues.ts';
import { DAY_MS } from '../domain/utcDay.ts';
import { newestEvents } from './newestEvents.ts';
import { sessionOf } from './rows.ts';
import { readItemCustomers } from './segmentFacts.ts';
import type { Queryable } from './store.ts';

export async function sampleItem(
  db: Queryable,
  journey: JourneyDefinition,
  nodeName: string,
  now: number,
): Promise<JourneyItem> {
  const found = await newestEntry(db, journey);
  const customers = await readItemCustomers(sessionOf(db), found ? [found.customerId] : []);
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
  scores: noScores(),
};

function madeUpEntry({ entries, schedule }: JourneyDefinition, now: number) {
  const [rule] = entries;
  const type = schedule ? SCHEDULE_ENTRY : (rule?.type ?? 'manual');
  return { type, occurredAt: isoTime(now), properties: madeUpPropertiesOf(type, rule, schedule, now) };
}

function madeUpPropertiesOf(
  type: string,
  rule: EventRule | undefined,
  schedule: AudienceSchedule | undefined,
  now: number,
): Record<string, unknown> {
  const scores = { r: 2, f: 4, m: 4 };
  switch (type) {
    case SCHEDULE_ENTRY:
      return { segment: schedule?.audience.segments[0] ?? 'at_risk', ...scores, dueAt: isoTime(now) };
    case 'segment_changed':
      return {
        from: wantedAt(rule, 'properties.from') ?? 'loyal',
        to: wantedAt(rule, 'properties.to') ?? 'at_risk',
        ...scores,
      };
    case REPLENISHMENT_DUE: {
      const days = (count: number) => isoTime(now + count * DAY_MS);
      const window = { orderedAt: days(-40), startAt: days(0), middleAt: days(8), endAt: days(20) };
      const { orderId } = madeUpProperties();
      const productId = wantedAt(rule, 'properties.productId') ?? 'p1';
      const point = wantedAt(rule, 'properties.point') ?? 'start';
      return { productId, quantity: 2, orderId, ...window, basis: 'product', point, daysBefore: 0 };
    }
    default:
      return madeUpProperties();
  }
}

/** The first value that a condition on this property names. */
function wantedAt(rule: EventRule | undefined, path: string): string | undefined {
  return rule?.filters
    .find((filter) => filter.path === path)
    ?.value?.split(',')[0]
    ?.trim();
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
