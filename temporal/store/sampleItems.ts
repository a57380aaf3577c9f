/** The item of a manual test in the editor: the newest customer who would have entered, else a made-up one. */
import { noScores } from '../domain/customerScores.ts';
import { noTotals } from '../domain/customerTotals.ts';
import type { CanonicalEvent } from '../domain/event.ts';
import { entryParts } from '../domain/entryParts.ts';
import { matchesAny } from '../domain/ruleMatching.ts';
import {
  itemCustomer,
  journeyItem,
  TEST_CUSTOMER_ID,
  TEST_RUN_ID,
  type ItemCustomer,
  type JourneyItem,
} from '../domain/journeyItem.ts';
import { SCHEDULE_ENTRY, type AudienceSchedule } from '../domain/audienceSchedule.ts';
import type { EventRule } from '../domain/eventRule.ts';
import type { JourneyDefinition } from '../domain/journey.ts';
import { REPLENISHMENT_DUE } from '../domain/replenishmentDue.ts';
import { segmentOf } from '../domain/rfm/segments.ts';
import { isoTime } from '../domain/textValues.ts';
import { nextMembers, readSegmentScores } from './audienceMembers.ts';
import { DAY_MS } from '../domain/utcDay.ts';
import { newestEvents } from './newestEvents.ts';
import { sessionOf } from './rows.ts';
import { readItemCustomers } from './segmentFacts.ts';
import type { Queryable } from './store.ts';

/** A test does not look through a whole shop for somebody who fits. */
const LOOKED_AT = 1000;

export async function sampleItem(
  db: Queryable,
  journey: JourneyDefinition,
  nodeName: string,
  now: number,
): Promise<JourneyItem> {
  const found = journey.schedule ? await memberOf(db, journey.schedule, now) : await newestEntry(db, journey);
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

/** Somebody who would enter if it were due now. */
async function memberOf(db: Queryable, { audience }: AudienceSchedule, now: number) {
  const session = sessionOf(db);
  const [customerId] = (await nextMembers(session, audience, '', LOOKED_AT)).members;
  if (customerId === undefined) return null;
  const scores = (await readSegmentScores(session, [customerId])).get(customerId);
  const properties: CanonicalEvent['properties'] = { ...scores, dueAt: isoTime(now) };
  return { customerId, entry: { type: SCHEDULE_ENTRY, occurredAt: isoTime(now), properties } };
}

async function newestEntry(db: Queryable, journey: JourneyDefinition) {
  // Somebody who has done it once is as good for a test.
  const entries = journey.entries.map(({ type, filters }): EventRule => ({ type, filters }));
  const types = [...new Set(entries.map((rule) => rule.type))];
  if (types.length === 0) return null;
  const rows = await newestEvents(db, (query) => query.where('type', 'in', types).where('test', '=', 0));
  for (const row of rows) {
    const properties = JSON.parse(row.properties_json) as CanonicalEvent['properties'];
    const type = row.type as CanonicalEvent['type'];
    if (!matchesAny(entries, { id: row.id, type, source: row.source, properties })) continue;
    const [part] = entryParts(journey, { type, properties });
    const entry = { type, occurredAt: isoTime(row.occurred_at), properties: part?.properties ?? properties };
    return { customerId: row.customer_id, entry };
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

function madeUpEntry(journey: JourneyDefinition, now: number) {
  const { entries, schedule } = journey;
  const [rule] = entries;
  const type = schedule ? SCHEDULE_ENTRY : (rule?.type ?? 'manual');
  const properties = madeUpPropertiesOf(type, rule, schedule, now);
  const [part] = schedule ? [] : entryParts(journey, { type: rule?.type ?? 'custom:manual', properties });
  return { type, occurredAt: isoTime(now), properties: part?.properties ?? properties };
}

function madeUpPropertiesOf(
  type: string,
  rule: EventRule | undefined,
  schedule: AudienceSchedule | undefined,
  now: number,
): Record<string, unknown> {
  switch (type) {
    case SCHEDULE_ENTRY: {
      const segment = schedule?.audience.segments[0] ?? 'at_risk';
      return { segment, ...scoresIn(segment), dueAt: isoTime(now) };
    }
    case 'segment_changed': {
      const to = wantedAt(rule, 'properties.to') ?? 'at_risk';
      return { from: wantedAt(rule, 'properties.from') ?? 'loyal', to, ...scoresIn(to) };
    }
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

/** Scores with which somebody is in the segment. */
function scoresIn(segment: string): { r: number; f: number; m: number } {
  const each = [5, 4, 3, 2, 1] as const;
  const scores = each.flatMap((r) => each.map((f) => ({ r, f, m: 4 })));
  return scores.find(({ r, f }) => segmentOf(r, f) === segment) ?? { r: 2, f: 4, m: 4 };
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
