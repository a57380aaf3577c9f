/**
 * What one body of a shop or tracker says, brought into the store: all of it in one transaction, or nothing. First everything
 * is checked, without the store; then the bodies of a burst share their statements.
 */
import { STRONG_IDENTIFIERS, type Channel, type ConsentState } from '../domain/event.ts';
import { parseEvent, type ParsedEvent } from '../domain/eventParsing.ts';
import { readIdentity, type FieldProblem } from '../domain/identity.ts';
import type {
  MappedBody,
  MappedCustomer,
  MappedProduct,
  MappedStockLevel,
  RawEvent,
} from '../domain/mapping/mappedBody.ts';
import { cartDevice } from '../domain/mapping/shopIdentity.ts';
import { readTime } from '../domain/textValues.ts';
import { findErasedEvents } from '../store/erasedEvents.ts';
import type { EventKey } from '../store/events.ts';
import type { Session } from '../store/rows.ts';
import { mergeAsTold, type ToldMerge } from './askedMerges.ts';
import { describeCustomers, type Description, type ToldConsent } from './describedCustomers.ts';
import type { GroupedWork } from './eventIntake.ts';
import { takeInProducts } from './productChanges.ts';
import { readCart, takeInCarts, type ToldCart } from './toldCarts.ts';

/** A body that has been checked and can be given to the intake: `intake.submit(events, before)`. */
export interface ReadyBody {
  events: ParsedEvent[];
  /** null when the body says nothing beside its events. */
  before: GroupedWork<Told> | null;
  /** Of a tracker's batch: what is left out. */
  rejected: FieldProblem[];
  problem?: undefined;
}

interface Told {
  source: string;
  /** Of the same body. */
  events: readonly EventKey[];
  products: MappedProduct[];
  stockLevels: MappedStockLevel[];
  customers: Description[];
  merges: ToldMerge[];
  cart: ToldCart | null;
}

export interface ApplyOptions {
  /** Name of the connection. */
  source: string;
  /** A test notification of the shop: its events are kept and count nowhere, what else it says is made up. */
  isTest: boolean;
}

/** @param now epoch ms @returns the first thing that is wrong, with its path in what the body was understood as */
export function readyBody(
  body: MappedBody,
  { source, isTest }: ApplyOptions,
  now: number,
): ReadyBody | { problem: FieldProblem } {
  const events: ParsedEvent[] = [];
  const rejected: FieldProblem[] = [...(body.unreadCalls ?? [])];
  for (const [index, raw] of body.events.entries()) {
    const parsed = parseEvent({ ...withClearConsent(raw), ...(isTest && { test: true }) }, now);
    if ('event' in parsed) events.push(parsed);
    else rejected.push(below(`/events/${index}`, parsed, raw.type));
  }
  const [firstRejected] = rejected;
  if (firstRejected && body.unreadCalls === undefined) return { problem: firstRejected };
  if (isTest) return { events, before: null, rejected };

  const customers: Description[] = [];
  for (const [index, customer] of body.customers.entries()) {
    const read = readDescription(customer, source, now);
    if (read.problem !== undefined) return { problem: below(`/customers/${index}`, read.problem, 'customer') };
    if (read.description) customers.push(withDevice(read.description, events));
  }
  const cart = body.cart && readCart(body.cart, source, { deviceId: cartDevice({ source }, body.cart.token) }, now);
  if (cart?.problem !== undefined) return { problem: below('/cart', cart.problem, 'cart') };
  const { products, stockLevels } = body;
  const merges: ToldMerge[] = [];
  for (const [index, merge] of body.merges.entries()) {
    const from = readIdentity(merge.from, `/merges/${index}/from`);
    const into = readIdentity(merge.into, `/merges/${index}/into`);
    const problem = from.problems[0] ?? into.problems[0];
    if (problem) return { problem: below('', problem, 'merge') };
    merges.push({ from: from.identity, into: into.identity, actor: actorOf(source) });
  }
  const keys = events.map(({ event }) => ({ source, id: event.id }));
  const told: Told = { source, events: keys, products, stockLevels, customers, merges, cart: cart?.cart ?? null };
  const count = customers.length + merges.length + products.length + stockLevels.length;
  const saysMore = count > 0 || told.cart !== null;
  if (firstRejected && events.length === 0 && !saysMore) return { problem: firstRejected };
  return { events, rejected, before: saysMore ? { work: takeInTold, item: told } : null };
}

