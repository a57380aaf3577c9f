/** Two processes that merge and erase the same people at once, on both stores: nobody is lost, nobody is there twice. */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CUSTOMER_TABLES } from '../../temporal/store/customerTables.ts';
import { DIALECTS, freshStore, type TestStore } from './stores.ts';
import { event, minutes, TestService } from './service.ts';

describe.each(DIALECTS)('merges at once on %s', (dialect) => {
  let place: TestStore;
  let services: TestService[];
  beforeAll(async () => {
    place = await freshStore(dialect);
    services = [
      await TestService.on(place),
      await TestService.on({ ...place, store: place.openAgain(), remove: () => Promise.resolve() }),
    ];
  });
  afterAll(async () => {
    for (const service of [...services].reverse()) await service.close();
  });

  const service = (index: number): TestService => services[index] as TestService;
  const PEOPLE = 8;
  const everyForm = (name: string, index: number) => ({
    email: { email: `${name}@example.com` },
    account: { externalId: name },
    phone: { phone: `+43664000${String(index).padStart(4, '0')}` },
    device: { deviceId: name },
  });

  /** Separate profiles, each with an order. */
  async function strangers(prefix: string, from: number): Promise<ReturnType<typeof everyForm>[]> {
    const people = Array.from({ length: PEOPLE }, (_, index) => everyForm(`${prefix}${index}`, from + index));
    for (const forms of people) {
      const orders = Object.values(forms).map((who) => event('completed_purchase', who, minutes(-9)));
      expect((await services[0]?.post(...orders))?.status).toBe(202);
    }
    return people;
  }

  const joining = (forms: ReturnType<typeof everyForm>) => [
    event('viewed_page', { ...forms.email, ...forms.account }),
    event('viewed_page', { ...forms.account, ...forms.phone }),
    event('viewed_page', { ...forms.phone, ...forms.email, ...forms.device }),
  ];

  it('leaves one customer of each person', { timeout: 60_000 }, async () => {
    const people = await strangers('a', 0);
    const batches = people.flatMap((forms, index) => {
      const next = people[(index + 1) % PEOPLE] ?? forms;
      const events = [...joining(forms), ...joining(next)];
      return [events, [...events].reverse()];
    });
    const answers = await Promise.all(batches.map(async (events, index) => await service(index % 2).post(...events)));
    expect(answers.map(({ status }) => status)).toEqual(batches.map(() => 202));
    for (const { email, phone } of people) {
      const byMail = (await services[0]?.call('GET', `/v1/customers?email=${email.email}`))?.body;
      const byPhone = (await services[1]?.call('GET', `/v1/customers?phone=${encodeURIComponent(phone.phone)}`))?.body;
      expect(byPhone.id).toBe(byMail.id);
      expect(byMail.totals.orders).toBe(4);
      expect(byMail.identifiers).toHaveLength(4);
    }
  });

  it('leaves nothing of a customer who is erased meanwhile', { timeout: 60_000 }, async () => {
    const people = await strangers('b', 100);
    const ids = await Promise.all(
      people.map(async ({ email }) => (await services[0]?.call('GET', `/v1/customers?email=${email.email}`))?.body.id),
    );
    const answers = await Promise.all(
      people.map(
        async (forms, index) =>
          await Promise.all([
            service(0).post(...joining(forms)),
            service(1).call('DELETE', `/v1/customers/${ids[index]}`),
          ]),
      ),
    );
    for (const answer of answers.flat()) expect([202, 204, 404]).toContain(answer.status);
    for (const { name, through, erased } of CUSTOMER_TABLES) {
      if (through !== 'customer' || !erased) continue;
      const { rows } = await sql`
        select customer_id from ${sql.table(name)} where customer_id is not null and customer_id not in (
          select id from customers where merged_into is null)`.execute(place.store.db);
      expect(rows, name).toEqual([]);
    }
    const { rows } = await sql`
      select id from customers where merged_into is not null and merged_into not in (
        select id from customers where merged_into is null)`.execute(place.store.db);
    expect(rows).toEqual([]);
  });
});
