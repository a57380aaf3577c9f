/** Erasure (CONTRACT, fine print): rows gone, also from the file; what stays keeps people from being written to or brought back. */
import { readFileSync } from 'node:fs';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CUSTOMER_TABLES, rowsOwnedBy } from '../../temporal/store/customerTables.ts';
import { event, minutes, NOW, TestService } from './service.ts';
import { DIALECTS } from './stores.ts';

describe.each(DIALECTS)('erasure on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect);
  });
  afterAll(() => service.close());

  const erase = async (id: string) => {
    expect((await service.call('DELETE', `/v1/customers/${id}`)).status).toBe(204);
  };
  const optOut = (id: string, channel = 'email') =>
    service.call('PUT', `/v1/customers/${id}/consent`, { channel, state: 'unsubscribed', source: 'call' });
  const bounce = async (person: string) => {
    const id = await service.send(event('viewed_page', person));
    const row = { customer_id: id, channel: 'email', address: `${person}@example.com`, reason: 'bounced' } as const;
    await service.store.db
      .insertInto('suppressions')
      .values({ ...row, source: 'smtp', at: NOW })
      .execute();
    return id;
  };
  /** As a marketer's upsert or an import would bring the person back, with a consent that nobody has given anew. */
  const bringBack = async (person: string, more = {}): Promise<string> => {
    const { body } = await service.call('PUT', '/v1/customers', {
      identity: { email: `${person}@example.com`, ...more },
      consent: { email: { state: 'subscribed', source: 'file' }, sms: { state: 'subscribed', source: 'file' } },
    });
    return body.id as string;
  };
  let asked = 0;
  const reasonsFor = async (customerId: string, category = 'marketing', channel = 'email') => {
    const item = { ref: 1, customerId, channel, category, node: 'n', key: `k${++asked}`, dryRun: true };
    const { body } = await service.call('POST', '/v1/sends/authorize', { items: [item] });
    return (body as { items: { reasons: string[] }[] }).items[0]?.reasons;
  };

  it('leaves no row and no byte', async () => {
    await service.publish({ key: 'cart' });
    const secret = 'Zaphod-4711';
    const person = { email: `${secret}@example.com`, deviceId: `device-${secret}`, externalId: `id-${secret}` };
    const id = await service.send(
      event('added_to_cart', person, undefined, { properties: { cartId: 'c1', note: secret } }),
      event('completed_purchase', person, minutes(-30), { properties: { orderId: `o-${secret}` } }),
      event('subscribed', person),
      event('unsubscribed', person, minutes(0)),
    );
    await service.call('PUT', '/v1/customers', { identity: person, properties: { firstName: secret } });
    await erase(id);
    for (const table of CUSTOMER_TABLES.filter(({ erased }) => erased)) {
      const { rows } = await sql`select * from ${sql.table(table.name)} where ${rowsOwnedBy(table, id)}`.execute(
        service.store.db,
      );
      expect(rows, table.name).toEqual([]);
    }
    if (dialect === 'sqlite') {
      const { rows } = await sql<{ file: string }>`select file from pragma_database_list`.execute(service.store.db);
      const file = rows[0]?.file ?? '';
      for (const part of [file, `${file}-wal`]) {
        expect(readFileSync(part).toString('latin1').toLowerCase().includes(secret.toLowerCase()), part).toBe(false);
      }
    }
  });

  it('does not let an import mail somebody who had unsubscribed, until they subscribe anew', async () => {
    const id = await service.send(event('viewed_page', 'opted-out'));
    await optOut(id);
    await erase(id);
    const back = await bringBack('opted-out', { phone: '+436601234567' });
    expect(back).not.toBe(id);
    expect(await reasonsFor(back)).toEqual(['erased']);
    expect((await service.call('GET', `/v1/customers/${back}`)).body.suppression).toEqual([
      {
        ...{ reason: 'erased', channel: 'email', address: 'opted-out@example.com', source: 'erasure' },
        at: new Date(NOW).toISOString(),
      },
    ]);
    // An order's confirmation goes out, and what had not been refused: they had only unsubscribed from e-mail.
    expect(await reasonsFor(back, 'transactional')).toEqual([]);
    expect(await reasonsFor(back, 'marketing', 'sms')).toEqual([]);
    // What the person had said before does not count.
    await service.send(event('subscribed', 'opted-out', minutes(-60)));
    expect(await reasonsFor(back)).toEqual(['erased']);
    await service.send(event('subscribed', 'opted-out', minutes(0)));
    expect(await reasonsFor(back)).toEqual([]);
  });

  it('remembers addresses that do not take messages for every kind of message', async () => {
    const id = await bounce('bounces');
    await erase(id);
    const back = await bringBack('bounces');
    expect(await reasonsFor(back)).toEqual(['erased']);
    expect(await reasonsFor(back, 'transactional')).toEqual(['erased']);
  });

  it('remembers nothing of somebody who had refused nothing', async () => {
    const id = await service.send(event('subscribed', 'willing'));
    await erase(id);
    expect(await reasonsFor(await bringBack('willing'))).toEqual([]);
  });

  it('keeps the hash when the address is erased again', async () => {
    const id = await service.send(event('viewed_page', 'twice'));
    await optOut(id);
    await erase(id);
    await erase(await bringBack('twice'));
    expect(await reasonsFor(await bringBack('twice'))).toEqual(['erased']);
  });

  it('is not undone by a delivery that the shop repeats', async () => {
    const order = event('completed_purchase', { email: 'repeated@example.com', externalId: 'r-1' });
    const other = event('viewed_page', { email: 'repeated@example.com' });
    await erase(await service.send(order, other));
    for (const bodies of [[order, other], [order]]) {
      const { status, body } = await service.post(...bodies);
      expect(status).toBe(202);
      expect(body.accepted).toMatchObject(bodies.map(() => ({ customerId: 'erased', duplicate: true })));
    }
    expect((await service.call('GET', '/v1/customers?email=repeated@example.com')).status).toBe(404);
    expect((await service.call('GET', '/v1/customers?externalId=r-1')).status).toBe(404);
    // What happens anew is taken in: the person has come back.
    const back = await service.send(event('viewed_page', { email: 'repeated@example.com' }));
    expect((await service.call('GET', `/v1/customers/${back}`)).body.totals).toMatchObject({ orders: 0 });
  });

  it('can be seen to have been done, without saying whose', async () => {
    const id = await service.send(event('viewed_page', 'audited'));
    await erase(id);
    const { rows } = await sql<{ customer_id: string | null; actor: string; details_json: string; at: number }>`
      select customer_id, actor, details_json, at from audit where action = 'customer.erased'
      order by id desc limit 1`.execute(service.store.db);
    expect(rows).toEqual([{ customer_id: null, actor: 'api', details_json: `{"customerId":"${id}"}`, at: NOW }]);
  });
});