/**
 * The browser that the body's event of this person came from: named together from the start, an anonymous cart simply becomes
 * the person's, where otherwise two customers would have to be merged.
 */
function withDevice(description: Description, events: readonly ParsedEvent[]): Description {
  const { identity } = description;
  if (identity.deviceId !== undefined || STRONG_IDENTIFIERS.every((kind) => identity[kind] === undefined)) {
    return description;
  }
  const ofPerson = events.find(({ event }) =>
    STRONG_IDENTIFIERS.every((kind) => event.identity[kind] === identity[kind]),
  );
  const deviceId = ofPerson?.event.identity.deviceId;
  return deviceId === undefined ? description : { ...description, identity: { ...identity, deviceId } };
}

function below(path: string, problem: FieldProblem, what: string): FieldProblem {
  return { path: `${path}${problem.path}`, message: `${problem.message} (understood as ${what})` };
}

/** Nothing clear has been said by `pending` (asked, but not confirmed), nor by `never` (never asked): neither is an opt-out. */
const isClear = (state: unknown): state is ConsentState => state === 'subscribed' || state === 'unsubscribed';

function withClearConsent(raw: RawEvent): RawEvent {
  if (!raw.consent) return raw;
  const clear = Object.entries(raw.consent).filter(([, statement]) =>
    isClear((statement as { state?: unknown })?.state),
  );
  return { ...raw, consent: Object.fromEntries(clear) };
}

function readDescription(
  { identity: given, properties, consent, changedAt }: MappedCustomer,
  source: string,
  now: number,
): { description: Description | null; problem?: undefined } | { problem: FieldProblem } {
  // A guest that the shop knows nothing of.
  if (Object.values(given).every((value) => value === undefined || value === '')) return { description: null };
  const { identity, problems } = readIdentity(given, '/identity');
  if (problems[0]) return { problem: problems[0] };
  const at = Math.min(readTime(changedAt) ?? now, now);
  const statements: ToldConsent[] = [];
  for (const [channel, statement] of Object.entries(consent)) {
    if (!isClear(statement.state)) continue;
    const statedAt = readTime(statement.at);
    statements.push({
      channel: channel as Channel,
      state: statement.state,
      source: statement.source || source,
      at: Math.min(statedAt ?? at, now),
      isDated: statedAt !== null,
    });
  }
  return { description: { identity, properties, consent: statements, at, actor: actorOf(source) } };
}

const actorOf = (source: string): string => `connection:${source}`;

async function takeInTold(session: Session, items: readonly Told[], now: number): Promise<ParsedEvent[][]> {
  const carts = items.flatMap(({ cart }) => cart ?? []);
  await mergeAsTold(
    session,
    items.flatMap(({ merges }) => merges),
    now,
  );
  const customerIds = await describeCustomers(
    session,
    await stillKnown(session, items),
    carts.map(({ identity }) => identity),
    now,
  );
  await takeInCatalogues(session, items, now);
  const cartEvents = carts.length === 0 ? [] : await takeInCarts(session, carts, customerIds);
  const eventsOf = new Map(carts.map((cart, index) => [cart, cartEvents[index] ?? []]));
  return items.map(({ cart }) => (cart ? (eventsOf.get(cart) ?? []) : []));
}

/** A repeated delivery describes its buyer once more; somebody who has been erased since is not to come back by it. */
async function stillKnown(session: Session, items: readonly Told[]): Promise<Description[]> {
  const describing = items.filter(({ customers }) => customers.length > 0);
  const erased = new Set(
    await findErasedEvents(
      session,
      describing.flatMap(({ events }) => events),
    ),
  );
  return describing.flatMap(({ customers, events }) => (events.some((key) => erased.has(key)) ? [] : customers));
}

/** Of bodies of one shop, in the order of receipt. */
async function takeInCatalogues(session: Session, items: readonly Told[], now: number): Promise<void> {
  const saying = items.filter(({ products, stockLevels }) => products.length + stockLevels.length > 0);
  for (const [source, told] of Map.groupBy(saying, (item) => item.source)) {
    const products = told.flatMap((item) => item.products);
    const stockLevels = told.flatMap((item) => item.stockLevels);
    await takeInProducts(session, { source, actor: actorOf(source), products, stockLevels }, now);
  }
}
