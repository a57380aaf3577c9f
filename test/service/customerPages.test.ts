/** The pages of customers on both stores: finding one, and all that happened to them, a page at a time. */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RANKS, placeWord, readPlace } from '../../temporal/store/operator/timelinePlace.ts';
import { eventsQuery, runsQuery, sendsQuery } from '../../temporal/store/operator/timelineRows.ts';
import { Operator, section, words } from './operators.ts';
import { event, minutes, NOW, TestService } from './service.ts';
import { DIALECTS } from './stores.ts';
import {
  authorize,
  call,
  enter,
  load,
  pastSend,
  publishTrigger,
  publishWait,
  sendItem,
  wait,
  waitItem,
} from './travellers.ts';

const MINUTE = 60_000;

describe.each(DIALECTS)('the page of a customer on %s', (dialect) => {
  let service: TestService;
  let operator: Operator;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    await publishTrigger(service, 'cart');
    await publishWait(service, 'w1');
    operator = await Operator.of(service);
  });
  afterAll(() => service.close());

  const bodyOf = async (id: string, query = '') => (await operator.get(`/customers/${id}${query}`)).body;
  const happened = async (id: string, query = '') => section(await bodyOf(id, query), 'What happened');

  it('is for those who have logged in', async () => {
    const id = await service.send(event('viewed_page', 'zoe'));
    const answer = await service.app.inject({ method: 'GET', url: `/customers/${id}` });
    expect(answer).toMatchObject({ statusCode: 303, headers: { location: `/login?next=%2Fcustomers%2F${id}` } });
    expect(answer.body).not.toContain('zoe');
  });

  it('tells what happened, and why', async () => {
    const ada = await enter(service, 'ada', 'unsubscribed');
    await service.call('PUT', '/v1/customers', {
      identity: { email: 'ada@example.com', phone: '+436601234567', externalId: '42' },
      properties: { firstName: 'Ada', lastName: 'Lovelace', timeZone: 'Europe/Vienna' },
    });
    await load(service, call(ada));
    service.now = NOW + MINUTE;
    await authorize(service, sendItem(ada));
    service.now = NOW + 2 * MINUTE;
    await wait(service, waitItem(ada));
    await service.send(event('searched', 'ada', minutes(2), { properties: { query: 'boots' } }));
    const open = section(await bodyOf(ada.customerId), 'In these journeys now');
    expect(open).toMatch(/Cart recovery Wait w1 2026-11-22 12:59 \(in 57 min\) The run/);
    await service.call('POST', '/v1/journeys/cart/pause');
    service.now = NOW + 3 * MINUTE;
    await service.send(
      event('completed_purchase', 'ada', minutes(3), { properties: { orderId: '1001', discount: '5.00' } }),
    );
    await service.send(event('added_to_cart', 'ada', minutes(3)));
    await service.call('POST', '/v1/journeys/cart/resume');
    service.now = NOW;

    const body = await bodyOf(ada.customerId);
    const told = section(body, 'What happened');
    for (const sentence of [
      'Added to cart: 2 × p1 by shop',
      'Entered Cart recovery',
      'waited at Wait w1',
      'E-mail of First e-mail: not sent Why: the customer has unsubscribed from this channel (unsubscribed).',
      'Searched: “boots” by shop',
      'Completed purchase: 2 × p1 · €84.00 · €5.00 off · order 1001 by shop',
      'Cart recovery ended early: completed purchase',
      'Did not enter Cart recovery: The journey is paused: nobody enters until it is resumed.',
      'E-mail: unsubscribed by test',
      'Became known by the e-mail ada@example.com',
      'Became known by the customer number 42',
    ]) {
      expect(told).toContain(sentence);
    }
    expect(told.indexOf('ended early')).toBeLessThan(told.indexOf('Searched'));
    expect(told.indexOf('Searched')).toBeLessThan(told.indexOf('not sent'));
    expect(section(body, 'Who it is')).toMatch(
      /Ada Lovelace Orders 1 Revenue €84\.00 Average order €84\.00 Last order 2026-11-22 12:03 E-mail ada@example\.com Phone \+436601234567 Customer number 42 Time zone Europe\/Vienna/,
    );
    expect(section(body, 'May they be written to')).toContain('E-mail unsubscribed');
    expect(section(body, 'In these journeys now')).toContain('In none.');
    expect(section(body, 'Scores')).toContain('not enough data');
    expect(body).toContain(`<a href="/runs/${ada.runId}">`);
    expect(body).not.toMatch(/undefined|null|NaN|Invalid/);
    // Nobody's data is in an address, nor in the title that the browser remembers.
    expect([...body.matchAll(/href="([^"]*)"/g)].filter(([, href]) => /@|%40|\+43|Ada/i.test(String(href)))).toEqual(
      [],
    );
    expect(/<title>(.*?)<\/title>/.exec(body)?.[1]).toBe('Customer – Example Shop');
  });

  it('shows who must not be written to', async () => {
    const bob = await service.send(event('viewed_page', 'bob'));
    await service.store.db
      .insertInto('suppressions')
      .values({
        customer_id: bob,
        channel: 'email',
        address: 'bob@example.com',
        reason: 'bounced',
        source: 'smtp',
        at: NOW,
      })
      .execute();
    expect(section(await bodyOf(bob), 'May they be written to')).toContain(
      'E-mail bob@example.com: mail to this address came back, since 2026-11-22 12:00:00',
    );
  });

  it('goes through a long history in pages, each thing once, newest first', async () => {
    const cyn = await service.send(
      ...Array.from({ length: 120 }, (_, index) =>
        // Many at one moment: also there nothing is left out.
        event('searched', 'cyn', minutes(-1 - Math.floor(index / 40)), { properties: { query: `word${index}.` } }),
      ),
    );
    for (let index = 0; index < 60; index++) {
      await pastSend(service, cyn, NOW - 2 * MINUTE, { node_name: `Letter ${index}.` });
    }
    const seen: string[] = [];
    let query = '';
    for (let pages = 0; pages < 10; pages++) {
      const body = await bodyOf(cyn, query);
      expect(body.includes('<h2>Who it is</h2>')).toBe(pages === 0);
      seen.push(...[...body.matchAll(/word\d+\.|Letter \d+\./g)].map(([word]) => word));
      const [, next] = /href="\/customers\/\w+(\?before=[^"]+)">Earlier</.exec(body) ?? [];
      if (next === undefined) break;
      query = next;
    }
    expect(seen).toHaveLength(180);
    expect(new Set(seen).size).toBe(180);
    const rounds = seen.map((word) => (word.startsWith('Letter') ? 1 : Math.floor(Number(/\d+/.exec(word)) / 40)));
    expect(rounds).toEqual(rounds.toSorted((one, other) => one - other));
  });

  it.each(['x', '1.event.1', '1.nothing.1.', '9'.repeat(30), '1.event.1.a@b', 'NaN.event.1.', '%00'])(
    'begins anew where there is no place %j',
    async (place) => {
      const dan = await service.send(event('viewed_page', 'dan'));
      expect(section(await bodyOf(dan, `?before=${place}`), 'Who it is')).toContain('dan@example.com');
    },
  );

  it('leads from an old id to the survivor, and knows nobody who was erased', async () => {
    const one = await service.send(event('viewed_page', 'eve'));
    const other = await service.send(event('viewed_page', { phone: '+436605554433' }));
    expect((await service.call('POST', `/v1/customers/${one}/merge`, { mergedId: other })).status).toBe(200);
    expect(await operator.get(`/customers/${other}`)).toMatchObject({
      status: 303,
      headers: { location: `/customers/${one}` },
    });
    const body = await bodyOf(one);
    expect(section(body, 'Who it is')).toContain(`Merged from ${other}`);
    expect(section(body, 'What happened')).toContain('Another profile was found to be the same person');
    expect((await service.call('DELETE', `/v1/customers/${one}`)).status).toBe(204);
    for (const id of [one, other, 'cus_none', '%00', "'%20or%201=1"]) {
      const answer = await operator.get(`/customers/${id}`);
      expect(answer.status).toBe(404);
      expect(words(answer.body)).toContain('There is no customer with this id. They may have been erased.');
    }
  });

  it('shows foreign words as words', async () => {
    const hostile = '<script>alert(1)</script>"\'&amp;';
    const fay = await service.send(
      event('searched', 'fay', minutes(-1), {
        properties: { query: hostile, [hostile]: hostile, url: 'javascript:alert(1)' },
        consent: { email: { state: 'subscribed', source: hostile } },
      }),
    );
    await service.call('PUT', '/v1/customers', {
      identity: { email: 'fay@example.com' },
      properties: { firstName: hostile },
    });
    const body = await bodyOf(fay);
    expect(section(body, 'Who it is')).toContain(hostile);
    expect(await happened(fay)).toContain(`Searched: “${hostile}”`);
    expect(body).not.toMatch(/<script|href="javascript/);
  });

  it('is quick whatever the history: each table is read in the order of its index', async () => {
    const { db } = service.store;
    const id = await service.send(event('viewed_page', 'gus'));
    const place = { at: NOW, kind: 'event', number: 7, id: '' } as const;
    const asked = { customerId: id, place, limit: 51 };
    const plans: [
      string,
      { sql: ReturnType<typeof eventsQuery> | ReturnType<typeof sendsQuery> | ReturnType<typeof runsQuery> },
    ][] = [
      ['events_customer', { sql: eventsQuery(asked) }],
      ['sends_customer', { sql: sendsQuery(asked) }],
      ['runs_customer', { sql: runsQuery('entered', asked) }],
    ];
    for (const [index, { sql: query }] of plans) {
      const text = await db.transaction().execute(async (trx) => {
        // A small table is read as a whole, whatever indexes it has.
        if (dialect === 'postgres') await sql`set local enable_seqscan = off`.execute(trx);
        const explain = dialect === 'postgres' ? sql`explain` : sql`explain query plan`;
        return JSON.stringify((await sql`${explain} ${query}`.execute(trx)).rows);
      });
      expect(text).toContain(index);
      expect(text).not.toMatch(/SCAN (events|sends|runs)\b(?! USING)|Seq Scan/);
    }
  });
});

