/** What all pages of operators have in common, the overview and the status, on both stores. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ask, FORM, Operator, section, words } from './operators.ts';
import { event, minutes, NOW, TestService } from './service.ts';
import { DIALECTS } from './stores.ts';
import {
  authorize,
  call,
  enter,
  load,
  publishTrigger,
  publishWait,
  sendItem,
  setPolicy,
  wait,
  waitItem,
} from './travellers.ts';

const PLACES = ['/', '/journeys', '/customers', '/scores', '/status'];

describe.each(DIALECTS)('the pages of operators on %s', (dialect) => {
  let service: TestService;
  let operator: Operator;
  let pages: string[];
  beforeAll(async () => {
    service = await TestService.create(dialect, { shopName: 'Ada & Sons' });
    operator = await Operator.of(service);
    await publishTrigger(service, 'cart');
    await publishWait(service, 'w1');
    const ada = await enter(service, 'ada');
    await load(service, call(ada));
    await authorize(service, sendItem(ada));
    await wait(service, waitItem(ada));
    pages = [...PLACES, '/journeys/cart', `/customers/${ada.customerId}`, `/runs/${ada.runId}`];
  });
  afterAll(() => service.close());

  it('are for those who have logged in, and lead back to themselves', async () => {
    for (const url of pages) {
      const { status, headers, body } = await ask(service, 'GET', url);
      const location = url === '/' ? '/login' : `/login?next=${encodeURIComponent(url)}`;
      expect({ url, status, location: headers.location }).toEqual({ url, status: 303, location });
      expect(body).toBe('');
      // The key is for programs.
      expect((await service.call('GET', url)).status).toBe(303);
    }
  });

  it('lead to each other, and say which one it is', async () => {
    for (const url of pages) {
      const { body } = await operator.get(url);
      const place = PLACES.toReversed().find((one) => url.startsWith(one)) ?? '/journeys';
      for (const one of PLACES) expect(body).toContain(`<a href="${one}"`);
      const current = [...body.matchAll(/<a href="([^"]*)" aria-current="page"/g)].map(([, href]) => href);
      expect(current).toEqual([url.startsWith('/runs') ? '/journeys' : place]);
      expect(body).toContain('<form method="post" action="/logout">');
    }
  });

  it('can be read by everybody: one heading, levels in order, tables with captions, fields with labels, no script', async () => {
    for (const url of [...pages, '/login', '/runs/none']) {
      const { headers, body } = await operator.get(url);
      if (headers.location) continue;
      expect(headers['content-type']).toBe('text/html; charset=utf-8');
      expect(headers['cache-control']).toBe('no-store');
      expect(headers['referrer-policy']).toBe('no-referrer');
      expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/);
      expect(body).toMatch(/^<!doctype html>\s*<html lang="en">/);
      const levels = [...body.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
      expect(levels.filter((level) => level === 1)).toEqual([1]);
      levels.forEach((level, index) => expect(level - (levels[index - 1] ?? 0)).toBeLessThanOrEqual(1));
      const tables = body.match(/<table[\s\S]*?<\/table>/g) ?? [];
      for (const table of tables) {
        expect(table).toContain('<caption');
        expect(table.match(/<th(?! scope=)[ >]/g)).toBeNull();
      }
      for (const [, id] of body.matchAll(/<input id="(\w+)"/g)) expect(body).toContain(`<label for="${id}"`);
      expect(body).not.toMatch(/<script|<img|<iframe| style="| on[a-z]+="/);
      expect(body).not.toMatch(/\bundefined\b|\bNaN\b|Invalid Date|\[object/);
      const ids = [...body.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
      expect(new Set(ids).size).toBe(ids.length);
    }
  });

  it('have nobody’s data in an address', async () => {
    for (const url of pages) {
      const { body } = await operator.get(url);
      const addresses = [...body.matchAll(/(?:href|action)="([^"]*)"/g)].map(([, address]) => String(address));
      expect(addresses.filter((address) => /@|%40|\bada\b/i.test(address))).toEqual([]);
    }
  });

  it('are no part of the API document', async () => {
    const { body } = await service.call('GET', '/openapi.json');
    const paths = Object.keys((body as { paths: object }).paths);
    expect(paths.filter((path) => !/^\/(v1|health|ready|metrics|in|u|p|d|c|o|t|t\.js|hooks)(\/|$)/.test(path))).toEqual(
      [],
    );
  });

  it('take forms only', async () => {
    const cookie = String(
      (await ask(service, 'POST', '/login', { headers: FORM, payload: 'key=test-key' })).cookies[0]?.value,
    );
    const headers = { cookie: `journeys=${cookie}` };
    expect((await ask(service, 'POST', '/customers', { headers, payload: { q: 'ada' } })).status).toBe(415);
    const large = await ask(service, 'POST', '/customers', {
      headers: { ...headers, ...FORM },
      payload: `q=${'x'.repeat(9000)}`,
    });
    expect(large.status).toBe(413);
    expect(words(large.body)).toContain('This cannot be read');
  });
});

describe.each(DIALECTS)('overview and status on %s', (dialect) => {
  let service: TestService;
  let operator: Operator;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    operator = await Operator.of(service);
  });
  afterEach(() => {
    service.parts = { temporal: 'up', n8n: 'up', worker: 'up', notes: [] };
  });
  afterAll(() => service.close());

  const overview = async (title: string) => section((await operator.get('/')).body, title);
  const status = async (title: string) => section((await operator.get('/status')).body, title);

  it('say that all is well where nothing has happened', async () => {
    expect(await overview('What needs attention')).toContain('Nothing: all is well.');
    expect(await overview('Journeys')).toContain('None yet');
    expect((await operator.get('/')).body).toContain('<form method="post" action="/customers"');
    expect(await status('What needs attention')).toContain('Nothing: all is well.');
    expect(await status('Parts')).toMatch(
      /The store up Temporal up n8n up The worker up Time scale 1: real time Temporal has still to be told nothing/,
    );
    expect(await status('Alarms')).toContain('None is open.');
    expect(await status('Events on their way to n8n')).toContain('None is held');
    expect(await status('Calculations')).toContain('None has been due yet');
  });

  it('say what is wrong, wherever it is', async () => {
    service.parts = {
      temporal: 'down',
      n8n: 'down',
      worker: 'starting',
      notes: ['n8n does not answer at <http://n8n>'],
    };
    await publishTrigger(service, 'cart');
    const ada = await enter(service, 'ada');
    await service.call('POST', '/v1/journeys/cart/pause');
    await setPolicy(service, { killSwitch: true });
    const { db } = service.store;
    await db.updateTable('outbox').set({ attempts: 2 }).where('run_id', '=', ada.runId).execute();
    await db
      .insertInto('score_jobs')
      .values({
        name: 'rfm',
        due_at: NOW,
        lease_until: 0,
        started_at: NOW,
        finished_at: NOW,
        failure: 'the disk is <full>',
      })
      .execute();
    await db
      .insertInto('alarms')
      .values({
        ...{ id: 'alm_1', kind: 'complaint_rate', channel: 'email', level: 'critical', rate: 0.004, complaints: 8 },
        ...{ messages: 2000, journeys_json: '[{"journey":"cart","complaints":8}]', raised_at: NOW, ended_at: null },
      })
      .execute();
    await service.call('PUT', '/v1/endpoints', {
      ...{ kind: 'commerce', workflowId: 'wf2', workflowName: 'Shop <intake>', nodeId: 'c1', nodeName: 'Shop events' },
      ...{ path: 'webhook/c1/commerce', parameters: { source: 'custom', connection: 'shop' } },
    });
    await db
      .insertInto('event_deliveries')
      .values({
        ...{ endpoint_id: 'wf2/c1', source: 'shop', event_id: 'e1', customer_id: ada.customerId, attempts: 1 },
        ...{ available_at: 0, created_at: NOW },
      })
      .execute();

    for (const wrong of [await overview('What needs attention'), await status('What needs attention')]) {
      for (const sentence of [
        'The kill switch is on',
        'Temporal is down.',
        'n8n does not answer at <http://n8n>',
        '8 of 2000 recipients have called e-mail of the last 7 days spam',
        'Cart recovery is paused, with 1 in it.',
        'Temporal has not taken what it has to be told since 2026-11-22 12:00.',
        'The calculation of recency, frequency, money failed: the disk is <full>',
      ]) {
        expect(wrong).toContain(sentence);
      }
      expect(wrong).not.toContain('n8n is down.');
    }
    expect(await status('Parts')).toMatch(
      /Temporal down n8n down The worker starting .*1 messages, the oldest of 2026-11-22 12:00/,
    );
    expect(await status('Alarms')).toMatch(/critical 2026-11-22 12:00 8 2,000 0\.40 % cart \(8\)/);
    expect(await status('Events on their way to n8n')).toMatch(
      /Shop events Shop <intake> 1 1 2026-11-22 12:00 on their way/,
    );
    expect((await operator.get('/status')).body).not.toMatch(/<full>|<http|<intake>/);
  });

  it('leave programs what they had', async () => {
    expect((await service.call('GET', '/health')).body).toEqual({ status: 'ok' });
    expect((await service.call('GET', '/ready')).body).toMatchObject({ status: 'ready', parts: { store: 'up' } });
  });

  it('say so when the store is away', async () => {
    const answer = await service.send(event('viewed_page', 'bob', minutes(-1)));
    await service.store.close();
    const { status: code, body, headers } = await operator.get(`/customers/${answer}`);
    expect(code).toBeGreaterThanOrEqual(500);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(words(body)).toContain(
      'The store cannot be reached, or something went wrong; the log says what. Try again.',
    );
  });
});
