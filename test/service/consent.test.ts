/** Consent on both stores: double opt-in, its history, preference tracks, and words by SMS. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { holdBackSubscriptions } from '../../temporal/intake/publicOptIn.ts';
import { confirmOptIn } from '../../temporal/intake/optIn.ts';
import { parseEvent, type ParsedEvent } from '../../temporal/domain/eventParsing.ts';
import { Links } from '../../temporal/links.ts';
import { EventIntake } from '../../temporal/intake/eventIntake.ts';
import { DIALECTS } from './stores.ts';
import { event, minutes, NOW, TestService } from './service.ts';

const DAY = 24 * 60;

describe.each(DIALECTS)('consent on %s', (dialect) => {
  let service: TestService;
  let links: Links;
  let intake: EventIntake;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    links = await Links.load(service.store, 'http://127.0.0.1');
    intake = new EventIntake({ store: service.store, now: () => service.now, timeScale: 1, outboxWritten: () => {} });
  });
  afterAll(() => service.close());
  beforeEach(() => {
    service.now = NOW;
  });

  const get = async (path: string) =>
    (await service.call('GET', `/v1/customers${path.startsWith('?') ? '' : '/'}${path}`)).body;
  const stateOf = async (id: string, channel = 'email') => (await get(id)).consent[channel];
  const request = (id: string, body: object = {}) =>
    service.call('POST', `/v1/customers/${id}/consent/requests`, { channel: 'email', source: 'footer form', ...body });
  const eventsOf = async (id: string): Promise<{ type: string; properties: Record<string, unknown> }[]> =>
    (await get(`${id}/events`)).items;
  const confirm = (url: string) => confirmOptIn(intake, links.readConfirmation(url.split('/d/')[1] ?? '') ?? '');
  const after = (offset: number) => {
    service.now = NOW + offset * 60_000;
  };

  describe('double opt-in', () => {
    it('leaves consent alone until the person confirms, then has the proof', async () => {
      const id = await service.send(event('viewed_page', 'ada'));
      const { status, body } = await request(id, { properties: { campaign: { name: 'autumn' } } });
      expect(status).toBe(201);
      expect(body).toEqual({
        id: expect.stringMatching(/^opt_/),
        confirmUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1\/d\/[\w.-]+$/),
        expiresAt: minutes(7 * DAY),
      });
      expect((await stateOf(id)).state).toBe('never');
      expect((await eventsOf(id))[0]).toMatchObject({
        type: 'custom:opt_in_requested',
        source: 'footer form',
        properties: {
          channel: 'email',
          requestId: body.id,
          confirmUrl: body.confirmUrl,
          expiresAt: body.expiresAt,
          campaign: { name: 'autumn' },
        },
      });

      after(60);
      expect(await confirm(body.confirmUrl)).toMatchObject({ state: 'confirmed', isNew: true });
      expect(await stateOf(id)).toEqual({ state: 'subscribed', source: 'footer form', at: minutes(60) });
      expect((await eventsOf(id))[0]).toMatchObject({
        type: 'subscribed',
        source: 'footer form',
        properties: {
          channel: 'email',
          requestId: body.id,
          requestedAt: minutes(0),
          confirmedAt: minutes(60),
          doubleOptIn: true,
          campaign: { name: 'autumn' },
        },
      });
      expect(await get(`${id}/consent`)).toMatchObject({
        consent: { email: { state: 'subscribed' }, sms: { state: 'never', source: null, at: null } },
        history: [{ channel: 'email', state: 'subscribed', source: 'footer form', eventId: `${body.id}/confirmed` }],
        requests: [{ id: body.id, state: 'confirmed', requestedAt: minutes(0), decidedAt: minutes(60) }],
      });
      const audit = await service.store.db.selectFrom('audit').selectAll().where('customer_id', '=', id).execute();
      expect(audit.map(({ action, actor }) => [action, actor])).toEqual([
        ['consent.requested', 'api'],
        ['consent.confirmed', 'page'],
      ]);
    });

    it('enters a journey only with the confirmation, and only once', async () => {
      await service.publish({ key: 'welcome', entries: [{ type: 'subscribed', filters: [] }], exits: [] });
      const id = await service.send(event('viewed_page', 'wendy'));
      const { body } = await request(id);
      expect(await service.runs(id)).toEqual([]);
      const answers = await Promise.all([confirm(body.confirmUrl), confirm(body.confirmUrl)]);
      expect(answers.map((answer) => answer?.isNew).sort()).toEqual([false, true]);
      expect(await service.runs(id)).toHaveLength(1);
      expect((await eventsOf(id)).filter(({ type }) => type === 'subscribed')).toHaveLength(1);
    });

    it('is too late after its time, which can be given', async () => {
      const id = await service.send(event('viewed_page', 'late'));
      const { body } = await request(id, { expiresIn: 'PT36H' });
      expect(body.expiresAt).toBe(minutes(36 * 60));
      after(36 * 60);
      expect(await confirm(body.confirmUrl)).toMatchObject({ state: 'expired', isNew: false });
      expect((await stateOf(id)).state).toBe('never');
      expect((await get(`${id}/consent`)).requests).toMatchObject([{ state: 'expired' }]);
      expect((await request(id, { expiresIn: 'soon' })).body.errors).toMatchObject([{ path: '/expiresIn' }]);
      expect((await request('cus_nobody')).status).toBe(404);
    });

    it('loses against a later unsubscribe, not against an earlier one', async () => {
      const id = await service.send(event('unsubscribed', 'una', minutes(-60)));
      const { body: first } = await request(id);
      after(5);
      await service.send(event('unsubscribed', 'una', minutes(4)));
      expect(await confirm(first.confirmUrl)).toMatchObject({ state: 'superseded' });
      expect((await stateOf(id)).state).toBe('unsubscribed');
      const { body: second } = await request(id);
      expect(await confirm(second.confirmUrl)).toMatchObject({ state: 'confirmed', isNew: true });
      expect((await stateOf(id)).state).toBe('subscribed');
      expect(await confirm(first.confirmUrl)).toMatchObject({ state: 'superseded' });
    });

    it('outweighs what a clock ahead of ours has said before', async () => {
      const id = await service.send(event('viewed_page', 'ahead'));
      const consent = { channel: 'email', state: 'never', source: 'form', at: minutes(120) };
      await service.call('PUT', `/v1/customers/${id}/consent`, consent);
      const { body } = await request(id);
      await confirm(body.confirmUrl);
      expect((await stateOf(id)).state).toBe('subscribed');
    });

    it('is asked for in batches; the same key is the same request', async () => {
      const id = await service.send(event('viewed_page', 'batch'));
      const ask = { customerId: id, channel: 'email', source: 'flow' };
      const items = [
        { ref: 'a', ...ask, key: 'run/1' },
        { ref: 'b', ...ask, customerId: 'cus_nobody' },
        { ref: 'c', ...ask, expiresIn: 'P1Y' },
        { ref: 'd', ...ask },
      ];
      const call = async () => (await service.call('POST', '/v1/customers/consent/requests', { items })).body.items;
      const [first, second] = [await call(), await call()];
      expect(first).toMatchObject([
        { ref: 'a', request: { id: expect.any(String) } },
        { ref: 'b', request: null, error: { path: '/items/1/customerId' } },
        { ref: 'c', request: null, error: { path: '/items/2/expiresIn' } },
        { ref: 'd', request: { id: expect.any(String) } },
      ]);
      expect(second[0].request).toEqual(first[0].request);
      expect(second[3].request.id).not.toBe(first[3].request.id);
      expect((await eventsOf(id)).filter(({ type }) => type === 'custom:opt_in_requested')).toHaveLength(3);
    });

    it('goes with an erased customer', async () => {
      const id = await service.send(event('viewed_page', 'erased'));
      const { body } = await request(id);
      await service.call('DELETE', `/v1/customers/${id}`);
      expect(await confirm(body.confirmUrl)).toBeNull();
      const left = await service.store.db
        .selectFrom('opt_in_requests')
        .select('id')
        .where('customer_id', '=', id)
        .execute();
      expect(left).toEqual([]);
    });
  });

  describe('what a public form says', () => {
    const rules = () => ({ links, timeScale: 1, expiresInMs: 7 * 86_400_000 });
    const tell = async (...events: object[]) => {
      const parsed = events.map((one) => parseEvent(one, service.now) as ParsedEvent);
      const { events: plain, before } = holdBackSubscriptions(parsed, 'connection:web', rules());
      return await intake.submit(plain, before);
    };
    const requestsOf = async (id: string) => (await get(`${id}/consent`)).requests;

    it('is asked back where it gives consent, and believed where it takes it away', async () => {
      const subscribe = event('subscribed', 'pia', minutes(0), { source: 'web' });
      const [answer] = await tell(subscribe);
      const id = (answer as { customerId: string }).customerId;
      expect((await stateOf(id)).state).toBe('never');
      expect(await requestsOf(id)).toMatchObject([{ state: 'pending', source: 'web' }]);

      await tell(subscribe);
      await tell(event('subscribed', 'pia', minutes(1), { source: 'web' }));
      expect(await requestsOf(id)).toHaveLength(1);
      after(11);
      await tell(event('subscribed', 'pia', minutes(11), { source: 'web' }));
      expect(await requestsOf(id)).toHaveLength(2);

      await tell(event('unsubscribed', 'pia', minutes(11), { source: 'web' }));
      expect((await stateOf(id)).state).toBe('unsubscribed');
    });

    it('keeps the rest of an event, and asks for every channel it names', async () => {
      const consent = {
        email: { state: 'subscribed' },
        sms: { state: 'unsubscribed' },
        whatsapp: { state: 'subscribed' },
      };
      await tell(event('viewed_page', 'quin', minutes(0), { source: 'web', consent }));
      const { id } = await get(`?email=quin@example.com`);
      expect((await stateOf(id)).state).toBe('never');
      expect((await stateOf(id, 'sms')).state).toBe('unsubscribed');
      expect((await requestsOf(id)).map(({ channel }: { channel: string }) => channel).sort()).toEqual([
        'email',
        'whatsapp',
      ]);
      expect((await eventsOf(id)).map(({ type }) => type)).toContain('viewed_page');
    });

    it('asks nobody who is subscribed', async () => {
      const id = await service.send(event('subscribed', 'rob', minutes(-5)));
      await tell(event('subscribed', 'rob', minutes(0), { source: 'web' }));
      expect(await requestsOf(id)).toEqual([]);
    });
  });

  describe('an import', () => {
    it('brings nobody back who has unsubscribed since', async () => {
      const id = await service.send(event('unsubscribed', 'imp', minutes(-60)));
      const put = (at: string) =>
        service.call('PUT', '/v1/customers', {
          identity: { email: 'imp@example.com' },
          consent: { email: { state: 'subscribed', source: 'export of the old shop', at } },
        });
      await put(minutes(-61));
      await put(minutes(-60));
      expect((await stateOf(id)).state).toBe('unsubscribed');
      await put(minutes(-59));
      expect((await stateOf(id)).state).toBe('subscribed');
    });
  });

  describe('preference tracks', () => {
    it('are set, shown, audited and brought in with the profile', async () => {
      const id = await service.send(event('viewed_page', 'tia'));
      expect((await get(id)).preferences).toEqual({ tracks: [] });
      const put = (tracks: unknown) => service.call('PUT', `/v1/customers/${id}/preferences`, { tracks });
      expect((await put(['local_events', 'low_frequency', 'local_events'])).body).toEqual({
        tracks: ['low_frequency', 'local_events'],
      });
      await put(['low_frequency', 'local_events']);
      expect(await get(`${id}/preferences`)).toEqual({ tracks: ['low_frequency', 'local_events'] });
      expect((await put(['everything'])).status).toBe(400);
      expect((await service.call('PUT', '/v1/customers/cus_nobody/preferences', { tracks: [] })).status).toBe(404);
      const audit = await service.store.db.selectFrom('audit').selectAll().where('customer_id', '=', id).execute();
      expect(audit.map(({ action, details_json }) => [action, JSON.parse(details_json)])).toEqual([
        ['preferences.changed', { from: [], to: ['low_frequency', 'local_events'] }],
      ]);
      const upserted = await service.call('PUT', '/v1/customers', {
        identity: { customerId: id },
        preferences: { tracks: ['product_news'] },
      });
      expect(upserted.body.preferences).toEqual({ tracks: ['product_news'] });
    });
  });

  describe('messages by SMS', () => {
    const say = async (...items: object[]) =>
      (await service.call('POST', '/v1/inbound-messages', { items })).body.items;
    const sms = (id: string, from: string, text: string, more: object = {}) => ({
      id,
      channel: 'sms',
      from,
      text,
      ...more,
    });

    it('stop and restart their channel alone, whoever it is', async () => {
      const phone = '+436601000001';
      const id = await service.send(
        event('viewed_page', { email: 'sam@example.com', phone }, minutes(-9), {
          consent: { email: { state: 'subscribed' }, sms: { state: 'subscribed' } },
        }),
      );
      const stop = sms('s1', phone, ' Stop. ');
      expect(await say(stop)).toEqual([{ id: 's1', action: 'unsubscribed', customerId: id, duplicate: false }]);
      expect(await say(stop)).toEqual([{ id: 's1', action: 'unsubscribed', customerId: id, duplicate: true }]);
      expect((await get(id)).consent).toMatchObject({
        email: { state: 'subscribed' },
        sms: { state: 'unsubscribed', source: 'inbound:sms' },
        whatsapp: { state: 'never' },
      });
      after(1);
      expect(await say(sms('s2', phone, 'START'))).toMatchObject([{ action: 'subscribed' }]);
      expect((await stateOf(id, 'sms')).state).toBe('subscribed');

      const [unknown] = await say(sms('s3', '+436601000002', 'abmelden'));
      expect(await stateOf(unknown.customerId, 'sms')).toMatchObject({ state: 'unsubscribed' });
    });

    it('are kept for people when they are no keyword, and HELP is only told', async () => {
      const phone = '+436601000003';
      const answers = await say(sms('m1', phone, 'Please stop by at 5?'), sms('m2', phone, 'Hilfe'), {
        ...sms('m3', phone, 'Stopp'),
        channel: 'whatsapp',
      });
      expect(answers).toMatchObject([
        { action: 'received' },
        { action: 'help', customerId: null },
        { action: 'unsubscribed' },
      ]);
      const id = answers[0].customerId;
      const types = (await eventsOf(id)).map(({ type, properties }) => [type, properties]);
      expect(types).toEqual(
        expect.arrayContaining([
          ['custom:message_received', { channel: 'sms', text: 'Please stop by at 5?' }],
          ['unsubscribed', { channel: 'whatsapp', keyword: 'Stopp' }],
        ]),
      );
      expect((await get(id)).consent).toMatchObject({ sms: { state: 'never' }, whatsapp: { state: 'unsubscribed' } });
    });

    it('YES confirms an opt-in, takes back a stop, and is a plain answer otherwise', async () => {
      const phone = '+436601000004';
      expect(await say(sms('y1', phone, 'yes'))).toMatchObject([{ action: 'received' }]);
      const { id } = await get(`?phone=${encodeURIComponent(phone)}`);
      const { body } = await request(id, { channel: 'sms' });
      expect(await say(sms('y2', phone, 'Ja!'))).toMatchObject([{ action: 'subscribed', duplicate: false }]);
      expect(await say(sms('y2', phone, 'Ja!'))).toMatchObject([{ action: 'subscribed', duplicate: true }]);
      expect((await get(`${id}/consent`)).requests).toMatchObject([{ id: body.id, state: 'confirmed' }]);
      expect((await eventsOf(id)).filter(({ type }) => type === 'subscribed')).toMatchObject([
        { properties: { requestId: body.id, doubleOptIn: true, keyword: 'Ja!' } },
      ]);
      after(2);
      await say(sms('y3', phone, 'STOP'));
      after(3);
      expect(await say(sms('y4', phone, 'YES'))).toMatchObject([{ action: 'subscribed' }]);
    });

    it('refuses single ones', async () => {
      const answers = await say(
        sms('b1', '0660 1000005', 'STOP'),
        sms('b2', '+436601000005', 'STOP', { at: 'now' }),
        sms('b3', '+436601000005', 'a\u0000b'),
        sms('b4', '+436601000005', 'STOP'),
      );
      expect(answers).toMatchObject([
        { id: 'b1', action: null, error: { path: '/items/0/from' } },
        { id: 'b2', error: { path: '/items/1/at' } },
        { id: 'b3', error: { path: '/items/2/text' } },
        { id: 'b4', action: 'unsubscribed' },
      ]);
      expect((await service.call('POST', '/v1/inbound-messages', { items: [{ id: 'x' }] })).status).toBe(400);
    });
  });
});
