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
});
