/** The way out of every marketing message, on both stores: its links, its headers and its line, in the customer's language. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from './stores.ts';
import { event, minutes, TestService } from './service.ts';
import { authorize, sendItem, setPolicy, UNLIMITED } from './travellers.ts';

const PUBLIC = 'https://journeys.example.com';
const LINK = String.raw`https://journeys\.example\.com/[up]/[\w.-]+`;

describe.each(DIALECTS)('links in messages on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect, { publicUrl: PUBLIC });
    await setPolicy(service, UNLIMITED);
  });
  afterAll(() => service.close());

  let keys = 0;
  const made = async (customerId: string, parts: object, more: object = {}) => {
    const message = { subject: 'S', tracking: { opens: false, clicks: false, utm: false }, ...parts };
    const [answer] = await authorize(service, sendItem({ customerId }, { key: `k${++keys}`, message, ...more }));
    return answer;
  };
  const subscriber = async (name: string, properties: object = {}) => {
    const { body } = await service.call('PUT', '/v1/customers', {
      identity: { email: `${name}@example.com` },
      properties,
      consent: { email: { state: 'subscribed', at: minutes(-60) } },
    });
    return body.id as string;
  };
  const post = async (url: string) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const path = url.replace(PUBLIC, '');
    return await service.app.inject({ method: 'POST', url: path, headers, payload: 'List-Unsubscribe=One-Click' });
  };

  it('marketing mail has the headers of RFC 8058, and pressing them works', async () => {
    const id = await subscriber('ada');
    const { message, sendId } = await made(id, { text: 'T' });
    expect(message.headers).toEqual({
      'List-Unsubscribe': expect.stringMatching(new RegExp(`^<${LINK}>$`)),
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    });
    const url = message.headers['List-Unsubscribe'].slice(1, -1) as string;
    expect((await post(url)).statusCode).toBe(200);
    const { body } = await service.call('GET', `/v1/customers/${id}/events`);
    expect(body.items[0]).toMatchObject({ type: 'unsubscribed', properties: { channel: 'email', sendId } });
    expect(await made(id, { text: 'T' })).toMatchObject({ decision: 'suppress', reasons: ['unsubscribed'] });
  });

  it('a line is added to each part that lacks the link, inside of the body', async () => {
    const id = await subscriber('bea', { language: 'de' });
    const html = '<html><body><p>Hello</p></body></html>';
    const { message } = await made(id, { html });
    expect(message.html).toMatch(
      new RegExp(
        `<p>Hello</p><p lang="de" [^>]+>\\s*<a href="${LINK}"[^>]*>Abmelden</a>[^]+Einstellungen</a>\\s*</p></body></html>$`,
      ),
    );
    expect(message.text).toMatch(new RegExp(`^Hello\n\nAbmelden: ${LINK}\nEinstellungen: ${LINK}\n$`));
    const { message: bare } = await made(id, { html: '<p>Hello</p>', text: 'Hello' });
    expect(bare.html).toMatch(/<body><p>Hello<\/p><p lang="de"[^]+<\/p><\/body><\/html>$/);
  });

  it('a template that places the link itself is left as it is', async () => {
    const id = await subscriber('cy');
    const html = '<p><a href="{{ links.unsubscribe }}">No more</a> <a href="{{ links.preferences }}">Less</a></p>';
    const { message } = await made(id, { html }, {});
    expect(message.html).toMatch(
      new RegExp(`<body><p><a href="${LINK}">No more</a> <a href="${LINK}">Less</a></p></body></html>$`),
    );
    expect(message.text).toMatch(new RegExp(String.raw`^No more \[${LINK}\] Less \[${LINK}\]$`));
    const { body } = await service.call('GET', `/v1/customers/${id}/links`);
    expect(message.html).toContain(body.preferences);
  });

  it('a transactional message has none of this, but may place the links', async () => {
    const id = await subscriber('dee');
    const { message } = await made(id, { text: 'Receipt' }, { category: 'transactional' });
    expect(message).toEqual({ subject: 'S', html: '', text: 'Receipt' });
    const placed = await made(id, { text: '{{ links.preferences }}' }, { category: 'transactional' });
    expect(placed.message.text).toMatch(new RegExp(`^${LINK}$`));
  });

  it('a text message has its own links and no mail headers', async () => {
    const id = await service.send(
      event('viewed_page', { phone: '+436601112223' }, minutes(-1), { consent: { sms: { state: 'subscribed' } } }),
    );
    const { message } = await made(id, { text: 'Stop: {{ links.unsubscribe }}' }, { channel: 'sms' });
    expect(message).not.toHaveProperty('headers');
    expect(message.text).toMatch(new RegExp(`^Stop: ${LINK}$`));
    await post(message.text.slice(6) as string);
    const { body } = await service.call('GET', `/v1/customers/${id}`);
    expect(body.consent.sms.state).toBe('unsubscribed');
  });

  it('keeps other links of the item', async () => {
    const id = await subscriber('flo');
    const data = { links: { shop: 'https://shop.example.com', unsubscribe: 'https://elsewhere.example.com' } };
    const { message } = await made(id, { text: '{{ links.shop }} {{ links.unsubscribe }}', data });
    expect(message.text).toMatch(new RegExp(`^https://shop\\.example\\.com ${LINK}$`));
  });

  it('in a dry run, the links of a real customer’s message speak for nobody', async () => {
    const id = await subscriber('gus');
    const { message } = await made(id, { text: 'T' }, { dryRun: true });
    const { statusCode, body } = await post(message.headers['List-Unsubscribe'].slice(1, -1) as string);
    expect([statusCode, body]).toEqual([200, expect.stringContaining('from a test message')]);
    expect((await service.call('GET', `/v1/customers/${id}`)).body.consent.email.state).toBe('subscribed');
  });
});