describe.each(DIALECTS)('finding a customer on %s', (dialect) => {
  let service: TestService;
  let operator: Operator;
  const ids: Record<string, string> = {};
  beforeAll(async () => {
    service = await TestService.create(dialect);
    operator = await Operator.of(service);
    for (const name of ['ada', 'adam', 'bob']) ids[name] = await service.send(event('viewed_page', name));
    await service.call('PUT', '/v1/customers', {
      identity: { email: 'bob@example.com', phone: '+436601234567', externalId: '4711' },
      properties: { firstName: '<b>Bob</b>' },
    });
    const many = Array.from({ length: 120 }, (_, index) =>
      event('viewed_page', `crowd${String(index).padStart(3, '0')}`),
    );
    await service.send(...many);
  });
  afterAll(() => service.close());

  const find = async (q: string, more: Record<string, string> = {}) =>
    await operator.post('/customers', { q, ...more });

  it('asks by a form whose fields are in no address', async () => {
    const { status, body } = await operator.get('/customers');
    expect(status).toBe(200);
    expect(body).toContain('<form method="post" action="/customers"');
    expect(body).toMatch(/<label for="q">/);
    const stranger = await service.app.inject({ method: 'POST', url: '/customers', payload: 'q=ada' });
    expect(stranger).toMatchObject({ statusCode: 303, headers: { location: '/login' } });
  });

  it.each([['bob@example.com'], ['+43 660 1234567'], ['4711'], [' BOB@example.com ']])(
    'leads to the only one who is meant by %j',
    async (typed) => {
      expect(await find(typed)).toMatchObject({ status: 303, headers: { location: `/customers/${ids['bob']}` } });
    },
  );

  it('finds by our id', async () => {
    expect((await find(ids['ada'] ?? '')).headers.location).toBe(`/customers/${ids['ada']}`);
  });

  it('lists several, as words', async () => {
    const { status, body } = await find('ada');
    expect(status).toBe(200);
    expect(section(body, 'Found')).toMatch(/ada@example\.com.*adam@example\.com/);
    expect(body).toContain('value="ada"');
    const page = (await find('example')).body;
    expect(section(page, 'Nobody found')).toContain('Addresses and numbers are found by their beginning');
    expect((await find('"><script>alert(1)</script>')).body).not.toContain('<script');
  });

  it('goes on where the page before ended', async () => {
    const first = (await find('crowd')).body;
    const [, cursor = ''] = /name="cursor" value="([^"]+)"/.exec(first) ?? [];
    const second = (await find('crowd', { cursor })).body;
    const [, last = ''] = /name="cursor" value="([^"]+)"/.exec(second) ?? [];
    const third = (await find('crowd', { cursor: last })).body;
    const names = [first, second, third].map((page) =>
      [...page.matchAll(/<td class="">(crowd\d+)@/g)].map(([, name]) => name),
    );
    expect(names.map(({ length }) => length)).toEqual([50, 50, 20]);
    expect(new Set(names.flat()).size).toBe(120);
    expect(third).not.toContain('name="cursor"');
    expect((await find('crowd', { cursor: 'nonsense' })).status).toBe(400);
  });

  it.each(['', ' ', 'a', ' a ', 'x'.repeat(201), 'a\0b'])('says what to type instead of %j', async (typed) => {
    const { status, body } = await find(typed);
    expect(status).toBe(400);
    expect(words(body)).toContain('Type at least 2 characters, and at most 200.');
  });
});

it('a history whose events are deleted after a time says so where it ends', async () => {
  const service = await TestService.create('sqlite', { eventRetentionMs: 400 * 86_400_000 });
  const operator = await Operator.of(service);
  const id = await service.send(...Array.from({ length: 60 }, () => event('viewed_page', 'ada')));
  const note = 'Events are kept for 400 days (JOURNEYS_EVENT_RETENTION): there may have been more.';
  const first = (await operator.get(`/customers/${id}`)).body;
  expect(words(first)).not.toContain(note);
  const [, next = ''] = /href="([^"]+)">Earlier</.exec(first) ?? [];
  expect(words((await operator.get(next)).body)).toContain(note);
  await service.close();
});

it('places of a timeline can be read back', () => {
  for (const kind of RANKS) {
    const place = { at: NOW, kind, number: 12, id: 'snd_1-x' };
    expect(readPlace(placeWord(place))).toEqual(place);
  }
});
