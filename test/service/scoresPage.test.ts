/** The page of the scores on both stores: who gets to see it, what is on it, and what is not. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { calibrate } from '../../temporal/domain/clv/calibration.ts';
import { fitValue } from '../../temporal/domain/clv/predict.ts';
import { learnedPredictions } from '../../temporal/domain/clv/shopPredictions.ts';
import { predictionsJob } from '../../temporal/scoring/predictionsJob.ts';
import { replenishmentJob } from '../../temporal/scoring/replenishmentJob.ts';
import { rfmJob } from '../../temporal/scoring/rfmJob.ts';
import { makeDue } from '../../temporal/store/scoreJobs.ts';
import { writeModel } from '../../temporal/store/scoreModels.ts';
import { CALIBRATION_ENDS, cdnowLog, cdnowSummaries } from '../unit/domain/clv/cdnow.ts';
import { ask, FORM, logIn, sessionOf } from './operators.ts';
import { DIALECTS } from './stores.ts';
import { API_KEY, event, NOW, TestService } from './service.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
describe.each(DIALECTS)('logging in on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect);
  });
  afterAll(() => service.close());

  const scores = async (cookie?: string, of = service) =>
    await ask(of, 'GET', '/scores', { headers: cookie === undefined ? {} : { cookie } });

  it('is asked for by a form', async () => {
    expect(await scores()).toMatchObject({ status: 303, headers: { location: '/login?next=%2Fscores' } });
    const { status, headers, body } = await ask(service, 'GET', '/login');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'/,
    );
    expect(body).toContain('<input id="key" name="key" type="password"');
    // The bearer key is for programs: a browser that was made to send it is nobody who has logged in.
    expect((await service.call('GET', '/scores')).status).toBe(303);
  });

  it.each(['', 'wrong', `${API_KEY}x`, API_KEY.slice(0, -1), API_KEY.toUpperCase()])(
    'refuses the key %j',
    async (key) => {
      const { status, body, cookies } = await logIn(service, key);
      expect(status).toBe(401);
      expect(body).toContain('This is not the API key.');
      expect(cookies).toEqual([]);
    },
  );

  it('gives a cookie that scripts and other sites cannot use, without the key in it', async () => {
    const { status, headers, cookies } = await logIn(service, API_KEY);
    expect(status).toBe(303);
    expect(headers.location).toBe('/');
    expect(cookies).toEqual([
      expect.objectContaining({ name: 'journeys', path: '/', httpOnly: true, sameSite: 'Strict', maxAge: 12 * 3600 }),
    ]);
    const value = cookies[0]?.value ?? '';
    const parts = value.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'));
    expect([value, ...parts].some((part) => part.includes(API_KEY))).toBe(false);
    expect((await scores(`journeys=${value}`)).status).toBe(200);
    // No two logins are the same.
    expect(await sessionOf(service)).not.toBe(`journeys=${value}`);
    expect(await ask(service, 'GET', '/login', { headers: { cookie: `journeys=${value}` } })).toMatchObject({
      status: 303,
      headers: { location: '/' },
    });
  });

  it('leads back to the page that was asked for, and nowhere else', async () => {
    const form = await ask(service, 'GET', '/login?next=%2Fjourneys%2Fcart%3Fdays%3D7');
    expect(form.body).toContain('<input type="hidden" name="next" value="/journeys/cart?days=7" />');
    expect(form.body).toContain('<a href="/journeys/cart?days=7">Go on to the page</a>');
    const wrong = await logIn(service, 'wrong', { next: '/journeys/cart?days=7', remoteAddress: '192.0.2.2' });
    expect(wrong.body).toContain('name="next" value="/journeys/cart?days=7"');
    const cookie = await sessionOf(service, '192.0.2.2');
    const elsewhere = [
      'https://example.com/',
      '//example.com/',
      '/\\example.com',
      'scores',
      '/v1/customers',
      '/%0d%0ax',
      '',
    ];
    for (const [next, location] of [
      ['/scores', '/scores'],
      ['/journeys/cart?days=7', '/journeys/cart?days=7'],
      ...elsewhere.map((one) => [one, '/'] as const),
    ] as const) {
      expect((await logIn(service, API_KEY, { next, remoteAddress: '192.0.2.3' })).headers.location).toBe(location);
      const again = `/login?next=${encodeURIComponent(next)}`;
      expect((await ask(service, 'GET', again, { headers: { cookie } })).headers.location).toBe(location);
    }
  });

  it('ends after twelve hours, by logging out, and with another API key', async () => {
    const cookie = await sessionOf(service);
    const other = await sessionOf(service);
    service.now = NOW + 12 * HOUR - 1000;
    expect((await scores(cookie)).status).toBe(200);
    service.now = NOW + 12 * HOUR;
    expect((await scores(cookie)).status).toBe(303);
    service.now = NOW;

    const out = await ask(service, 'POST', '/logout', { headers: { ...FORM, cookie } });
    expect(out).toMatchObject({ status: 303, headers: { location: '/login' } });
    expect(out.cookies).toEqual([expect.objectContaining({ name: 'journeys', value: '', path: '/' })]);
    expect(out.cookies[0]?.expires?.getTime()).toBeLessThan(NOW);
    // Wherever a copy of the cookie is: it opens nothing any more; other sessions stay.
    expect((await scores(cookie)).status).toBe(303);
    expect((await scores(other)).status).toBe(200);
    expect((await ask(service, 'POST', '/logout', { headers: { ...FORM, cookie } })).status).toBe(303);
  });

  it('does not believe in cookies that were changed or made up', async () => {
    const cookie = await sessionOf(service);
    const [until = '', nonce = '', signature = ''] = cookie.replace('journeys=', '').split('.');
    const made = [
      '',
      'x',
      `${until}.${nonce}`,
      `${until}.${nonce}.`,
      `${Number(until) + 1}.${nonce}.${signature}`,
      `${until}.${nonce}x.${signature}`,
      `${until}.${nonce}.${signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))}`,
      `${until}.${nonce}.${signature}.${signature}`,
      `9${until}.${nonce}.${signature}`,
      `NaN.${nonce}.${signature}`,
    ];
    for (const value of made) expect((await scores(`journeys=${value}`)).status).toBe(303);
    expect((await scores(cookie)).status).toBe(200);
  });

  it('is refused for a minute after ten tries, to that address', async () => {
    for (let tries = 0; tries < 10; tries++)
      expect((await logIn(service, 'wrong', { remoteAddress: '192.0.2.9' })).status).toBe(401);
    const refused = await logIn(service, API_KEY, { remoteAddress: '192.0.2.9' });
    expect(refused.status).toBe(429);
    expect(refused.body).toContain('Too many tries');
    expect(refused.cookies).toEqual([]);
    expect((await logIn(service, API_KEY, { remoteAddress: '192.0.2.10' })).status).toBe(303);
  });

  it('takes a small form only', async () => {
    const large = await ask(service, 'POST', '/login', { headers: FORM, payload: `key=${'x'.repeat(10_000)}` });
    expect(large.status).toBe(413);
    const json = await ask(service, 'POST', '/login', { payload: { key: API_KEY } });
    expect(json.status).toBe(415);
    const twice = await ask(service, 'POST', '/login', { headers: FORM, payload: `key=${API_KEY}&key=x` });
    expect(twice.status).toBe(401);
    expect([large, json, twice].every(({ headers }) => String(headers['content-type']).startsWith('text/html'))).toBe(
      true,
    );
  });
});

it('over https the cookie is for https and this host alone; another API key opens nothing that was opened before', async () => {
  const service = await TestService.create('sqlite', { publicUrl: 'https://shop.example' });
  const other = await TestService.create('sqlite', { publicUrl: 'https://shop.example', apiKey: 'another' });
  try {
    const { cookies } = await logIn(service, API_KEY);
    expect(cookies).toEqual([expect.objectContaining({ name: '__Host-journeys', secure: true, path: '/' })]);
    expect(cookies[0]).not.toHaveProperty('domain');
    // Even with the same random key in the store.
    const kept = await service.store.db.selectFrom('kept_keys').selectAll().where('name', '=', 'sessions').execute();
    await other.store.db.deleteFrom('kept_keys').where('name', '=', 'sessions').execute();
    await other.store.db.insertInto('kept_keys').values(kept).execute();
    const cookie = `__Host-journeys=${cookies[0]?.value}`;
    expect((await ask(service, 'GET', '/scores', { headers: { cookie } })).status).toBe(200);
    expect((await ask(other, 'GET', '/scores', { headers: { cookie } })).status).toBe(303);
  } finally {
    await service.close();
    await other.close();
  }
});

describe.each(DIALECTS)('the scores on %s', (dialect) => {
  let service: TestService;
  let cookie: string;
  const page = async (): Promise<string> => (await ask(service, 'GET', '/scores', { headers: { cookie } })).body;
  /** Text of one section, by its heading. */
  const section = (body: string, title: string): string => {
    const found = body.split('</section>').find((one) => one.includes(`<h2>${title}</h2>`)) ?? '';
    const words = found.slice(found.indexOf('<h2>')).replaceAll(/<svg[\s\S]*?<\/svg>|<[^>]*>/g, ' ');
    return words.replaceAll(/\s+/g, ' ').trim();
  };

  beforeAll(async () => {
    service = await TestService.create(dialect, { shopName: 'Ada & Sons' });
    cookie = await sessionOf(service);
  });
  afterAll(() => service.close());

  it('are sentences before anything was calculated', async () => {
    const body = await page();
    for (const title of [
      'Recency, frequency, money',
      'Segments',
      'Movement since last month',
      'Predictions',
      'When products run out',
    ]) {
      expect(section(body, title)).toContain('not enough data: this has not been calculated yet');
    }
    expect(section(body, 'Calculations')).toContain('None has been due yet');
    expect(body).not.toContain('<svg');
    expect(body).toContain('Ada &amp; Sons');
  });

  it('are sentences when nobody has ordered', async () => {
    const context = { store: service.store, now: NOW, timeScale: 1, isStopping: () => false };
    await rfmJob(context);
    await replenishmentJob(context);
    const body = await page();
    for (const title of ['Recency, frequency, money', 'Segments', 'Movement since last month']) {
      expect(section(body, title)).toContain('not enough data: nobody has ordered yet');
    }
    expect(section(body, 'When products run out')).toContain('not enough data: no product has been bought again');
    expect(body).not.toMatch(/NaN|Infinity|undefined|null/);
  });

  it('show what was learned, and nobody', async () => {
    const events = Array.from({ length: 60 }, (_, customer) =>
      Array.from({ length: 1 + (customer % 5) }, (_order, order) =>
        event('completed_purchase', `secret${customer}`, new Date(NOW - (customer + 30 * order) * DAY).toISOString(), {
          properties: {
            ...{ orderId: `${customer}-${order}`, currency: 'EUR', value: '20.00' },
            items: [{ productId: 'p<1>', name: 'Coffee', quantity: 1, price: '20.00' }],
          },
        }),
      ),
    ).flat();
    await service.send(...events);
    await service.call('PUT', '/v1/products/p%3C1%3E', { title: 'Coffee <b>beans</b>' });
    const context = { store: service.store, now: NOW, timeScale: 1, isStopping: () => false };
    await rfmJob(context);
    await replenishmentJob(context);
    const { db } = service.store;
    await predictionsJob(context);
    const everybody = [...cdnowLog().purchases()];
    await writeModel(db, 'calibration', calibrate('bg-nbd', 'day', everybody, CALIBRATION_ENDS + 39 * 7, 39), NOW);
    await makeDue({ db, dialect }, ['rfm', 'replenishment'], NOW);
    await db
      .updateTable('score_jobs')
      .set({ failure: 'the disk is <full>' })
      .where('name', '=', 'replenishment')
      .execute();

    const body = await page();
    expect(section(body, 'Recency, frequency, money')).toContain('60 customers with an order, as of 2026-11-22');
    const { rfm } = (await service.call('GET', '/v1/scores')).body as { rfm: { segments: Record<string, unknown>[] } };
    const segments = section(body, 'Segments');
    for (const { segment, customers, revenueMinor } of rfm.segments) {
      const name = String(segment).replace('cant_lose', 'can’t lose').replaceAll('_', ' ');
      expect(segments).toContain(`${name} ${String(customers)} `);
      expect(segments).toContain(`€${(Number(revenueMinor) / 100).toLocaleString('en')}`);
    }
    // Of cents, for an order of a small shop has few euros.
    expect(segments).toMatch(/The median of all buyers' average orders is €\d+\.\d\d\./);
    expect(section(body, 'Movement since last month')).toMatch(
      /From 2026-10-23 \(rows\) to 2026-11-22 \(columns\)\. \d+ have moved/,
    );
    expect(section(body, 'Predictions')).toContain('not enough data: 60 of 500 customers with an order');
    expect(section(body, 'Predictions')).toContain('expected orders 1,653 orders that came 1,882 bias −12.1 %');
    expect(section(body, 'When products run out')).toContain('Products whose window is their own: 1');
    expect(section(body, 'Calculations')).toContain('failed: the disk is &lt;full&gt;');

    // Charts are part of the page, for wide and narrow windows, with words for who does not see them; nothing that its policy forbids.
    expect(body.match(/<svg class="large" role="img" aria-label="[^"]+"/g)).toHaveLength(6);
    expect(body.match(/<svg class="small" role="img" aria-label="[^"]+"/g)).toHaveLength(6);
    expect(body).toContain('Coffee &lt;b&gt;beans&lt;/b&gt;');
    expect(body.match(/<style/g)).toHaveLength(1);
    expect(body).not.toMatch(/<script|<b>beans| style="| on[a-z]+="|https?:\/\/(?!www\.w3\.org\/)/);
    expect(body).not.toMatch(/NaN|Infinity|undefined|null/);
    expect(body).not.toMatch(/secret\d|@example\.com/);
  });

  it('say by what predictions were made', async () => {
    const { db } = service.store;
    const fitted = fitValue('pareto-nbd', 'day', cdnowSummaries());
    if ('notEnoughData' in fitted) throw new Error(fitted.notEnoughData);
    const terms = { horizonDays: 365, discountRate: 0.1, churnDays: 90, asOf: '1997-09-30', currency: 'USD' };
    const words = 'Pareto/NBD, fitted to 2,357 customers as of 1997-09-30';
    await writeModel(db, 'predictions', learnedPredictions(fitted, terms), NOW);
    expect(section(await page(), 'Predictions')).toContain(
      `${words} (r 0.5533, alpha 74.04, s 0.6062, beta 81.68; in days); ahead for 365 days.`,
    );
    await writeModel(db, 'predictions', learnedPredictions({ ...fitted, atLimit: ['s'] }, terms), NOW);
    expect(section(await page(), 'Predictions')).toContain('s 0.6062 at its limit, beta 81.68');
  });

  it('are no part of the API document', async () => {
    const { body } = await service.call('GET', '/openapi.json');
    expect(
      Object.keys((body as { paths: object }).paths).filter((path) => /^\/(login|logout|scores)/.test(path)),
    ).toEqual([]);
  });
});
