/** Opens and clicks of messages, on both stores: where a link leads, what is told of it, and whom it is not taken for. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VisitLog } from '../../temporal/api/gateway/visitLog.ts';
import { EventIntake } from '../../temporal/intake/eventIntake.ts';
import { until } from '../e2e/until.ts';
import { DIALECTS } from './stores.ts';
import { NOW, TestService, type Answer } from './service.ts';
import { authorize, enter, publishTrigger, sendItem } from './travellers.ts';

const PUBLIC = 'https://journeys.example.com';
const BROWSER = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' };
const SHOP = 'https://shop.example.com/cart?id=1#top';

describe.each(DIALECTS)('visits of messages on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect, { publicUrl: PUBLIC });
    await publishTrigger(service, 'cart');
  });
  afterAll(() => service.close());

  const get = async (url: string, headers: Record<string, string> = BROWSER, method: 'GET' | 'HEAD' = 'GET') =>
    await service.app.inject({ method, url: url.replace(PUBLIC, ''), headers });

  /** A message that went out a minute ago. */
  async function sent(person: string, html: string, more: object = {}) {
    const traveller = await enter(service, person);
    const data = { shop: SHOP, run: { journey: 'cart' } };
    const message = { subject: 'S', html, data, tracking: { utm: false }, ...more };
    const [answer] = await authorize(service, sendItem(traveller, { message }));
    const sendId = answer.sendId as string;
    service.now = NOW - 60_000;
    await service.call('POST', '/v1/sends/started', { sendIds: [sendId] });
    service.now = NOW;
    await service.call('POST', '/v1/sends/report', { items: [{ sendId, outcome: 'sent' }] });
    const document = answer.message.html as string;
    return {
      ...traveller,
      sendId,
      html: document,
      clicks: [...document.matchAll(/href="([^"]+\/c\/[^"]+)"/g)].map(([, url]) => url ?? ''),
      pixel: /src="([^"]+\/o\/[^"]+)"/.exec(document)?.[1] ?? 'none',
      out: (answer.message.headers['List-Unsubscribe'] as string).slice(1, -1),
    };
  }
  const eventsOf = async (customerId: string): Promise<Answer['body'][]> => {
    const { body } = await service.call('GET', `/v1/customers/${customerId}/events`);
    return (body.items as { type: string }[]).filter(({ type }) => /opened|clicked/.test(type));
  };
  const sendOf = async (id: string) => (await service.call('GET', `/v1/sends/${id}`)).body as Record<string, unknown>;
  const toldEvents = async (customerId: string, count: number) => {
    await until('the visits are taken in', async () => (await eventsOf(customerId)).length >= count);
    return await eventsOf(customerId);
  };

  it('a click leads on at once, and is told to journeys with where it led', async () => {
    const ada = await sent('ada', '<a href="{{ shop }}">Cart</a> <a href="mailto:a@example.com">Write</a>');
    expect(ada.clicks).toHaveLength(1);
    const answer = await get(ada.clicks[0]!);
    expect([answer.statusCode, answer.headers['location'], answer.headers['cache-control']]).toEqual([
      302,
      SHOP,
      'no-store, private, max-age=0',
    ]);
    await get(ada.clicks[0]!);
    expect(await toldEvents(ada.customerId, 1)).toMatchObject([
      {
        type: 'message_clicked',
        properties: { sendId: ada.sendId, channel: 'email', journey: 'cart', nodeName: 'First e-mail', url: SHOP },
      },
    ]);
    expect(await sendOf(ada.sendId)).toMatchObject({ clickedAt: new Date(NOW).toISOString(), openedAt: null });
  });

  it('an open is told once, however often the image is loaded', async () => {
    const bea = await sent('bea', '<p>Hello</p>');
    const answers = await Promise.all([get(bea.pixel), get(bea.pixel), get(bea.pixel)]);
    for (const { statusCode, headers, rawPayload } of answers) {
      expect([statusCode, headers['content-type'], rawPayload.subarray(0, 6).toString()]).toEqual([
        200,
        'image/gif',
        'GIF89a',
      ]);
    }
    expect(await toldEvents(bea.customerId, 1)).toMatchObject([
      { type: 'message_opened', properties: { sendId: bea.sendId } },
    ]);
    expect(await sendOf(bea.sendId)).toMatchObject({ openedAt: new Date(NOW).toISOString(), machineOpenedAt: null });
  });

  it('machines are noted, and told to nobody: a privacy proxy, a sweep of all links, a look right after sending', async () => {
    const cyn = await sent('cyn', '<p>Hello</p>');
    await get(cyn.pixel, { 'user-agent': 'Mozilla/5.0' });
    const dan = await sent('dan', '<a href="https://a.example.com">A</a><a href="https://b.example.com">B</a>');
    for (const url of dan.clicks) await get(url);
    const eve = await sent('eve', '<p>Hello</p>');
    service.now = NOW - 60_000 + 500;
    await get(eve.pixel);
    service.now = NOW;
    for (const { sendId, customerId } of [cyn, dan, eve]) {
      await until('it is noted', async () => (await sendOf(sendId))['machineOpenedAt'] !== null);
      expect(await sendOf(sendId)).toMatchObject({ openedAt: null, clickedAt: null });
      expect(await eventsOf(customerId)).toEqual([]);
    }
  });

  it('a HEAD counts nothing, and a GET of any link unsubscribes nobody', async () => {
    const fay = await sent('fay', '<a href="https://a.example.com">A</a>');
    expect((await get(fay.clicks[0]!, BROWSER, 'HEAD')).statusCode).toBe(302);
    expect((await get(fay.pixel, BROWSER, 'HEAD')).statusCode).toBe(200);
    await get(fay.out);
    const gus = await sent('gus', '<p>x</p>');
    await get(gus.pixel);
    await toldEvents(gus.customerId, 1);
    expect(await sendOf(fay.sendId)).toMatchObject({ openedAt: null, clickedAt: null, machineOpenedAt: null });
    expect((await service.call('GET', `/v1/customers/${fay.customerId}`)).body.consent.email.state).toBe('subscribed');
  });

  it('a changed token leads nowhere, in the reader’s language', async () => {
    const { clicks, pixel } = await sent('hal', '<a href="https://a.example.com">A</a>');
    const [payload = '', signature = ''] = clicks[0]!.split('/c/')[1]!.split('.');
    const forged = Buffer.from(JSON.stringify(['snd_x', 'https://evil.example.com'])).toString('base64url');
    for (const token of [`${forged}.${signature}`, payload, `${payload}.${signature}x`, 'x', pixel.split('/o/')[1]]) {
      const answer = await get(`/c/${token}`, { 'accept-language': 'de' });
      expect([answer.statusCode, answer.headers['location']]).toEqual([404, undefined]);
      expect(answer.body).toContain('Dieser Link funktioniert nicht');
    }
    expect((await get('/o/nonsense')).statusCode).toBe(404);
  });

  it('a link goes on leading where it did once the customer is erased', async () => {
    const ida = await sent('ida', '<a href="https://a.example.com/">A</a>');
    expect((await service.call('DELETE', `/v1/customers/${ida.customerId}`)).status).toBe(204);
    const answer = await get(ida.clicks[0]!);
    expect([answer.statusCode, answer.headers['location']]).toEqual([302, 'https://a.example.com/']);
    const jim = await sent('jim', '<p>x</p>');
    await get(jim.pixel);
    await toldEvents(jim.customerId, 1);
    expect((await service.call('GET', `/v1/sends/${ida.sendId}`)).status).toBe(404);
  });

  it('waits for a store that is away, and is taken in before the process ends', async () => {
    const first = await sent('nia', '<p>Hello</p>');
    const second = await sent('ona', '<p>Hello</p>');
    let failures = 0;
    const store = {
      ...service.store,
      dialect: service.store.dialect,
      get db() {
        if (failures === 0) throw new Error('away');
        return service.store.db;
      },
    };
    const intake = new EventIntake({
      store: service.store,
      now: () => service.now,
      timeScale: 1,
      outboxWritten: () => {},
    });
    const log = new VisitLog({ store, intake, onError: () => failures++ });
    const visit = { url: null, at: NOW, userAgent: BROWSER['user-agent'], purpose: '' };
    log.note({ ...visit, sendId: first.sendId });
    expect(await toldEvents(first.customerId, 1)).toMatchObject([{ type: 'message_opened' }]);
    expect(failures).toBe(1);
    log.note({ ...visit, sendId: second.sendId });
    await log.close();
    expect(await eventsOf(second.customerId)).toMatchObject([{ type: 'message_opened' }]);
  });

  it('an address with other letters is led to as browsers write it', async () => {
    const kim = await sent('kim', '<a href="https://shop.example.com/größe?q=a b&amp;x=1">A</a>');
    expect((await get(kim.clicks[0]!)).headers['location']).toBe(
      'https://shop.example.com/gr%C3%B6%C3%9Fe?q=a%20b&x=1',
    );
  });

  it('is not counted where a message says so, nor in a dry run', async () => {
    const html = '<a href="https://a.example.com">A</a>';
    const quiet = await sent('lea', html, { tracking: { opens: false, clicks: false, utm: false } });
    expect([quiet.clicks, quiet.pixel]).toEqual([[], 'none']);
    const [dry] = await authorize(
      service,
      sendItem({ customerId: quiet.customerId }, { dryRun: true, message: { subject: 'S', html } }),
    );
    expect(dry.message.html).not.toMatch(/\/[co]\//);
    expect(dry.message.html).toContain(
      'https://a.example.com?utm_source=journeys&amp;utm_medium=email&amp;utm_content=First%20e-mail',
    );
  });

  it('in a text message is counted only if that is asked for', async () => {
    const { customerId } = await enter(service, 'max');
    await service.call('PUT', '/v1/customers', {
      identity: { customerId, phone: '+436601234568' },
      consent: { sms: { state: 'subscribed' } },
    });
    const text = async (key: string, tracking?: object) => {
      const message = { text: 'https://a.example.com', ...(tracking && { tracking }) };
      const [answer] = await authorize(
        service,
        sendItem({ customerId }, { channel: 'sms', key, message, category: 'transactional' }),
      );
      return answer.message.text as string;
    };
    expect(await text('sms-1')).toBe(
      'https://a.example.com?utm_source=journeys&utm_medium=sms&utm_content=First%20e-mail',
    );
    expect(await text('sms-2', { clicks: true, utm: false })).toMatch(new RegExp(`^${PUBLIC}/c/[\\w.-]+$`));
  });
});

describe('settings', () => {
  it('switch counting off for all messages that do not ask for it', async () => {
    const service = await TestService.create('sqlite', { trackOpens: false, trackClicks: false });
    await publishTrigger(service, 'cart');
    const ada = await enter(service, 'ada');
    const bob = await enter(service, 'bob');
    const html = '<a href="https://a.example.com">A</a>';
    const [off] = await authorize(service, sendItem(ada, { message: { subject: 'S', html } }));
    expect(off.message.html).not.toMatch(/\/[co]\//);
    const tracking = { opens: true, clicks: true };
    const [on] = await authorize(service, sendItem(bob, { message: { subject: 'S', html, tracking } }));
    expect(on.message.html).toMatch(/href="[^"]+\/c\/[^]+src="[^"]+\/o\//);
    await service.close();
  });
});
