/** The item of a Commerce Trigger's manual test: the newest event of its connection that it would get, else a made-up one. */
import { alarmItem, wants, type CommerceItem, type ShopSubscription } from '../domain/commerceTrigger.ts';
import { COMPLAINT_ALARM, type Alarm } from '../domain/complaints.ts';
import type { CanonicalEvent } from '../domain/event.ts';
import { itemCustomer } from '../domain/journeyItem.ts';
import { isoTime } from '../domain/textValues.ts';
import { newestEvents } from './newestEvents.ts';
import { sessionOf } from './rows.ts';
import { madeUpProperties, MADE_UP_CUSTOMER } from './sampleItems.ts';
import { readItemCustomers } from './segmentFacts.ts';
import type { Queryable } from './store.ts';

/** @param connection null: not known yet, so that nothing of it can have come in */
export async function sampleCommerceItem(
  db: Queryable,
  subscription: ShopSubscription,
  connection: string | null,
  now: number,
): Promise<CommerceItem> {
  const found = connection === null ? null : await newestOf(db, subscription, connection);
  return found ?? madeUp(subscription, connection ?? subscription.kind, now);
}

async function newestOf(db: Queryable, subscription: ShopSubscription, connection: string) {
  const rows = await newestEvents(db, (query) => query.where('source', '=', connection).where('repeats_order', '=', 0));
  for (const row of rows) {
    const type = row.type as CanonicalEvent['type'];
    if (!wants(subscription, { type, test: row.test === 1 })) continue;
    const customer = (await readItemCustomers(sessionOf(db), [row.customer_id])).get(row.customer_id);
    if (!customer) continue;
    return {
      customer: itemCustomer(customer),
      event: {
        id: row.id,
        type,
        source: row.source,
        occurredAt: isoTime(row.occurred_at),
        identity: JSON.parse(row.identity_json) as CanonicalEvent['identity'],
        properties: JSON.parse(row.properties_json) as CanonicalEvent['properties'],
        ...(row.test === 1 ? { test: true } : {}),
      },
    };
  }
  return null;
}

function madeUp({ types }: ShopSubscription, source: string, now: number): CommerceItem {
  const [first = 'completed_purchase'] = types ?? [];
  if (first === COMPLAINT_ALARM) return alarmItem(madeUpAlarm(now));
  return {
    customer: MADE_UP_CUSTOMER,
    event: {
      id: 'event-test',
      type: first as CanonicalEvent['type'],
      source,
      occurredAt: isoTime(now),
      identity: { email: MADE_UP_CUSTOMER.email },
      properties: madeUpProperties(),
    },
  };
}

const madeUpAlarm = (now: number): Alarm => ({
  ...{ id: 'alarm-test', kind: 'complaint_rate', channel: 'email', level: 'warning', raisedAt: now, endedAt: null },
  ...{ rate: 0.0015, complaints: 3, messages: 2000, journeys: [{ journey: 'win-back', complaints: 3 }] },
});
