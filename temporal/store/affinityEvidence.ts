/** What customers did, for a page of them: messages and what became of them, orders, visits, and the products that it was about. */
import { sql } from 'kysely';
import type { Evidence, OrderEvidence } from '../domain/affinity/affinities.ts';
import { INTEREST_WEIGHTS, type Interest, type InterestSign } from '../domain/affinity/categoryInterest.ts';
import type { ReceivedMessage } from '../domain/affinity/channelAffinity.ts';
import { isDateOnly, type LocalTimes } from '../domain/affinity/localTimes.ts';
import type { Channel } from '../domain/event.ts';
import { clockOf } from '../domain/gate/recipientClock.ts';
import { OFFLINE } from '../domain/orders.ts';
import { zonesOfPhone } from '../phoneZones.ts';
import { readPlaces } from './gate/recipientClocks.ts';
import { idsOf, type Session } from './rows.ts';

export interface EvidenceQuestion {
  customerIds: readonly string[];
  /** Epoch ms: messages and visits from then on; orders whenever they were. */
  since: number;
  now: number;
  /** Of those whose clock is not known. */
  shopTimezone: string;
  localTimes: LocalTimes;
  /** What it was about is not asked for in vain: it makes most of the work. */
  withInterests: boolean;
}

/** Somebody is there for the shop when one of these happens. */
const VISITS = [
  ...['viewed_page', 'viewed_product', 'searched', 'added_to_cart', 'removed_from_cart', 'wishlisted'],
  ...['started_checkout', 'joined_waitlist', 'back_in_stock_requested', 'answered_quiz', 'submitted_review'],
];
const SIGNS = Object.keys(INTEREST_WEIGHTS).filter((sign) => sign !== 'completed_purchase');
const list = (names: readonly string[]) => sql.join(names.map((name) => sql.lit(name)));

/** Of nobody are more read, the newest first: a robot's profile is not to fill the memory. */
const MOST_EVENTS = 2000;
const MOST_MESSAGES = 1000;

/** @returns by customer, of all who were asked for */
export async function readEvidence(session: Session, question: EvidenceQuestion): Promise<Map<string, Evidence>> {
  const { customerIds, localTimes } = question;
  const zones = await readZones(session, question);
  const found = new Map(
    customerIds.map((id): [string, Evidence] => [
      id,
      { messages: [], orders: [], localTimes: [], zone: zones.get(id) ?? question.shopTimezone, interests: [] },
    ]),
  );
  const wasThere = (evidence: Evidence, at: number | null) => {
    if (at !== null && at <= question.now && !isDateOnly(at))
      evidence.localTimes.push(localTimes.at(at, evidence.zone));
  };

  for (const row of await readMessages(session, question)) {
    const evidence = found.get(row.customerId);
    evidence?.messages.push(row.message);
    for (const at of [row.message.openedAt, row.message.clickedAt]) if (evidence) wasThere(evidence, at);
  }
  for (const { customerId, order, isOffline } of await readOrders(session, question)) {
    const evidence = found.get(customerId);
    evidence?.orders.push(order);
    // Who stands in a shop goes by its opening hours.
    if (evidence && !isOffline && order.at >= question.since) wasThere(evidence, order.at);
  }
  const named: NamedInterest[] = question.withInterests ? await readBought(session, question) : [];
  for (const { customerId, type, at, properties } of await readVisits(session, question)) {
    const evidence = found.get(customerId);
    if (evidence && VISITS.includes(type)) wasThere(evidence, at);
    if (properties !== null) named.push(...interestsIn(customerId, type as InterestSign, at, properties));
  }
  for (const { customerId, ...interest } of await withCategories(session, named)) {
    found.get(customerId)?.interests.push(interest);
  }
  return found;
}

/** Their own, their phone's or their country's; of several zones one, which then holds for the hour that is found by it. */
async function readZones(session: Session, { customerIds }: EvidenceQuestion): Promise<Map<string, string>> {
  const places = await readPlaces(session, customerIds);
  const { rows } = await sql<{ customer_id: string; value: string }>`
    select i.customer_id, i.value from ${idsOf(session.dialect, customerIds)} as c cross join identifiers i
    where i.customer_id = c.id and i.kind = 'phone' order by i.created_at, i.value`.execute(session.db);
  const phones = new Map(rows.map(({ customer_id, value }) => [customer_id, value]));
  return new Map(
    customerIds.flatMap((id) => {
      const phone = phones.get(id) ?? null;
      const place = places.get(id) ?? { timeZone: null, country: null };
      const [zone] = clockOf({ ...place, phone, phoneZones: phone === null ? null : zonesOfPhone(phone) }).zones;
      return zone === undefined ? [] : [[id, zone]];
    }),
  );
}

async function readMessages(session: Session, { customerIds, since }: EvidenceQuestion) {
  const { rows } = await sql<{
    id: string;
    customer_id: string;
    channel: Channel;
    category: string;
    status: string | null;
    created_at: number;
    delivered_at: number | null;
    opened_at: number | null;
    clicked_at: number | null;
  }>`
    select id, customer_id, channel, category, status, created_at, delivered_at, opened_at, clicked_at from (
      select s.*, row_number() over (partition by s.customer_id order by s.created_at desc, s.id desc) as place
      from ${idsOf(session.dialect, customerIds)} as c cross join sends s
      where s.customer_id = c.id and s.created_at >= ${since} and s.decision = 'send') as newest
    where place <= ${sql.lit(MOST_MESSAGES)}`.execute(session.db);
  return rows.map((row) => ({
    customerId: row.customer_id,
    message: {
      id: row.id,
      channel: row.channel,
      createdAt: row.created_at,
      deliveredAt: row.delivered_at,
      openedAt: row.opened_at,
      clickedAt: row.clicked_at,
      isMarketing: row.category === 'marketing',
      hasArrived: ['sent', 'delivered', 'complained'].includes(row.status ?? ''),
      isComplained: row.status === 'complained',
    } satisfies ReceivedMessage,
  }));
}

