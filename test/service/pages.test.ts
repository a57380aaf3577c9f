/** The pages behind the links in messages, over HTTP on both stores: what a GET and a POST do, for whom, and with which headers. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Links } from '../../temporal/links.ts';
import { DIALECTS } from './stores.ts';
import { event, minutes, NOW, TestService } from './service.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

describe.each(DIALECTS)('pages on %s', (dialect) => {
  let service: TestService;
  let links: Links;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    links = await Links.load(service.store, '');
  });
  afterAll(() => service.close());
  beforeEach(() => {
    service.now = NOW;
  });

  const open = async (url: string, headers: Record<string, string> = {}) =>
    await service.app.inject({ method: 'GET', url, headers });
  const press = async (url: string, form: string, headers: Record<string, string> = FORM) =>
    await service.app.inject({ method: 'POST', url, headers, payload: form });
  const oneClick = (url: string) => press(url, 'List-Unsubscribe=One-Click');
  const customer = async (id: string) => (await service.call('GET', `/v1/customers/${id}`)).body;
  const consentOf = async (id: string) => {
    const { email, sms } = (await customer(id)).consent;
    return [email.state, sms.state];
  };
  const typesOf = async (id: string): Promise<string[]> =>
    (await service.call('GET', `/v1/customers/${id}/events`)).body.items.map(({ type }: { type: string }) => type);
  const auditOf = async (id: string) =>
    (await service.store.db.selectFrom('audit').selectAll().where('customer_id', '=', id).orderBy('id').execute()).map(
      ({ actor, action, details_json }) => [actor, action, JSON.parse(details_json) as unknown],
    );

  const identityOf = (name: string) => {
    const number = [...name].reduce((sum, character) => (sum * 7 + character.charCodeAt(0)) % 999_983, 0);
    return { email: `${name}@example.com`, phone: `+43660${2_000_000 + number}` };
  };
  /** Subscribed by e-mail and SMS. */
  const subscriber = (name: string, properties: object = {}) => {
    const identity = identityOf(name);
    return service
      .call('PUT', '/v1/customers', {
        identity,
        properties,
        consent: {
          email: { state: 'subscribed', source: 'form', at: minutes(-60) },
          sms: { state: 'subscribed', source: 'form', at: minutes(-60) },
        },
      })
      .then(({ body }) => body.id as string);
  };

  describe('unsubscribe', () => {
    it('by GET shows one button and changes nothing', async () => {
      const id = await subscriber('getter');
      const url = links.unsubscribe(id, 'email');
      for (const method of ['GET', 'HEAD'] as const) {
        const { statusCode, body } = await service.app.inject({ method, url });
        expect(statusCode).toBe(200);
        if (method === 'HEAD') continue;
        expect(body.match(/<button/g)).toHaveLength(1);
        expect(body).toContain('<form method="post">');
        expect(body).toContain('g***@example.com');
        expect(body).not.toContain('getter@example.com');
        expect(Buffer.byteLength(body)).toBeLessThan(15_000);
      }
      expect(await consentOf(id)).toEqual(['subscribed', 'subscribed']);
      expect(await typesOf(id)).toEqual([]);
      expect(await auditOf(id)).toEqual([]);
    });

    it('by one-click POST does it at once: event, audit, end of journeys, SMS untouched, again harmless', async () => {
      await service.publish({
        key: 'news',
        entries: [{ type: 'viewed_page', filters: [] }],
        exits: [{ type: 'unsubscribed', filters: [] }],
      });
      const id = await subscriber('clicker');
      await service.send(event('viewed_page', 'clicker', minutes(-1)));
      const url = links.unsubscribe(id, 'email', 'snd_1');
      const answers = await Promise.all([oneClick(url), oneClick(url)]);
      expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
      expect(answers[0]?.body).toContain('You are unsubscribed');
      expect(await consentOf(id)).toEqual(['unsubscribed', 'subscribed']);
      expect((await customer(id)).consent.email).toEqual({ state: 'unsubscribed', source: 'page', at: minutes(0) });
      expect((await typesOf(id)).filter((type) => type === 'unsubscribed')).toHaveLength(1);
      expect(await auditOf(id)).toEqual([['page', 'consent.unsubscribed', { channel: 'email', sendId: 'snd_1' }]]);
      expect(await service.runs(id)).toMatchObject([{ status: 'exited', exitReason: 'unsubscribed' }]);
      service.now += 1000;
      await oneClick(url);
      expect((await typesOf(id)).filter((type) => type === 'unsubscribed')).toHaveLength(1);
      const { body } = await service.call('GET', `/v1/customers/${id}/consent`);
      expect(body.history[0]).toMatchObject({ state: 'unsubscribed', source: 'page', actor: 'page' });
    });

    it.each<[string, string, string]>([
      [
        'multipart, as RFC 8058 allows',
        'multipart/form-data; boundary=x',
        '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n',
      ],
      ['the button of the page', 'application/x-www-form-urlencoded', ''],
      ['a type that nobody expects', 'text/plain', 'List-Unsubscribe=One-Click'],
      ['broken JSON', 'application/json', '{'],
    ])('takes %s', async (name, type, body) => {
      const id = await subscriber(`by ${name}`.replace(/\W+/g, '-'));
      const { statusCode } = await press(links.unsubscribe(id, 'email'), body, { 'content-type': type });
      expect(statusCode).toBe(200);
      expect(await consentOf(id)).toEqual(['unsubscribed', 'subscribed']);
    });

    it('can be taken back, and said again', async () => {
      const id = await subscriber('waverer');
      const url = links.unsubscribe(id, 'sms');
      await oneClick(url);
      service.now += 1000;
      expect((await press(url, 'action=subscribe')).body).toContain('You are subscribed again');
      expect(await consentOf(id)).toEqual(['subscribed', 'subscribed']);
      service.now += 1000;
      expect((await press(url, '')).body).toContain('You are unsubscribed');
      expect(await consentOf(id)).toEqual(['subscribed', 'unsubscribed']);
      expect(await typesOf(id)).toEqual(['unsubscribed', 'subscribed', 'unsubscribed']);
      expect((await open(url)).body).toContain('You are unsubscribed');
    });

    it('outweighs consent that a clock ahead of ours has recorded', async () => {
      const id = await service.send(event('subscribed', 'future', minutes(30)));
      await oneClick(links.unsubscribe(id, 'email'));
      expect((await customer(id)).consent.email.state).toBe('unsubscribed');
    });
  });

  describe('preferences', () => {
    it('show what there is, and save it', async () => {
      const id = await subscriber('chooser');
      const url = links.preferences(id);
      const { body } = await open(url);
      expect(body.match(/name="channels"/g)).toHaveLength(3);
      expect(body.match(/checked/g)).toHaveLength(2);
      expect(await typesOf(id)).toEqual([]);
      const saved = await press(
        url,
        'action=save&channels=email&channels=whatsapp&tracks=product_news&tracks=nonsense',
      );
      expect(saved.statusCode).toBe(200);
      expect(saved.body).toContain('Your choices are saved.');
      expect((await customer(id)).preferences).toEqual({ tracks: ['product_news'] });
      expect((await customer(id)).consent).toMatchObject({
        email: { state: 'subscribed', source: 'form' },
        sms: { state: 'unsubscribed', source: 'page' },
        whatsapp: { state: 'subscribed', source: 'page' },
        push: { state: 'never' },
      });
      expect((await auditOf(id)).map(([, action]) => action)).toEqual([
        'consent.unsubscribed',
        'consent.subscribed',
        'preferences.changed',
      ]);
      service.now += 1000;
      await press(url, 'action=save&channels=email&channels=whatsapp&tracks=product_news');
      expect(await auditOf(id)).toHaveLength(3);
    });

    it('leave everything at once', async () => {
      const id = await subscriber('leaver');
      await press(links.preferences(id), 'action=nothing&channels=email&tracks=low_frequency');
      expect((await customer(id)).consent).toMatchObject({
        email: { state: 'unsubscribed' },
        sms: { state: 'unsubscribed' },
        whatsapp: { state: 'unsubscribed' },
      });
      expect((await customer(id)).preferences).toEqual({ tracks: [] });
    });

    it('change nothing by a POST that is not their own button', async () => {
      const id = await subscriber('robot');
      await press(links.preferences(id), 'List-Unsubscribe=One-Click');
      expect(await consentOf(id)).toEqual(['subscribed', 'subscribed']);
    });
  });

  describe('confirmation', () => {
    const ask = async (id: string, expiresIn = 'P7D') => {
      const body = { channel: 'email', source: 'footer form', expiresIn };
      const { confirmUrl } = (await service.call('POST', `/v1/customers/${id}/consent/requests`, body)).body;
      return new URL(confirmUrl as string).pathname;
    };

    it('by GET asks, by POST subscribes, afterwards says so', async () => {
      const id = await service.send(event('viewed_page', 'conny'));
      const url = await ask(id);
      expect((await open(url)).body).toContain('Yes, subscribe me');
      expect((await consentOf(id))[0]).toBe('never');
      expect((await press(url, '')).body).toContain('Thank you, you are subscribed');
      expect((await customer(id)).consent.email).toMatchObject({ state: 'subscribed', source: 'footer form' });
      for (const again of [await open(url), await press(url, '')]) {
        expect([again.statusCode, again.body]).toEqual([200, expect.stringContaining('You have confirmed already')]);
      }
      expect((await typesOf(id)).filter((type) => type === 'subscribed')).toHaveLength(1);
    });

    it('is told kindly when it is too late, or overtaken', async () => {
      const id = await service.send(event('viewed_page', 'luke'));
      const url = await ask(id, 'PT1H');
      service.now += 3_600_000;
      for (const late of [await open(url), await press(url, '')]) {
        expect([late.statusCode, late.body]).toEqual([404, expect.stringContaining('This link has expired')]);
      }
      const second = await ask(id);
      service.now += 1000;
      await oneClick(links.unsubscribe(id, 'email'));
      const overtaken = await press(second, '');
      expect([overtaken.statusCode, overtaken.body]).toEqual([200, expect.stringContaining('no longer applies')]);
      expect((await consentOf(id))[0]).toBe('unsubscribed');
    });
  });

  describe('every page', () => {
    it('is refused kindly when its token was changed, cut or made for another page', async () => {
      const id = await subscriber('forger');
      const token = (url: string) => url.slice(3);
      const unsubscribe = links.unsubscribe(id, 'email');
      const changed = `${unsubscribe.slice(0, -1)}${unsubscribe.endsWith('A') ? 'B' : 'A'}`;
      const urls = [
        changed,
        unsubscribe.slice(0, -5),
        `/u/${token(links.preferences(id))}`,
        `/p/${token(unsubscribe)}`,
        `/d/${token(unsubscribe)}`,
        '/u/x',
        `/u/${'x'.repeat(400)}`,
        links.confirmation('opt_nobody'),
      ];
      for (const url of urls) {
        for (const answer of [await open(url), await oneClick(url)]) {
          expect([url, answer.statusCode, answer.headers['content-type']]).toEqual([
            url,
            404,
            'text/html; charset=utf-8',
          ]);
          expect(answer.body).toContain('This link does not work');
        }
      }
      expect(await consentOf(id)).toEqual(['subscribed', 'subscribed']);
    });

    it('answers kindly for somebody who has been erased, and works for whom one has been merged into', async () => {
      const gone = await subscriber('gone');
      await service.call('DELETE', `/v1/customers/${gone}`);
      for (const url of [links.unsubscribe(gone, 'email'), links.preferences(gone)]) {
        for (const answer of [await open(url), await oneClick(url)]) {
          expect([answer.statusCode, answer.body]).toEqual([
            200,
            expect.stringContaining('You will hear nothing more'),
          ]);
        }
      }
      const [first, second] = [await subscriber('first'), await subscriber('second')];
      const url = links.unsubscribe(second, 'email');
      const ask = { channel: 'whatsapp', source: 'form' };
      const { confirmUrl } = (await service.call('POST', `/v1/customers/${second}/consent/requests`, ask)).body;
      // One event with the strong identifiers of both: they are one person.
      const { phone } = identityOf('second');
      const survivor = await service.send(event('viewed_page', { email: 'first@example.com', phone }, minutes(0)));
      expect([first, second]).toContain(survivor);
      expect(await customer(second)).toMatchObject({ id: survivor });
      expect(await customer(first)).toMatchObject({ id: survivor });
      await oneClick(url);
      expect(await consentOf(survivor)).toEqual(['unsubscribed', 'subscribed']);
      await press(new URL(confirmUrl as string).pathname, '');
      expect((await customer(survivor)).consent.whatsapp.state).toBe('subscribed');
    });

    it('of a test message says so', async () => {
      const { statusCode, body } = await oneClick(links.unsubscribe('cus_test', 'email'));
      expect([statusCode, body]).toEqual([200, expect.stringContaining('from a test message')]);
    });

    it('speaks the customer’s language, else the browser’s, else English', async () => {
      const german = await subscriber('heidi', { language: 'de-AT' });
      expect((await open(links.unsubscribe(german, 'email'), { 'accept-language': 'en' })).body).toContain(
        '<html lang="de">',
      );
      const unknown = await subscriber('who');
      const url = links.preferences(unknown);
      expect((await open(url, { 'accept-language': 'fr, de;q=0.5' })).body).toContain('Ihre Einstellungen');
      expect((await open(url)).body).toContain('<html lang="en">');
      expect((await open('/u/x', { 'accept-language': 'de' })).body).toContain('Dieser Link funktioniert nicht');
    });

    it('lets nothing in that is not its own', async () => {
      const id = await subscriber('tester');
      const { headers, body } = await open(links.preferences(id));
      const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(body) ?? [];
      const hash = createHash('sha256').update(style).digest('base64');
      expect(headers).toMatchObject({
        'content-security-policy': `default-src 'none'; style-src 'sha256-${hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-robots-tag': 'noindex, nofollow',
        'x-content-type-options': 'nosniff',
      });
      expect(body).not.toMatch(/<script|https?:\/\//);
    });

    it('refuses large forms, and one link that is hammered', async () => {
      const id = await subscriber('hammer');
      const large = await press(links.preferences(id), `action=save&x=${'x'.repeat(11_000)}`);
      expect([large.statusCode, large.body]).toEqual([413, expect.stringContaining('That was too much')]);
      const url = links.unsubscribe(id, 'email');
      const answers = [];
      for (let count = 0; count < 61; count++) answers.push(await open(url));
      expect(answers.filter(({ statusCode }) => statusCode === 429)).toHaveLength(1);
      const refused = answers.find(({ statusCode }) => statusCode === 429);
      expect(refused?.body).toContain('One moment, please');
      expect(refused?.headers['content-security-policy']).toBeDefined();
      // Another customer's mail comes through the same proxy.
      expect((await open(links.unsubscribe(id, 'sms'))).statusCode).toBe(200);
    });
  });
});

describe('the shop’s name', () => {
  it('is escaped, and may be missing', async () => {
    for (const [shopName, seen] of [
      ['Ada & <b>Co</b>', '<p>Ada &amp; &lt;b&gt;Co&lt;/b&gt;</p>'],
      ['', '<title>Unsubscribe</title>'],
    ] as const) {
      const service = await TestService.create('sqlite', { shopName });
      const id = await service.send(event('viewed_page', 'ann'));
      const links = await Links.load(service.store, '');
      const { body } = await service.app.inject({ method: 'GET', url: links.unsubscribe(id, 'email') });
      expect(body.replace(/\s+/g, ' ')).toContain(seen);
      await service.close();
    }
  });
});
