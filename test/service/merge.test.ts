/** Profiles of one person become one customer on both stores, and two again: what moves, what ends, what holds. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from './stores.ts';
import { event, minutes, TestService } from './service.ts';

describe.each(DIALECTS)('merge on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect);
  });
  afterAll(() => service.close());

  const customer = async (id: string) => (await service.call('GET', `/v1/customers/${id}`)).body;
  const mail = (name: string) => `${name}@example.com`;
  const values = (body: { identifiers: { value: string }[] }) => body.identifiers.map(({ value }) => value).sort();
  /** As the next millisecond would: the older profile survives. */
  const later = () => {
    service.now++;
  };
  const together = (...identities: object[]) => Object.assign({}, ...identities) as object;

  it('makes one customer of profiles whose strong identifiers come together', async () => {
    const [byMail, byPhone, byNumber] = [{ email: mail('a1') }, { phone: '+436601000001' }, { externalId: 'a1' }];
    const first = await service.send(
      event('completed_purchase', byMail, minutes(-9), { properties: { orderId: 'a-1' } }),
    );
    later();
    const second = await service.send(
      event('completed_purchase', byPhone, minutes(-8), { properties: { orderId: 'a-2' } }),
      event('refunded', byPhone, minutes(-7), { properties: { orderId: 'a-2', value: '10.00' } }),
    );
    later();
    const third = await service.send(event('viewed_product', byNumber));
    expect(await service.send(event('viewed_page', together(byMail, byPhone, byNumber)))).toBe(first);
    for (const id of [first, second, third]) {
      const body = await customer(id);
      expect(body).toMatchObject({
        id: first,
        totals: { orders: 2, refunds: 1, revenueMinor: 15800, firstOrderAt: minutes(-9), lastOrderAt: minutes(-8) },
      });
      expect(body.mergedFrom).toEqual([second, third].sort());
      expect(values(body)).toEqual(['+436601000001', mail('a1'), 'a1'].sort());
    }
    const { items } = (await service.call('GET', `/v1/customers/${second}/events`)).body;
    expect(items).toHaveLength(5);
  });

  it('merges within one batch, several people at once, whatever comes first', async () => {
    const batch = ['b1', 'b2', 'b3'].flatMap((name, index) => [
      event('viewed_page', { email: mail(name) }),
      event('completed_purchase', { externalId: name }, minutes(-5), { properties: { orderId: `${name}-o` } }),
      event('viewed_page', { email: mail(name), externalId: name, deviceId: name }),
      event('completed_purchase', { deviceId: name }, minutes(-4), { properties: { orderId: `${name}-p` } }),
      event('viewed_page', { phone: `+43660200000${index}`, externalId: name }),
    ]);
    const { body } = await service.post(...batch.slice(0, 7));
    expect(body.rejected).toEqual([]);
    const answers = await service.post(...batch.slice(7), ...batch.slice(0, 3));
    expect(answers.body.rejected).toEqual([]);
    for (const name of ['b1', 'b2', 'b3']) {
      const found = (await service.call('GET', `/v1/customers?email=${mail(name)}`)).body;
      expect(found.totals.orders, name).toBe(2);
      expect(found.identifiers).toHaveLength(4);
    }
  });

  it('keeps one hop from every old id to the customer', async () => {
    const ids: string[] = [];
    for (const name of ['c1', 'c2', 'c3']) {
      ids.push(await service.send(event('viewed_page', { email: mail(name) })));
      later();
    }
    const [oldest, middle, youngest] = ids as [string, string, string];
    await service.call('POST', `/v1/customers/${middle}/merge`, { mergedId: youngest });
    expect(await customer(youngest)).toMatchObject({ id: middle });
    await service.call('POST', `/v1/customers/${oldest}/merge`, { mergedId: middle });
    expect(await customer(youngest)).toMatchObject({ id: oldest, mergedFrom: [middle, youngest].sort() });
    expect(await service.send(event('viewed_page', { customerId: youngest }))).toBe(oldest);
  });

  it('lets the stricter consent hold, and takes a channel that only one has said something about', async () => {
    const said = async (name: string, type: string, at: number, channel: string) =>
      await service.send(event(type, { email: mail(name) }, minutes(at), { properties: { channel } }));
    const first = await said('d1', 'subscribed', -1, 'email');
    await said('d1', 'subscribed', -1, 'whatsapp');
    later();
    const second = await said('d2', 'unsubscribed', -30, 'email');
    await said('d2', 'subscribed', -20, 'sms');
    const state = { channel: 'whatsapp', state: 'never', source: 'shop account' };
    await service.call('PUT', `/v1/customers/${second}/consent`, state);
    const { status, body } = await service.call('POST', `/v1/customers/${first}/merge`, { mergedId: second });
    expect(status).toBe(200);
    expect(body.consent).toMatchObject({
      email: { state: 'unsubscribed', at: minutes(-30) },
      sms: { state: 'subscribed', at: minutes(-20) },
      whatsapp: { state: 'subscribed' },
      push: { state: 'never' },
    });
  });

  it('fills gaps in the properties; what both say holds as the survivor says it', async () => {
    const put = async (name: string, properties: object): Promise<string> =>
      (await service.call('PUT', '/v1/customers', { identity: { email: mail(name) }, properties })).body.id;
    const first = await put('e1', { firstName: 'Ann', city: 'Linz' });
    later();
    const second = await put('e2', { firstName: 'Anna', size: 42 });
    const { body } = await service.call('POST', `/v1/customers/${first}/merge`, { mergedId: second });
    expect(body.properties).toEqual({ firstName: 'Ann', city: 'Linz', size: 42 });
  });

  it('goes on with one run of a journey, the one further on', async () => {
    await service.publish({ key: 'recovery' });
    const first = await service.send(event('added_to_cart', { email: mail('f1') }));
    later();
    const second = await service.send(event('added_to_cart', { email: mail('f2') }));
    const [ahead] = await service.runs(second);
    await service.store.db
      .updateTable('runs')
      .set({ segment: 2 })
      .where('id', '=', ahead?.id ?? '')
      .execute();
    const before = (await service.outbox()).length;
    expect(await service.send(event('viewed_page', together({ email: mail('f1') }, { externalId: 'f' })))).toBe(first);
    await service.send(event('viewed_page', { externalId: 'f', email: mail('f2') }));
    const runs = await service.runs(first);
    expect(runs).toHaveLength(2);
    expect(runs.find(({ id }) => id === ahead?.id)).toMatchObject({
      status: 'running',
      workflowId: `journey/recovery/${second}`,
    });
    expect(runs.find(({ id }) => id !== ahead?.id)).toMatchObject({ status: 'exited', exitReason: 'merged' });
    expect((await service.outbox()).slice(before)).toMatchObject([
      { kind: 'exit', workflowId: `journey/recovery/${first}`, payload: { arm: 'exit', type: 'merged' } },
    ]);
    // Entry again finds the run that goes on.
    await service.send(event('added_to_cart', { email: mail('f1') }));
    expect((await service.runs(first)).filter(({ status }) => status === 'running')).toHaveLength(1);
    await service.send(event('completed_purchase', { email: mail('f1') }, minutes(0)));
    expect((await service.runs(first)).filter(({ status }) => status === 'running')).toEqual([]);
  });

  it('ends a run by what the other profile had done meanwhile', async () => {
    await service.publish({ key: 'recovery' });
    const first = await service.send(event('added_to_cart', { email: mail('g1') }, minutes(-20)));
    later();
    await service.send(event('completed_purchase', { externalId: 'g' }, minutes(-10)));
    await service.send(event('viewed_page', { email: mail('g1'), externalId: 'g' }));
    expect(await service.runs(first)).toMatchObject([{ status: 'exited', exitReason: 'completed_purchase' }]);
  });

  it('counts the entries of both', async () => {
    await service.publish({
      key: 'once',
      entries: [{ type: 'wishlisted', filters: [] }],
      enterAgain: 'never',
      exits: [],
    });
    const first = await service.send(event('viewed_page', { email: mail('h1') }));
    later();
    const second = await service.send(event('wishlisted', { externalId: 'h' }));
    const [run] = await service.runs(second);
    await service.call('POST', `/v1/runs/${run?.id}/cancel`);
    await service.send(event('viewed_page', { email: mail('h1'), externalId: 'h' }));
    await service.send(event('wishlisted', { email: mail('h1') }, minutes(0)));
    expect(await service.runs(first)).toHaveLength(1);
    const { items } = (await service.call('GET', `/v1/customers/${first}/audit`)).body;
    expect(items).toContainEqual(
      expect.objectContaining({ kind: 'skippedEntry', detail: expect.objectContaining({ reason: 'onlyOnce' }) }),
    );
  });

  describe('messages', () => {
    const authorize = async (item: object) =>
      (
        await service.call('POST', '/v1/sends/authorize', {
          items: [{ ref: 0, channel: 'email', category: 'transactional', node: 'n1', segment: 1, ...item }],
        })
      ).body.items[0];

    /** Two profiles in one journey; the second has the message of node n1. */
    async function bothIn(name: string, outcome: 'claimed' | 'started' | 'sent') {
      await service.publish({ key: 'hello', entries: [{ type: 'subscribed', filters: [] }], exits: [] });
      const [one, two] = [{ email: mail(`${name}1`) }, { email: mail(`${name}2`) }];
      const first = await service.send(event('subscribed', one));
      later();
      const second = await service.send(event('subscribed', two));
      const [stays, ends] = [(await service.runs(first))[0]?.id, (await service.runs(second))[0]?.id];
      const { sendId } = await authorize({ customerId: second, runId: ends });
      if (outcome !== 'claimed') await service.call('POST', '/v1/sends/started', { sendIds: [sendId] });
      if (outcome === 'sent') {
        await service.call('POST', '/v1/sends/report', { items: [{ sendId, outcome: 'sent' }] });
      }
      later();
      await service.call('POST', `/v1/customers/${first}/merge`, { mergedId: second });
      return { first, second, stays, ends, sendId };
    }

    it.each(['started', 'sent'] as const)(
      'sends nothing again that the other profile was sent (%s)',
      async (outcome) => {
        const { first, stays } = await bothIn(`i-${outcome}`, outcome);
        expect(await authorize({ customerId: first, runId: stays })).toMatchObject({
          decision: 'suppress',
          reasons: ['already_sent'],
        });
        expect(await authorize({ customerId: first, runId: stays, node: 'n2' })).toMatchObject({ decision: 'send' });
      },
    );

    it('lets go of a claim that nobody has started: only one of the two runs gets it', async () => {
      const { first, second, stays, ends, sendId } = await bothIn('j', 'claimed');
      const started = await service.call('POST', '/v1/sends/started', { sendIds: [sendId] });
      expect(started.body.started ?? []).toEqual([]);
      expect(await authorize({ customerId: second, runId: ends })).toMatchObject({ decision: 'suppress' });
      expect(await authorize({ customerId: first, runId: stays })).toMatchObject({
        decision: 'send',
        status: 'claimed',
      });
    });
  });

  it('gives the history of a device to who identifies on it, and never joins two people', async () => {
    const ann = await service.send(event('subscribed', { email: mail('k1') }));
    later();
    const browser = await service.send(event('viewed_product', { deviceId: 'k-tablet' }));
    expect(browser).not.toBe(ann);
    expect(await service.send(event('viewed_page', { email: mail('k1'), deviceId: 'k-tablet' }))).toBe(ann);
    expect((await customer(browser)).id).toBe(ann);
    later();
    const bob = await service.send(event('viewed_page', { email: mail('k2'), deviceId: 'k-tablet' }));
    expect(bob).not.toBe(ann);
    expect((await service.call('GET', `/v1/customers/${bob}/events`)).body.items).toHaveLength(1);
    expect(await service.send(event('viewed_page', { deviceId: 'k-tablet' }))).toBe(bob);
    expect(values(await customer(bob))).toEqual(['k-tablet', mail('k2')].sort());
  });

  it('leaves a phone that two accounts share with its owner', async () => {
    const phone = '+436603000003';
    const ann = await service.send(event('viewed_page', { externalId: 'l1', email: mail('l1'), phone }));
    const bob = await service.send(event('viewed_page', { externalId: 'l2', email: mail('l2'), phone }));
    expect(bob).not.toBe(ann);
    expect((await service.call('GET', `/v1/customers?phone=${encodeURIComponent(phone)}`)).body.id).toBe(ann);
  });

  it('refuses to merge what is one customer, or none', async () => {
    const [first, second] = [
      await service.send(event('viewed_page', 'm1')),
      await service.send(event('viewed_page', 'm2')),
    ];
    const merge = (id: string, mergedId: string) => service.call('POST', `/v1/customers/${id}/merge`, { mergedId });
    expect(await merge(first, first)).toMatchObject({ status: 409, body: { errors: [{ path: '/mergedId' }] } });
    expect((await merge('cus_nobody', first)).status).toBe(404);
    expect((await merge(first, 'cus_nobody')).status).toBe(404);
    expect((await service.call('POST', `/v1/customers/${first}/merge`, {})).status).toBe(400);
    expect((await merge(first, second)).status).toBe(200);
    expect((await merge(second, first)).status).toBe(409);
    expect((await merge(first, second)).status).toBe(409);
    const unmerge = (id: string, mergedId: string) => service.call('POST', `/v1/customers/${id}/unmerge`, { mergedId });
    expect((await unmerge(first, 'cus_nobody')).status).toBe(409);
    expect((await unmerge('cus_nobody', second)).status).toBe(404);
    expect((await unmerge(first, first)).status).toBe(409);
  });

  it('takes a merge back', async () => {
    await service.publish({ key: 'recovery' });
    const [one, two] = [{ email: mail('n1') }, { externalId: 'n' }];
    const first = await service.send(
      event('completed_purchase', one, minutes(-60)),
      event('subscribed', one, minutes(-50)),
      event('added_to_cart', one, minutes(-40)),
    );
    await service.call('PUT', '/v1/customers', { identity: one, properties: { firstName: 'Ann' } });
    later();
    const second = await service.send(
      event('completed_purchase', two, minutes(-60)),
      event('unsubscribed', two, minutes(-55)),
      event('subscribed', two, minutes(-50), { properties: { channel: 'sms' } }),
      event('custom:quiz', two),
    );
    await service.call('PUT', '/v1/customers', { identity: two, properties: { firstName: 'Bob', size: 42 } });
    later();
    const third = await service.send(event('custom:quiz', { deviceId: 'n-device' }));
    await service.send(event('viewed_page', { ...two, deviceId: 'n-device' }));
    const before = [await customer(first), await customer(second)];
    const events = async (id: string) =>
      (await service.call('GET', `/v1/customers/${id}/events`)).body.items.map((item: { id: string }) => item.id);
    const eventsBefore = [await events(first), await events(second)];

    later();
    const joined = await service.call('POST', `/v1/customers/${first}/merge`, { mergedId: second });
    expect(joined.body).toMatchObject({
      totals: { orders: 2 },
      consent: { email: { state: 'unsubscribed' }, sms: { state: 'subscribed' } },
      mergedFrom: [second, third].sort(),
    });
    later();
    const { status, body } = await service.call('POST', `/v1/customers/${first}/unmerge`, { mergedId: second });
    expect(status).toBe(200);
    expect(body).toEqual(before[0]);
    expect(await customer(second)).toEqual(before[1]);
    expect((await customer(third)).id).toBe(second);
    expect([await events(first), await events(second)]).toEqual(eventsBefore);
    expect(await service.send(event('viewed_page', two))).toBe(second);
    expect((await service.call('POST', `/v1/customers/${first}/unmerge`, { mergedId: second })).status).toBe(409);
    const notes = await service.store.db.selectFrom('audit').select(['customer_id', 'action']).orderBy('id').execute();
    expect(notes.filter((note) => note.customer_id === first)).toMatchObject([
      { action: 'customer.merged' },
      { action: 'customer.unmerged' },
    ]);
  });

  it('keeps an unsubscription that came after the merge for both', async () => {
    const first = await service.send(event('viewed_page', { email: mail('o1') }, minutes(-60)));
    later();
    const second = await service.send(event('subscribed', { externalId: 'o' }, minutes(-60)));
    later();
    await service.call('POST', `/v1/customers/${first}/merge`, { mergedId: second });
    service.now += 60_000;
    await service.send(event('unsubscribed', { email: mail('o1') }, new Date(service.now).toISOString()));
    await service.call('POST', `/v1/customers/${first}/unmerge`, { mergedId: second });
    expect((await customer(first)).consent.email.state).toBe('unsubscribed');
    expect((await customer(second)).consent.email.state).toBe('unsubscribed');
  });

  it('erases what was merged with the customer', async () => {
    const first = await service.send(event('completed_purchase', { email: mail('p1') }));
    later();
    const second = await service.send(event('completed_purchase', { externalId: 'p' }));
    await service.send(event('viewed_page', { externalId: 'p', email: mail('p1') }));
    expect((await service.call('DELETE', `/v1/customers/${second}`)).status).toBe(204);
    for (const id of [first, second]) expect((await service.call('GET', `/v1/customers/${id}`)).status).toBe(404);
    const rows = await service.store.db.selectFrom('audit').selectAll().where('customer_id', '=', first).execute();
    expect(rows.filter(({ action }) => action === 'customer.merged')).toEqual([]);
  });
});
