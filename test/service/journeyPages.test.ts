/** The pages of journeys on both stores: the list, and the course of one in numbers that can be counted again by hand. */
import { sql, type RawBuilder } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { beyondQuery, MOST_COUNTED } from '../../temporal/store/operator/journeyWindow.ts';
import {
  endsQuery,
  openCountQuery,
  openRunsQuery,
  reachedQuery,
  skipsQuery,
} from '../../temporal/store/operator/journeyFigures.ts';
import type { DialectName } from '../../temporal/store/store.ts';
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
  results,
  sendItem,
  setPolicy,
  UNLIMITED,
  wait,
  waitItem,
} from './travellers.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe.each(DIALECTS)('journeys on %s', (dialect) => {
  let service: TestService;
  let operator: Operator;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    operator = await Operator.of(service);
  });
  afterAll(() => service.close());

  it('are none at first, and only for those who have logged in', async () => {
    expect(words((await operator.get('/journeys')).body)).toContain('None yet: a journey appears here when');
    for (const url of ['/journeys', '/journeys/cart?days=7']) {
      const answer = await service.app.inject({ method: 'GET', url });
      expect(answer).toMatchObject({
        statusCode: 303,
        headers: { location: `/login?next=${encodeURIComponent(url)}` },
      });
    }
  });

  it.each(['none', '%00', 'a%20b', '%3Cscript%3E'])('are not there under the key %s', async (key) => {
    const { status, body } = await operator.get(`/journeys/${key}`);
    expect(status).toBe(404);
    expect(words(body)).toContain('There is no journey with this key.');
  });

  it('say nothing where nothing has happened', async () => {
    await service.publish({ key: 'quiet', name: 'Quiet <i>one</i>' }, { published: 0 });
    const { status, body } = await operator.get('/journeys/quiet');
    expect(status).toBe(200);
    expect(section(body, 'Steps')).toContain('Nobody has come to a wait in this period');
    expect(section(body, 'Messages')).toContain('None has been decided on in this period.');
    expect(section(body, 'How it ended')).toContain('nobody’s run has ended yet');
    expect(section(body, 'Did not enter')).toContain('Everybody whom an entry event was about has entered.');
    expect(section(body, 'Newest runs')).toContain('Nobody has entered yet.');
    expect(body).not.toMatch(/<i>|undefined|null|NaN|Invalid/);
    expect(words((await operator.get('/journeys')).body)).toContain('Quiet <i>one</i> not published 0 0 0 0 –');
  });
});

