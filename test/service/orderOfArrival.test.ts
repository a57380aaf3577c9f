/** Whatever the order, the repetition and the batches in which events arrive: the same customers, totals and consent, on both stores. */
import { sql } from 'kysely';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS, freshStore, type TestStore } from './stores.ts';
import { event, minutes, TestService } from './service.ts';

type Event = Record<string, unknown>;
/** @param index which happening it is: its event id */
type Make = (world: string, index: number) => Event;

/** Two people with one account, one phone and two addresses each; a device comes alone or with the first address. */
const identity = fc
  .record({
    person: fc.integer({ min: 0, max: 1 }),
    form: fc.constantFrom('both', 'first', 'second', 'account', 'phone', 'device', 'accountAndFirst', 'phoneAndSecond'),
  })
  .map(({ person, form }) => (world: string): Record<string, string> => {
    const [email, other] = [`${world}-${person}@example.com`, `${world}-${person}-other@example.com`];
    const [externalId, deviceId] = [`${world}-${person}`, `${world}-d${person}`];
    const phone = `+4366${String(1_000_000 + Number(world.slice(1)) * 10 + person)}`;
    const forms: Record<string, Record<string, string>> = {
      both: { email, deviceId },
      first: { email },
      second: { email: other },
      account: { externalId },
      phone: { phone },
      device: { deviceId },
      accountAndFirst: { externalId, email },
      phoneAndSecond: { phone, email: other },
    };
    return forms[form] ?? {};
  });

/** Orders belong to their person, whatever of the person is said; so an order joins what else is known of it. */
const happening: fc.Arbitrary<Make> = fc
  .record({
    who: identity,
    what: fc.constantFrom('view', 'order', 'refund', 'refundOfNobody', 'cancel', 'consent', 'test'),
    number: fc.integer({ min: 0, max: 2 }),
    at: fc.integer({ min: -60, max: -1 }),
    value: fc.integer({ min: 1, max: 9 }),
    isOffline: fc.boolean(),
  })
  .map(({ who, what, number, at, value, isOffline }) => (world: string, index: number): Event => {
    const named = who(world);
    const person = /-(?:d)?(\d)(?:@|-other|$)/.exec(Object.values(named)[0] ?? '')?.[1] ?? named['phone']?.slice(-1);
    const orderId = `${world}-o${person}-${number}`;
    const more = { id: `${world}-${index}` };
    const email = `${world}-${person}@example.com`;
    switch (what) {
      case 'order': {
        const properties = { orderId, value: `${value}.00`, ...(isOffline && { salesChannel: 'pos' }) };
        return event('completed_purchase', { ...named, email }, minutes(at), { ...more, properties });
      }
      case 'test':
        return event('completed_purchase', named, minutes(at), {
          ...more,
          test: true,
          properties: { orderId: `${orderId}-t` },
        });
      case 'refund':
        return event('refunded', { email }, minutes(at), { ...more, properties: { orderId, value: '0.50' } });
      case 'refundOfNobody':
        return event('refunded', { orderId }, minutes(at), { ...more, properties: { orderId, value: '0.25' } });
      case 'cancel':
        return event('custom:order_cancelled', { email }, minutes(at), {
          ...more,
          properties: { orderId, wasPaid: value > 2 },
        });
      case 'consent':
        return event(value > 4 ? 'subscribed' : 'unsubscribed', { email }, minutes(at), more);
      default:
        return event('viewed_page', named, minutes(at), more);
    }
  });

/** The same happenings as they happened, and as they arrived: shuffled, some repeated, in batches of any size. */
const arrivals = fc.array(happening, { minLength: 1, maxLength: 16 }).chain((list) =>
  fc.record({
    list: fc.constant(list),
    arrived: fc.shuffledSubarray([...list.keys(), ...list.keys()], { minLength: list.length * 2 }),
    batches: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: list.length * 2 }),
  }),
);

describe.each(DIALECTS)('order of arrival on %s', (dialect) => {
  let place: TestStore;
  let service: TestService;
  beforeAll(async () => {
    place = await freshStore(dialect);
    service = await TestService.on(place);
  });
  afterAll(() => service.close());

  /** Everybody of a world: identifiers, totals, consent; without our ids and the world's name. */
  async function everybody(world: string): Promise<unknown[]> {
    const { rows } = await sql<{ id: string }>`
      select distinct e.customer_id as id from events e where e.id like ${`${world}-%`}`.execute(place.store.db);
    const people = await Promise.all(
      rows.map(async ({ id }) => {
        const { identifiers, totals, consent } = (await service.call('GET', `/v1/customers/${id}`)).body;
        // An order names its buyer only until the buyer is known.
        const personal = identifiers.filter(({ kind }: { kind: string }) => kind !== 'orderId');
        const names = personal.map(({ kind, value }: { kind: string; value: string }) =>
          kind === 'phone' ? `phone:${value.slice(-1)}` : `${kind}:${value.replace(`${world}-`, '')}`,
        );
        return { names: names.sort(), totals, email: consent.email };
      }),
    );
    return people.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }

  let worlds = 0;
  it('changes nothing', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, async ({ list, arrived, batches }) => {
        const [first, second] = [`w${++worlds}`, `w${++worlds}`] as const;
        for (const [index, make] of list.entries()) expect((await service.post(make(first, index))).status).toBe(202);
        const sent = arrived.flatMap((index): Event[] => [list[index]?.(second, index) ?? {}]);
        for (let from = 0, batch = 0; from < sent.length; from += batches[batch++] ?? 1) {
          const { status } = await service.post(...sent.slice(from, from + (batches[batch] ?? 1)));
          expect(status).toBe(202);
        }
        expect(await everybody(second)).toEqual(await everybody(first));
      }),
      { numRuns: 12 },
    );
  });
});
