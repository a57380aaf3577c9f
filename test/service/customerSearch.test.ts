/** `GET /v1/customers/search` on both stores: what is found, in which order, page by page, and by which index. */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { candidatesQuery } from '../../temporal/store/customerSearch.ts';
import { DIALECTS } from './stores.ts';
import { event, minutes, NOW, TestService } from './service.ts';

describe.each(DIALECTS)('customer search on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect);
  });
  afterAll(() => service.close());

  const search = (q: string, more = '') =>
    service.call('GET', `/v1/customers/search?q=${encodeURIComponent(q)}${more}`);
  const idsFor = async (q: string): Promise<string[]> =>
    (await search(q)).body.items.map(({ id }: { id: string }) => id);
  const make = async (identity: object, properties: object = {}): Promise<string> =>
    (await service.call('PUT', '/v1/customers', { identity, properties })).body.id;

  it('shows who it is and what they have bought', async () => {
    const identity = { email: 'grace@example.com', phone: '+436601112223', externalId: 'G-77' };
    const id = await make(identity, { firstName: 'Grace', lastName: 'Hopper' });
    await service.send(event('completed_purchase', identity, minutes(-5)));
    const { status, body } = await search('grace');
    expect(status).toBe(200);
    expect(body).toEqual({
      items: [
        {
          id,
          ...identity,
          ...{ firstName: 'Grace', lastName: 'Hopper' },
          totals: { orders: 1, revenueMinor: 8400, currency: 'EUR', lastOrderAt: minutes(-5) },
          createdAt: new Date(NOW).toISOString(),
        },
      ],
      nextCursor: null,
    });
  });

  it('finds by every identifier and name', async () => {
    const id = await make(
      { email: 'bjorn+shop@example.com', phone: '+46701234567', externalId: 'Kd_9%1' },
      { firstName: 'Björn', lastName: 'Ångström' },
    );
    const fitting = [
      ...[id, 'BJORN+', 'bjorn shop@', 'bjorn+shop@example.com', '+4670 123', '467012', '0046701234567', 'Kd_9'],
      ...['björn', 'BJORN', 'Bjo', 'ångs', 'angstrom', 'Björn Å', 'angstrom b'],
    ];
    for (const q of fitting) expect(await idsFor(q), q).toEqual([id]);
    // Plus signs that were not encoded.
    for (const query of ['q=+4670', 'q=bjorn+shop@']) {
      expect((await service.call('GET', `/v1/customers/search?${query}`)).body.items, query).toMatchObject([{ id }]);
    }
    const others = ['jorn', 'kd_9', 'strom', id.slice(0, -1), '%j', 'b_orn', 'Kd%', 'Kd_9_1', 'shop@', 'Björn Z'];
    for (const q of others) expect(await idsFor(q), q).toEqual([]);
  });

  it('follows changes of names', async () => {
    const identity = { externalId: 'renamed' };
    const id = await make(identity, { firstName: 'Zora', lastName: 'Before' });
    expect(await idsFor('zora b')).toEqual([id]);
    await make(identity, { lastName: 'After' });
    expect(await idsFor('zora b')).toEqual([]);
    expect(await idsFor('after z')).toEqual([id]);
    await make(identity, { firstName: null, lastName: null });
    expect(await idsFor('zora')).toEqual([]);
  });

  it('lists no merged or erased customers, and finds the survivor by the old id', async () => {
    const survivor = await make({ email: 'mergewell@example.com' });
    const merged = await make({ externalId: 'mergewell-2' }, { firstName: 'Mergewell', lastName: 'Twice' });
    const body = { mergedId: merged };
    expect((await service.call('POST', `/v1/customers/${survivor}/merge`, body)).status).toBe(200);
    for (const q of ['mergewell', 'twice', 'Mergewell T', merged, survivor]) {
      expect(await idsFor(q), q).toEqual([survivor]);
    }
    expect((await service.call('POST', `/v1/customers/${survivor}/unmerge`, body)).status).toBe(200);
    expect(await idsFor('mergewell')).toEqual([survivor, merged]);
    expect(await idsFor('twice')).toEqual([merged]);
    await service.call('DELETE', `/v1/customers/${merged}`);
    expect(await idsFor('mergewell')).toEqual([survivor]);
  });

  it('lists everybody once, page by page, while others come', async () => {
    // Found by address, by name, or both; some have two addresses.
    const everybody = new Set<string>();
    for (let n = 0; n < 7; n++) {
      everybody.add(await make({ email: `paula${n}@example.com`, externalId: `paula-${n}` }, { firstName: 'Paula' }));
      everybody.add(await make({ externalId: `x-${n}` }, { firstName: 'Paula', lastName: `Same` }));
      everybody.add(await make({ externalId: `y-${n}` }, { firstName: 'Jo', lastName: 'Paulaner' }));
    }
    await make({ email: 'paula9@example.com', externalId: 'paula-0' });
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const { body } = await search('paula', `&limit=2${cursor === null ? '' : `&cursor=${cursor}`}`);
      expect(body.items.length).toBeLessThanOrEqual(2);
      seen.push(...body.items.map(({ id }: { id: string }) => id));
      cursor = body.nextCursor;
      if (seen.length === 4) await make({ email: 'paula0a@example.com' });
    } while (cursor !== null);
    expect(seen).toHaveLength(everybody.size);
    expect(new Set(seen)).toEqual(everybody);
  });

  it('says what is wrong with a query', async () => {
    for (const q of ['', 'a', ' a ', 'x'.repeat(201), 'a\0b']) {
      expect(await search(q), JSON.stringify(q)).toMatchObject({ status: 400, body: { errors: [{ path: '/q' }] } });
    }
    expect((await service.call('GET', '/v1/customers/search')).body.errors).toMatchObject([{ path: '/q' }]);
    const cursorOf = (text: string) => Buffer.from(text).toString('base64url');
    for (const cursor of ['x', cursorOf('9 a b'), cursorOf('1 a')]) {
      const { status, body } = await search('ada', `&cursor=${cursor}`);
      expect({ status, errors: body.errors }).toMatchObject({ status: 400, errors: [{ path: '/cursor' }] });
    }
    expect((await search('ada', '&limit=0')).status).toBe(400);
    // Whatever else is typed is an answer.
    for (const q of ["'; drop table", '\\\\', '%%', '__', '[a-z]*', '\u{10FFFF}\u{10FFFF}', '😀😀', '\u0301\u0301']) {
      expect(await search(q), q).toMatchObject({ status: 200, body: { items: [] } });
    }
    expect((await service.call('GET', '/v1/customers/search?q=%E0%A4')).status).toBe(200);
  });

  it('needs the key', async () => {
    const answer = await service.call('GET', '/v1/customers/search?q=ada', undefined, { authorization: '' });
    expect(answer.status).toBe(401);
  });

  it.each([
    ['email', 'identifiers'],
    ['phone', 'identifiers'],
    ['externalId', 'identifiers'],
    ['name', 'customers_name_key'],
    ['surname', 'customers_surname_key'],
  ] as const)('reads a range of an index for %s, in its order', async (field, index) => {
    for (const last of [null, { id: 'cus_1', value: 'adb' }]) {
      const query = candidatesQuery({ db: service.store.db, dialect }, { field, prefix: 'ad' }, last, 51);
      // A few rows are read faster without an index; what counts is how a million would be.
      const plan = await service.store.transaction(async (db) => {
        if (dialect === 'postgres') await sql`set local enable_seqscan = off`.execute(db);
        const explain = dialect === 'postgres' ? sql`explain` : sql`explain query plan`;
        const { rows } = await sql<Record<string, unknown>>`${explain} ${query}`.execute(db);
        return rows.map((row) => String(row['QUERY PLAN'] ?? row['detail'])).join('\n');
      });
      if (dialect === 'postgres') {
        const name = index === 'identifiers' ? 'identifiers_search' : index;
        expect(plan).toMatch(new RegExp(`Index (Only )?Scan using ${name} `));
        expect(plan).toMatch(/Index Cond: .*>.*<|Index Cond: .*ROW.*</);
        expect(plan).not.toContain('Sort');
      } else {
        expect(plan).toMatch(new RegExp(`^SEARCH (identifiers|customers) USING (COVERING )?INDEX .*${index}.*>.*<`));
        expect(plan).not.toContain('TEMP B-TREE');
      }
    }
  });
});