describe.each(DIALECTS)('the course of a journey on %s', (dialect) => {
  let service: TestService;
  let operator: Operator;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    await publishTrigger(service, 'cart');
    await publishWait(service, 'w1');
    await setPolicy(service, UNLIMITED);
    operator = await Operator.of(service);

    // One waits after a message that brought an order before, one is not written to, one has ordered, one went to the end.
    const ada = await enter(service, 'ada');
    await load(service, call(ada));
    const [send] = await authorize(service, sendItem(ada));
    await service.call('POST', '/v1/sends/started', { sendIds: [send.sendId], by: '7/node-1/0' });
    await service.call('POST', '/v1/sends/report', { items: [{ sendId: send.sendId, outcome: 'sent' }] });
    await wait(service, waitItem(ada));
    const bob = await enter(service, 'bob', 'unsubscribed');
    await load(service, call(bob));
    await authorize(service, sendItem(bob));
    await wait(service, waitItem(bob, { spec: { kind: 'duration', ms: 3 * HOUR, restartable: false } }));
    const cyn = await enter(service, 'cyn');
    await load(service, call(cyn));
    await pastSend(service, cyn.customerId, NOW - 30_000, {
      ...{
        journey_key: 'cart',
        run_id: cyn.runId,
        node: 'node-1',
        node_name: 'First e-mail',
        clicked_at: NOW - 20_000,
      },
    });
    await wait(service, waitItem(cyn));
    await service.send(event('completed_purchase', 'cyn', minutes(0)));
    const dan = await enter(service, 'dan');
    await load(service, call(dan));
    await results(service, call(dan));
    await service.call('POST', '/v1/journeys/cart/pause');
    await service.send(event('added_to_cart', 'eve'));
    await service.call('POST', '/v1/journeys/cart/resume');
  });
  afterAll(() => service.close());
  afterEach(() => {
    service.now = NOW;
  });

  const bodyOf = async (query = '') => (await operator.get(`/journeys/cart${query}`)).body;

  it('counts who entered, waits, has finished and left, and what was sent and earned', async () => {
    const body = await bodyOf();
    expect(section(body, 'How it stands')).toContain(
      'In it now 2 Entered in 30 days 4 Of these finished 1 Ended early 1 Cancelled 0 Failed 0 Messages sent 2 Revenue €84',
    );
    expect(section(body, 'Steps')).toMatch(/Wait w1 3 2 0 2026-11-22 12:59 \(in 59 min\) 2026-11-22 14:59 \(in 3 h\)$/);
    expect(section(body, 'Messages')).toMatch(
      /First e-mail E-mail 2 0 0 \(0 %\) 1 \(50 %\) 1 0 0 0 1 €84 Why messages were not sent .* the customer has unsubscribed from this channel unsubscribed 1 0$/,
    );
    expect(section(body, 'How it ended')).toMatch(/went through to the end 1 ended early: completed purchase 1/);
    expect(section(body, 'Did not enter')).toMatch(/The journey is paused: nobody enters until it is resumed\. 1$/);
    expect(section(body, 'Newest runs')).toMatch(/2026-11-22 12:00 at Wait w1 until 2026-11-22 12:59 cus_/);
    const query = encodeURIComponent('JourneyKey="cart" AND ExecutionStatus="Running"');
    const step = encodeURIComponent('JourneyKey="cart" AND JourneyStep="Wait w1" AND ExecutionStatus="Running"');
    expect(body).toContain(
      `<a href="https://temporal.example.com/namespaces/default/workflows?query=${step}" aria-label="2 at Wait w1, in the Temporal UI">2</a>`,
    );
    for (const href of [
      'https://n8n.example.com/workflow/wf1',
      'https://n8n.example.com/workflow/wf1/executions',
      `https://temporal.example.com/namespaces/default/workflows?query=${query.replaceAll("'", '&#39;')}`,
    ]) {
      expect(body).toContain(`<a href="${href}">`);
    }
    expect(body).not.toMatch(/@example\.com|undefined|null|NaN|Invalid/);
  });

  it('says the same in the list', async () => {
    const { body } = await operator.get('/journeys');
    expect(words(body)).toContain('Cart recovery published 2 4 1 1 €84 Workflow');
    expect(body).toContain('<a href="/journeys/cart">');
    await service.call('POST', '/v1/journeys/cart/pause');
    expect(words((await operator.get('/journeys')).body)).toContain('Cart recovery paused');
    expect(words(await bodyOf())).toContain('The journey is paused: nobody enters, and those who are in it are held');
    await service.call('POST', '/v1/journeys/cart/resume');
  });

  it('looks back as far as it was asked to', async () => {
    service.now = NOW + 20 * DAY;
    operator = await Operator.of(service);
    expect(words(await bodyOf('?days=7'))).toContain('In it now 2 Entered in 7 days 0');
    expect(words(await bodyOf('?days=30'))).toContain('In it now 2 Entered in 30 days 4');
    service.now = NOW + 50 * DAY;
    operator = await Operator.of(service);
    expect(words(await bodyOf())).toContain('Entered in 30 days 0');
    expect(words(await bodyOf('?days=90'))).toContain('Entered in 90 days 4');
    for (const query of ['?days=5000', '?days=x', '?days=', '?days=7&days=90']) {
      expect(words(await bodyOf(query))).toContain('Entered in 30 days 0');
    }
    expect(await bodyOf('?days=90')).toMatch(/href="\/journeys\/cart\?days=90" aria-current="true"\s*>90 days/);
  });

  it('says where people are held for a node that is not published', async () => {
    await service.call('DELETE', '/v1/endpoints/wf1/w1');
    expect(words(await bodyOf())).toContain('2 stand at “Wait w1”, which is not published in n8n');
    await publishWait(service, 'w1');
    expect(words(await bodyOf())).not.toContain('not published in n8n');
  });

  it('counts no further than it has to, and says so', async () => {
    await service.publish({ key: 'crowded' });
    const many = MOST_COUNTED + 500;
    const rows = Array.from({ length: many }, (_, index) => ({
      ...{ id: `run_crowd${index}`, journey_key: 'crowded', customer_id: `cus_${index}`, entry_key: '' },
      ...{ workflow_id: `journey/crowded/cus_${index}`, status: 'running' as const, exit_reason: null, step: 'Wait' },
      ...{ waiting_until: NOW + HOUR, held: 0, entered_at: NOW - index * 1000, entry_occurred_at: NOW },
      ...{ entry_json: '{"type":"added_to_cart"}', segment: 1, segment_began_at: null, ended_at: null },
    }));
    const skips = rows.map(({ customer_id }, index) => ({
      ...{ customer_id, journey_key: 'crowded', event_id: `e${index}`, reason: 'coolingDown', at: NOW - index },
    }));
    for (let from = 0; from < many; from += 1500) {
      await service.store.db
        .insertInto('runs')
        .values(rows.slice(from, from + 1500))
        .execute();
      await service.store.db
        .insertInto('skipped_entries')
        .values(skips.slice(from, from + 1500))
        .execute();
    }
    const { body } = await operator.get('/journeys/crowded');
    const text = words(body);
    expect(text).toContain('In it now more than 10,000 Entered in 30 days 10,000 Of these finished 0');
    expect(text).toContain('There is more in this period than is counted at once');
    // The ten thousandth of them entered 9,999 s ago.
    expect(text).toContain('since 2026-11-22 09:13');
    expect(section(body, 'Steps')).toContain(
      'more than 10,000 are in the journey. “Now” is of 10,000 of them, taken by chance.',
    );
    expect(section(body, 'Did not enter')).toContain('that started nothing: the newest 10,000.');
    expect(words((await operator.get('/journeys')).body)).toMatch(
      /crowded published more than 10,000 10,000 since 2026-11-22 09:13/,
    );
    await service.store.db.deleteFrom('runs').where('journey_key', '=', 'crowded').execute();
  });

  it('is quick whatever the number of customers: each figure is read from an index', async () => {
    const window = { from: NOW - DAY, to: NOW, isCut: false };
    const queries: [string, RawBuilder<unknown>][] = [
      ['runs_journey_entered', beyondQuery('runs', 'cart', window)],
      ['sends_journey', beyondQuery('sends', 'cart', window)],
      ['runs_journey', openRunsQuery('cart')],
      ['runs_journey', openCountQuery('cart')],
      ['runs_journey_entered', endsQuery('cart', window)],
      ['runs_journey_entered', reachedQuery('cart', window)],
      ['skipped_entries_journey', skipsQuery('cart', NOW - DAY)],
    ];
    for (const [index, query] of queries) {
      const plan = await planOf(service, dialect, query);
      expect(plan).toMatch(new RegExp(`\\b${index}\\b`));
      expect(plan).not.toMatch(/Seq Scan|SCAN (runs|sends|skipped_entries|run_steps)\b/);
    }
  });
});

async function planOf(service: TestService, dialect: DialectName, query: RawBuilder<unknown>): Promise<string> {
  return await service.store.transaction(async (db) => {
    // A small table is read as a whole, whatever indexes it has.
    if (dialect === 'postgres') await sql`set local enable_seqscan = off`.execute(db);
    const explain = dialect === 'postgres' ? sql`explain` : sql`explain query plan`;
    const { rows } = await sql<Record<string, unknown>>`${explain} ${query}`.execute(db);
    return rows.map((row) => String(row['QUERY PLAN'] ?? row['detail'])).join('\n');
  });
}