async function readOrders(session: Session, { customerIds, now }: EvidenceQuestion) {
  const { rows } = await sql<{
    customer_id: string;
    occurred_at: number;
    value_minor: number;
    discount_minor: number | null;
    currency: string;
    sales_channel: string | null;
  }>`
    select o.customer_id, o.occurred_at, o.value_minor, o.discount_minor, o.currency, o.sales_channel
    from ${idsOf(session.dialect, customerIds)} as c cross join orders o
    where o.customer_id = c.id and o.voided = 0 and o.occurred_at <= ${now}`.execute(session.db);
  return rows.map((row) => ({
    customerId: row.customer_id,
    isOffline: row.sales_channel === OFFLINE,
    order: {
      at: row.occurred_at,
      valueMinor: row.value_minor,
      discountMinor: row.discount_minor,
      currency: row.currency,
    } satisfies OrderEvidence,
  }));
}

interface Visit {
  customerId: string;
  type: string;
  at: number;
  /** null: not asked for, or nothing that says an interest. */
  properties: Record<string, unknown> | null;
}

async function readVisits(session: Session, question: EvidenceQuestion): Promise<Visit[]> {
  const { customerIds, since, now, withInterests } = question;
  const about = withInterests
    ? sql`case when e.type in (${list(SIGNS)}) then e.properties_json end`
    : sql`cast(null as text)`;
  const { rows } = await sql<{ customer_id: string; type: string; occurred_at: number; about: string | null }>`
    select customer_id, type, occurred_at, about from (
      select e.customer_id, e.type, e.occurred_at, ${about} as about,
        row_number() over (partition by e.customer_id order by e.occurred_at desc) as place
      from ${idsOf(session.dialect, customerIds)} as c cross join events e
      where e.customer_id = c.id and e.occurred_at >= ${since} and e.occurred_at <= ${now} and e.test = 0
        and e.type in (${list([...new Set([...VISITS, ...SIGNS])])})) as newest
    where place <= ${sql.lit(MOST_EVENTS)}`.execute(session.db);
  return rows.map((row) => ({
    customerId: row.customer_id,
    type: row.type,
    at: row.occurred_at,
    properties: row.about === null ? null : (JSON.parse(row.about) as Record<string, unknown>),
  }));
}

interface NamedInterest extends Omit<Interest, 'category'> {
  customerId: string;
  /** As the event or the order has it. */
  category: string | null;
}

function interestsIn(
  customerId: string,
  sign: InterestSign,
  at: number,
  properties: Readonly<Record<string, unknown>>,
): NamedInterest[] {
  const { items } = properties;
  // The product stands in the items, or, where there is only one to speak of, in the properties themselves.
  const things = [...(Array.isArray(items) ? (items as unknown[]) : []), properties];
  return things.flatMap((thing) => {
    if (typeof thing !== 'object' || thing === null) return [];
    const { productId, category } = thing as Record<string, unknown>;
    const product = textOf(productId);
    const named = textOf(category);
    return product === null && named === null ? [] : [{ customerId, sign, at, productId: product, category: named }];
  });
}

const textOf = (value: unknown): string | null =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : null;

async function readBought(session: Session, { customerIds, since, now }: EvidenceQuestion): Promise<NamedInterest[]> {
  const { rows } = await sql<{
    customer_id: string;
    occurred_at: number;
    product_id: string | null;
    category: string | null;
  }>`
    select o.customer_id, o.occurred_at, l.product_id, l.category
    from ${idsOf(session.dialect, customerIds)} as c cross join orders o cross join order_lines l
    where o.customer_id = c.id and o.voided = 0 and o.occurred_at >= ${since} and o.occurred_at <= ${now}
      and l.source = o.source and l.order_id = o.order_id`.execute(session.db);
  return rows.map((row) => ({
    customerId: row.customer_id,
    sign: 'completed_purchase',
    at: row.occurred_at,
    productId: row.product_id,
    category: textOf(row.category),
  }));
}

/** The catalogue's word goes before that of shop, tracker or file, which may each call one kind of goods by another name. */
async function withCategories(
  session: Session,
  named: readonly NamedInterest[],
): Promise<(Interest & { customerId: string })[]> {
  const products = new Set(named.flatMap(({ productId }) => productId ?? []));
  const { rows } = await sql<{ product_id: string; category: string | null }>`
    select p.product_id, p.category from ${idsOf(session.dialect, products)} as r cross join products p
    where p.product_id = r.id`.execute(session.db);
  const catalogue = new Map(rows.map(({ product_id, category }) => [product_id, textOf(category)]));
  return named.flatMap((interest) => {
    const category = (interest.productId === null ? null : catalogue.get(interest.productId)) ?? interest.category;
    return category === null ? [] : [{ ...interest, category }];
  });
}
