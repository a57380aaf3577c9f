/** `/v1/sends` on both stores: decisions, claims that two cannot win, replays, reports, lists. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from './stores.ts';
import { event, minutes, NOW, TestService } from './service.ts';
import { authorize, enter, publishTrigger, sendItem, wait, waitItem } from './travellers.ts';

describe.each(DIALECTS)('sends on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    await publishTrigger(service, 'cart');
  });
  afterAll(() => service.close());

  const started = async (sendIds: string[], by?: string) =>
    (await service.call('POST', '/v1/sends/started', { sendIds, ...(by && { by }) })).body;
  const report = async (...items: object[]) => (await service.call('POST', '/v1/sends/report', { items })).body;
  const sendOf = async (id: string) => (await service.call('GET', `/v1/sends/${id}`)).body;

  it('lets a message out, rendered, with a claim', async () => {
    const ada = await enter(service, 'ada');
    const message = {
      subject: 'Hi {{ customer.firstName }}',
      html: '<p>{{ customer.firstName }}</p>',
      text: '',
      data: { customer: { firstName: 'A&B' } },
    };
    const [answer] = await authorize(service, sendItem(ada, { message }));
    expect(answer).toEqual({
      ref: '0',
      sendId: expect.stringMatching(/^snd_\w{20}$/),
      decision: 'send',
      reasons: [],
      until: null,
      address: 'ada@example.com',
      status: 'claimed',
      message: {
        subject: 'Hi A&B',
        html: expect.stringMatching(/<body><p>A&amp;B<\/p><p lang="en"/),
        text: expect.stringMatching(/^A&B\n\nUnsubscribe: http/),
        headers: { 'List-Unsubscribe': expect.any(String), 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' },
      },
    });
    expect(await sendOf(answer.sendId)).toMatchObject({
      customerId: ada.customerId,
      journey: 'cart',
      node: 'node-1',
      nodeName: 'First e-mail',
      decision: 'send',
      status: 'claimed',
      at: minutes(0),
    });
  });

  it('says all that speaks against one', async () => {
    const bob = await enter(service, 'bob', 'unsubscribed');
    const cyn = await enter(service, 'cyn', null);
    const [phoneOnly] = [await service.send(event('viewed_page', { phone: '+436601234567' }))];
    await service.store.db
      .insertInto('suppressions')
      .values({
        customer_id: bob.customerId,
        channel: 'email',
        address: 'bob@example.com',
        reason: 'bounced',
        source: 'x',
        at: NOW,
      })
      .execute();
    const answers = await authorize(
      service,
      sendItem(bob),
      sendItem(cyn),
      sendItem(cyn, { category: 'transactional', node: 'receipt' }),
      sendItem({ customerId: phoneOnly }, { key: 'k-phone' }),
      sendItem(cyn, { address: 'nonsense', node: 'n2', category: 'transactional' }),
      sendItem({ customerId: 'cus_gone00000000000000000' }, { key: 'k-gone' }),
    );
    expect(answers.map(({ decision, reasons }) => [decision, reasons])).toEqual([
      ['suppress', ['bounced', 'unsubscribed']],
      ['suppress', ['no_consent']],
      ['send', []],
      ['suppress', ['no_address', 'no_consent']],
      ['suppress', ['invalid_address']],
      ['suppress', ['erased']],
    ]);
    const list = await service.call('GET', `/v1/sends?reason=no_consent&customerId=${cyn.customerId}`);
    expect(list.body.items).toMatchObject([{ decision: 'suppress', reasons: ['no_consent'], status: null }]);
    expect((await service.call('GET', `/v1/runs/${cyn.runId}`)).body.steps).toContainEqual({
      node: 'First e-mail',
      outcome: 'suppressed',
      at: minutes(0),
    });
  });

  it('knows a goal: the run has ended, or an exit rule came after the event', async () => {
    const dan = await enter(service, 'dan');
    await service.send(event('completed_purchase', 'dan', minutes(0)));
    expect(await authorize(service, sendItem(dan))).toMatchObject([
      { decision: 'suppress', reasons: ['goal_reached'] },
    ]);

    const eve = await enter(service, 'eve');
    await service.send(event('wishlisted', 'eve', minutes(0)));
    await publishTrigger(service, 'cart', { exits: ['completed_purchase', 'wishlisted'] });
    expect(await authorize(service, sendItem(eve))).toMatchObject([
      { decision: 'suppress', reasons: ['goal_reached'] },
    ]);
    await publishTrigger(service, 'cart');
  });

  it('refuses items that do not fit, each for itself', async () => {
    const fay = await enter(service, 'fay');
    const gus = await enter(service, 'gus');
    const answers = await authorize(
      service,
      sendItem(fay, { segment: undefined }),
      sendItem({ customerId: fay.customerId }),
      sendItem({ ...fay, runId: 'run_unknown' }),
      sendItem({ customerId: gus.customerId, runId: fay.runId }),
      sendItem(fay, { segment: 2 }),
      sendItem({ customerId: '42' }, { key: 'k42' }),
      sendItem(fay, { message: { subject: '{{ customer.frist }}', text: 'x', data: { customer: {} } } }),
      sendItem(fay, { node: 'fine' }),
    );
    expect(answers.map(({ error, decision }) => error?.path ?? decision)).toEqual([
      '/items/0/segment',
      '/items/1/key',
      '/items/2/runId',
      '/items/3/customerId',
      '/items/4/segment',
      '/items/5/customerId',
      '/items/6/message/subject',
      'send',
    ]);
    expect((await service.call('GET', `/v1/sends?customerId=${fay.customerId}`)).body.items).toHaveLength(1);
    expect(await service.call('POST', '/v1/sends/authorize', { items: [{ ref: 1, channel: 'fax' }] })).toMatchObject({
      status: 400,
    });
  });

  it('goes on with the others of a batch whatever one of them is', async () => {
    const ivo = await enter(service, 'ivo');
    const receipt = (more: object) => sendItem(ivo, { category: 'transactional', ...more });
    const answers = await authorize(
      service,
      receipt({ address: 'x'.repeat(1001) }),
      receipt({ address: 'ivo\0@example.com' }),
      receipt({ productIds: ['p1', 'p\0'] }),
      receipt({ channel: 'fax' }),
      receipt({ segment: '1' }),
      receipt({ address: 'ivo@example.com\nBcc: eve@example.com' }),
      receipt({ node: 'other', address: 'ivo\u0001@example.com' }),
      receipt({ node: 'fine' }),
    );
    expect(answers.map(({ ref, error, reasons }) => [ref, error?.path ?? reasons])).toEqual([
      ['0', '/items/0/address'],
      ['1', '/items/1/address'],
      ['2', '/items/2/productIds/1'],
      ['3', '/items/3/channel'],
      ['4', '/items/4/segment'],
      ['5', ['invalid_address']],
      ['6', ['invalid_address']],
      ['7', []],
    ]);
    const strange = { items: [null, { ref: {} }, { ...receipt({ node: 'fine' }), ref: 'ours' }] };
    const { body } = await service.call('POST', '/v1/sends/authorize', strange);
    expect(body.items).toMatchObject([{ ref: 0, error: { path: '/items/0' } }, { ref: 1 }, { ref: 'ours' }]);
  });

  it('is not held up by a template that never ends: after three customers the rest of the batch is spared it', async () => {
    const customers = await Promise.all(['u1', 'u2', 'u3', 'u4', 'u5'].map((person) => enter(service, person)));
    const template = { subject: 'x', text: '{% for i in (1..times) %}{% endfor %}x' };
    const ask = async (times: number[], node: string) =>
      await authorize(
        service,
        ...customers.map((customer, index) =>
          sendItem(customer, {
            node,
            category: 'transactional',
            message: { ...template, data: { times: times[index] } },
          }),
        ),
      );
    const stopped = { error: { message: expect.stringContaining('takes too much to render') } };
    const FOREVER = 1e9;
    const sent = { decision: 'send' };
    expect(await ask([FOREVER, FOREVER, 1, 1, 1], 'n1')).toMatchObject([stopped, stopped, sent, sent, sent]);
    expect(await ask([FOREVER, 1, FOREVER, FOREVER, 1], 'n2')).toMatchObject([
      stopped,
      sent,
      stopped,
      stopped,
      stopped,
    ]);
    expect(await ask([1, 1, 1, 1, 1], 'n2')).toMatchObject(Array(5).fill(sent));
  });

  it('replays a segment: claimed anew until started, then never twice', async () => {
    const hal = await enter(service, 'hal');
    const message = { subject: 'x', text: 'x' };
    const once = async () => (await authorize(service, sendItem(hal, { message })))[0];
    const first = await once();
    const again = await once();
    expect(again).toMatchObject({
      sendId: first.sendId,
      decision: 'send',
      status: 'claimed',
      message: { subject: 'x' },
    });
    expect(again).not.toHaveProperty('replayed');

    expect(await started([first.sendId], 'exec-1')).toEqual({ started: [first.sendId], refused: [] });
    expect(await started([first.sendId], 'exec-1')).toEqual({ started: [first.sendId], refused: [] });
    expect(await started([first.sendId], 'exec-2')).toEqual({
      started: [],
      refused: [{ sendId: first.sendId, status: 'started' }],
    });

    const lost = await once();
    expect(lost).toMatchObject({ sendId: first.sendId, decision: 'send', replayed: true, status: 'unknown' });
    expect(lost).not.toHaveProperty('message');
    expect((await sendOf(first.sendId)).status).toBe('unknown');

    const sent = { sendId: first.sendId, outcome: 'sent', providerMessageId: 'm1@example.com' };
    expect(await report(sent)).toEqual({ updated: 1 });
    expect(await report(sent, { sendId: first.sendId, outcome: 'failed', permanent: true })).toEqual({ updated: 0 });
    expect(await once()).toMatchObject({ replayed: true, status: 'sent' });
    expect(await sendOf(first.sendId)).toMatchObject({ status: 'sent', providerMessageId: 'm1@example.com' });
  });

  it('replays a suppressed one as it was, and tries a passing failure again', async () => {
    const ida = await enter(service, 'ida', null);
    const [first] = await authorize(service, sendItem(ida));
    await service.call('PUT', `/v1/customers/${ida.customerId}/consent`, {
      channel: 'email',
      state: 'subscribed',
      source: 'form',
    });
    expect(await authorize(service, sendItem(ida))).toMatchObject([
      { sendId: first.sendId, decision: 'suppress', reasons: ['no_consent'], replayed: true, status: null },
    ]);

    const [other] = await authorize(service, sendItem(ida, { node: 'n2' }));
    await started([other.sendId]);
    expect(await started([other.sendId])).toMatchObject({ started: [] });
    await report({ sendId: other.sendId, outcome: 'failed', permanent: false, error: '451 4.7.1 later' });
    expect(await authorize(service, sendItem(ida, { node: 'n2' }))).toMatchObject([
      { sendId: other.sendId, status: 'claimed' },
    ]);
    await started([other.sendId]);
    await report({ sendId: other.sendId, outcome: 'failed', permanent: true, error: '554 5.7.1 refused' });
    expect(await authorize(service, sendItem(ida, { node: 'n2' }))).toMatchObject([
      { replayed: true, status: 'failed' },
    ]);
  });

  it('suppresses an address that the provider says does not exist', async () => {
    const jim = await enter(service, 'jim');
    const [first] = await authorize(service, sendItem(jim));
    await started([first.sendId]);
    await report({ sendId: first.sendId, outcome: 'failed', permanent: true, error: '550 5.1.1 no such user' });
    expect(await authorize(service, sendItem(jim, { node: 'n2', category: 'transactional' }))).toMatchObject([
      { decision: 'suppress', reasons: ['bounced'] },
    ]);
    expect((await service.call('GET', `/v1/customers/${jim.customerId}`)).body.suppression).toMatchObject([
      { reason: 'bounced', channel: 'email', address: 'jim@example.com' },
    ]);
  });

  it('defers while the journey is paused, and decides anew after', async () => {
    const kim = await enter(service, 'kim');
    await service.call('POST', '/v1/journeys/cart/pause');
    const [held] = await authorize(service, sendItem(kim));
    expect(held).toMatchObject({ decision: 'defer', reasons: ['paused'], until: minutes(1), status: null });
    await service.call('POST', '/v1/journeys/cart/resume');
    expect(await authorize(service, sendItem(kim))).toMatchObject([
      { sendId: held.sendId, decision: 'send', reasons: [], until: null },
    ]);
  });

  it('takes a caller`s key once', async () => {
    const lea = await enter(service, 'lea');
    const item = sendItem({ customerId: lea.customerId }, { key: 'order-1/receipt' });
    const [first, twin] = await authorize(service, item, item);
    expect(first).toMatchObject({ decision: 'send' });
    expect(twin).toMatchObject({ decision: 'suppress', reasons: ['already_sent'], sendId: first.sendId });
    expect(await authorize(service, item)).toMatchObject([
      { decision: 'suppress', reasons: ['already_sent'], sendId: first.sendId },
    ]);
  });

  it('shares one message among several items of a run', async () => {
    const max = await enter(service, 'max');
    const [first, second] = await authorize(service, sendItem(max), sendItem(max));
    expect(first).toMatchObject({ decision: 'send', status: 'claimed' });
    expect(second).toMatchObject({ sendId: first.sendId, decision: 'send', replayed: true, status: 'claimed' });
  });

  it('takes no claim in a dry run, also of the made-up customer of a manual test', async () => {
    const ned = await enter(service, 'ned', null);
    const message = { subject: 'S', text: 'T' };
    const answers = await authorize(
      service,
      sendItem({ customerId: ned.customerId }, { dryRun: true, message }),
      sendItem({ customerId: 'cus_test' }, { dryRun: true, key: 'k', message }),
      sendItem({ customerId: 'cus_test' }, { dryRun: true, message: { subject: '{{ nope }}', text: 'x' } }),
    );
    expect(answers).toMatchObject([
      { sendId: null, decision: 'suppress', reasons: ['no_consent'], message: { subject: 'S' } },
      { sendId: null, decision: 'send', address: 'ada@example.com', message: { text: expect.stringMatching(/^T\n/) } },
      { error: { path: '/items/2/message/subject' } },
    ]);
    expect((await service.call('GET', `/v1/sends?customerId=${ned.customerId}`)).body.items).toEqual([]);
  });

  it('says in a dry run what its own earlier claim means: nothing before it is started, all afterwards', async () => {
    const una = await enter(service, 'una');
    const rehearse = async () => (await authorize(service, sendItem(una, { dryRun: true })))[0];
    const [{ sendId }] = await authorize(service, sendItem(una));
    expect(await rehearse()).toMatchObject({ decision: 'send', reasons: [] });
    await started([sendId]);
    await report({ sendId, outcome: 'failed', permanent: false });
    expect(await rehearse()).toMatchObject({ decision: 'send', reasons: [] });
    await report({ sendId, outcome: 'sent' });
    expect(await rehearse()).toMatchObject({ decision: 'suppress', reasons: ['already_sent'] });
  });

  it('says in a dry run that a key has been used', async () => {
    const dry = await enter(service, 'dry');
    const asked = {
      customerId: dry.customerId,
      channel: 'email',
      category: 'marketing',
      node: 'n',
      key: 'order-7/dry',
    };
    await authorize(service, { ref: 0, ...asked });
    const [answer] = await authorize(service, { ref: 0, ...asked, dryRun: true });
    expect(answer).toMatchObject({ sendId: null, decision: 'suppress', reasons: ['already_sent'] });
  });

  it('gives one key to one of many who ask at the same time', async () => {
    const ona = await enter(service, 'ona');
    const pat = await enter(service, 'pat');
    const item = (customerId: string) => sendItem({ customerId }, { key: 'race' });
    const answers = (
      await Promise.all(Array.from({ length: 8 }, (_, n) => authorize(service, item((n % 2 ? ona : pat).customerId))))
    ).flat();
    expect(answers.filter(({ decision }) => decision === 'send')).toHaveLength(1);
    expect(answers.filter(({ reasons }) => reasons.includes('already_sent'))).toHaveLength(7);
    expect(new Set(answers.map(({ sendId }) => sendId)).size).toBe(1);
  });

  it('lets one of many who hold a claim send', async () => {
    const quin = await enter(service, 'quin');
    const ids = (await Promise.all([1, 2, 3, 4].map(() => authorize(service, sendItem(quin)))))
      .flat()
      .map(({ sendId }) => sendId);
    expect(new Set(ids).size).toBe(1);
    const says = await Promise.all(ids.map((id, n) => started([id], `exec-${n}`)));
    expect(says.filter(({ started: mine }) => mine.length === 1)).toHaveLength(1);
  });

  it('refuses what comes from a segment that the run has left', async () => {
    const rob = await enter(service, 'rob');
    const [first] = await authorize(service, sendItem(rob));
    await wait(service, waitItem(rob));
    await service.store.db.updateTable('runs').set({ segment: 2 }).where('id', '=', rob.runId).execute();
    expect(await authorize(service, sendItem(rob, { node: 'other' }))).toMatchObject([
      { error: { path: '/items/0/segment' } },
    ]);
    await started([first.sendId]);
    await report({ sendId: first.sendId, outcome: 'sent' });
    expect(await authorize(service, sendItem(rob))).toMatchObject([{ replayed: true, status: 'sent' }]);
  });

  it('lists by page and filter', async () => {
    const sue = await enter(service, 'sue');
    const nodes = ['a', 'b', 'c', 'd', 'e'];
    for (const node of nodes) {
      service.now += 1000;
      await authorize(service, sendItem(sue, { node, category: 'transactional' }));
    }
    const seen: string[] = [];
    let cursor: string | null = '';
    do {
      const url = `/v1/sends?customerId=${sue.customerId}&limit=2${cursor && `&cursor=${cursor}`}`;
      const { body } = await service.call('GET', url);
      seen.push(...(body.items as { node: string }[]).map(({ node }) => node));
      cursor = body.nextCursor as string | null;
    } while (cursor);
    expect(seen).toEqual([...nodes].reverse());
    const count = async (query: string) =>
      (await service.call('GET', `/v1/sends?customerId=${sue.customerId}&${query}`)).body.items.length;
    expect(await count('decision=send&journey=cart')).toBe(5);
    expect(await count('decision=suppress')).toBe(0);
    expect(await count(`runId=${sue.runId}&status=claimed`)).toBe(5);
    expect((await service.call('GET', '/v1/sends/snd_nothing')).status).toBe(404);
    expect((await service.call('GET', '/v1/sends?cursor=x')).status).toBe(400);
    // A word that is misspelt must not look like "there are none".
    const misspelt = await service.call('GET', '/v1/sends?decision=sent&reason=%25&status=unknwon');
    expect(misspelt.status).toBe(400);
    const problems: { path: string }[] = misspelt.body.errors;
    expect(problems.map(({ path }) => path).sort()).toEqual(['/decision', '/reason', '/status']);
  });

  it('loses no report for its words', async () => {
    const tom = await enter(service, 'tom');
    const [{ sendId }] = await authorize(service, sendItem(tom));
    const words = { error: `\0${'x'.repeat(9000)}`, providerMessageId: `m\0${'y'.repeat(9000)}` };
    expect(await report({ sendId, outcome: 'unknown', ...words })).toEqual({ updated: 1 });
    const { body } = await service.call('GET', `/v1/sends/${sendId}`);
    expect(body).toMatchObject({ status: 'unknown', error: expect.stringMatching(/^x{4999}$/) });
    expect(body.providerMessageId).toMatch(/^my{498}$/);
  });

  it('keeps ids and addresses of as many bytes as characters can have, or refuses them', async () => {
    const { customerId } = await enter(service, 'xin');
    // Not to be compressed: each character another one, of three or four bytes.
    const letters = (count: number, first: number) =>
      Array.from({ length: count }, (_, index) => String.fromCodePoint(first + ((index * 7919) % 20_000))).join('');
    const push = (more: object) => sendItem({ customerId }, { channel: 'push', category: 'transactional', ...more });
    const answers = await authorize(
      service,
      push({ key: letters(500, 0x20000), address: letters(600, 0x4e00) }),
      push({ key: letters(501, 0x4e00), address: 'token' }),
      push({ key: 'long', address: letters(1000, 0x4e00) }),
      push({ key: 'lines', address: 'token\nother' }),
    );
    expect(answers).toMatchObject([
      { decision: 'send' },
      { error: { path: '/items/1/key' } },
      { reasons: ['invalid_address'] },
      { reasons: ['invalid_address'] },
    ]);
    const { sendId } = answers[0];
    expect((await authorize(service, push({ key: letters(500, 0x20000), address: 'token' })))[0]).toMatchObject({
      reasons: ['already_sent'],
    });
    const invalid = { outcome: 'failed', permanent: true, recipient: 'invalid' };
    expect(await report({ sendId, ...invalid, providerMessageId: letters(1000, 0x4e00) })).toEqual({ updated: 1 });
    const { body } = await service.call('GET', `/v1/customers/${customerId}`);
    expect(body.suppression).toMatchObject([{ channel: 'push', reason: 'bounced' }]);
  });

  it('passes over reports of sends that are not there', async () => {
    expect(await report({ sendId: 'snd_nothing', outcome: 'sent' })).toEqual({ updated: 0 });
    expect(await started(['snd_nothing'])).toEqual({ started: [], refused: [{ sendId: 'snd_nothing', status: null }] });
    expect(await authorize(service)).toEqual([]);
  });
});
