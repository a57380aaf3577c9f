/** The page of one run on both stores: where its customer stands and what happened, and the ways to the other tools. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Operator, section, words } from './operators.ts';
import { event, minutes, NOW, TestService } from './service.ts';
import { DIALECTS } from './stores.ts';
import {
  authorize,
  call,
  enter,
  load,
  publishTrigger,
  publishWait,
  results,
  sendItem,
  wait,
  waitItem,
  type Traveller,
} from './travellers.ts';

const HOUR = 3_600_000;

describe.each(DIALECTS)('the page of a run on %s', (dialect) => {
  let service: TestService;
  let operator: Operator;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    await publishTrigger(service, 'cart');
    await publishWait(service, 'w1');
    operator = await Operator.of(service);
  });
  afterAll(() => service.close());

  const page = async ({ runId }: { runId: string }) => await operator.get(`/runs/${runId}`);
  const begun = async (person: string): Promise<Traveller> => {
    const traveller = await enter(service, person);
    await load(service, call(traveller));
    return traveller;
  };

  it('is for those who have logged in', async () => {
    const { runId } = await begun('zoe');
    const answer = await service.app.inject({ method: 'GET', url: `/runs/${runId}` });
    expect(answer).toMatchObject({ statusCode: 303, headers: { location: `/login?next=%2Fruns%2F${runId}` } });
    expect(answer.body).not.toContain(runId);
  });

  it('says where the customer waits, until when, and how they came there', async () => {
    const ada = await begun('ada');
    service.now = NOW + 1000;
    const [send] = await authorize(service, sendItem(ada));
    const by = '1042/node-1/0';
    await service.call('POST', '/v1/sends/started', { sendIds: [send.sendId], by });
    const report = { sendId: send.sendId, outcome: 'sent', providerMessageId: 'm1' };
    await service.call('POST', '/v1/sends/report', { items: [report] });
    service.now = NOW + 2000;
    await wait(service, waitItem(ada));
    service.now = NOW;

    const { status, body } = await page(ada);
    expect(status).toBe(200);
    // The first wait counts from the entry event, a minute ago.
    expect(section(body, 'How it stands')).toContain(
      'Waits at Wait w1 for a time until 2026-11-22 12:59:00 (in 59 min).',
    );
    const happened = section(body, 'What happened');
    expect(happened).toMatch(
      /Began to wait at Wait w1.*E-mail of First e-mail: sent.*Entered by added to cart: goes through n8n from Cart activity on/,
    );
    const workflow = encodeURIComponent(`journey/cart/${ada.customerId}`);
    for (const href of [
      `/customers/${ada.customerId}`,
      '/journeys/cart',
      `https://temporal.example.com/namespaces/default/workflows/${workflow}`,
      'https://n8n.example.com/workflow/wf1',
      'https://n8n.example.com/workflow/wf1/executions',
      'https://n8n.example.com/workflow/wf1/executions/1042',
    ]) {
      expect(body).toContain(`<a href="${href}">`);
    }
    expect(body).not.toContain('ada@example.com');
    expect(body).not.toMatch(/undefined|null|NaN|Invalid/);
  });

  it('says why a message did not go out, and what the end was', async () => {
    const bob = await enter(service, 'bob', 'unsubscribed');
    await load(service, call(bob));
    await authorize(service, sendItem(bob));
    await wait(service, waitItem(bob));
    service.now = NOW + HOUR;
    await service.send(event('completed_purchase', 'bob', minutes(60)));
    const { body } = await page(bob);
    service.now = NOW;
    expect(section(body, 'How it stands')).toContain('The run ended early: completed purchase.');
    expect(section(body, 'What happened')).toMatch(
      /The run ended early: completed purchase, at Wait w1.*First e-mail: not sent Why: the customer has unsubscribed from this channel \(unsubscribed\)\./,
    );
  });

  it('says that the course was gone through', async () => {
    const cyn = await begun('cyn');
    await results(service, call(cyn));
    expect(section((await page(cyn)).body, 'How it stands')).toContain('The run went through to the end.');
  });

  it('says what holds it: a node that is not published, a pause, Temporal out of reach', async () => {
    const dan = await begun('dan');
    await wait(service, waitItem(dan));
    await service.call('DELETE', '/v1/endpoints/wf1/w1');
    expect(section((await page(dan)).body, 'How it stands')).toContain('The node “Wait w1” is not published in n8n');
    await publishWait(service, 'w1');
    await service.call('POST', '/v1/journeys/cart/pause');
    expect(section((await page(dan)).body, 'How it stands')).toContain('The journey is paused');
    await service.call('POST', '/v1/journeys/cart/resume');
    expect(section((await page(dan)).body, 'How it stands')).not.toMatch(/paused|not published|Temporal does not take/);
    await service.store.db
      .updateTable('outbox')
      .set({ attempts: 3, last_error: '14 UNAVAILABLE: <no> connection' })
      .where('run_id', '=', dan.runId)
      .execute();
    expect(section((await page(dan)).body, 'How it stands')).toContain(
      'Temporal does not take what it has to be told (“start”, tried 3 times so far): 14 UNAVAILABLE: <no> connection.',
    );
  });

  it('says how long n8n has it, and where the trouble can be seen when that is long', async () => {
    const gus = await begun('gus');
    expect(section((await page(gus)).body, 'How it stands')).toMatch(
      /Goes through n8n, from Cart activity on, since 2026-11-22 12:00:00 \(in 0 s\)\. Customer/,
    );
    service.now = NOW + HOUR;
    expect(section((await page(gus)).body, 'How it stands')).toContain(
      '(1 h ago). That is long: the Temporal UI shows',
    );
    service.now = NOW;
  });

  it('leads from a run that ended by a merge to the one that went on', async () => {
    const one = await begun('hal');
    const other = await begun('hala');
    await wait(service, waitItem(other));
    await service.call('POST', `/v1/customers/${one.customerId}/merge`, { mergedId: other.customerId });
    const bodies = await Promise.all([page(one), page(other)]);
    const [ended] = bodies.filter(({ body }) => body.includes('the same person went on in another run'));
    const [goesOn] = [one, other].filter(({ runId }) =>
      ended?.body.includes(`<a href="/runs/${runId}">The run that went on</a>`),
    );
    expect(section((await page(goesOn ?? one)).body, 'How it stands')).toMatch(/Waits at|Goes through n8n/);
    // Both lead to the one who is left.
    for (const { body } of bodies) expect(body).toContain(`<a href="/customers/${one.customerId}">`);
  });

  it('shows foreign words as words', async () => {
    const eve = await begun('eve');
    await wait(service, waitItem(eve, { nodeName: '<img src=x onerror=alert(1)>' }));
    await authorize(service, sendItem(eve, { nodeName: '"><script>alert(2)</script>' }));
    const { body } = await page(eve);
    expect(words(body)).toContain('Waits at <img src=x onerror=alert(1)>');
    expect(body).not.toMatch(/<img|<script/);
  });

  it.each(['run_none', '%00', 'a%2Fb', "'; drop table runs; --", '%F0%9F%98%80'])('knows no run %s', async (id) => {
    const { status, body, headers } = await operator.get(`/runs/${id}`);
    expect(status).toBe(404);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(words(body)).toContain('There is no such run.');
    expect(body).toContain('aria-label="Pages"');
  });
});
