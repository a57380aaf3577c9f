/** `/hooks/{provider}/{connection}` on both stores: what each provider tells reaches the send and its customer, and nobody else's word does. */
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CERTIFICATE_URL, SnsSigner, TOPIC } from '../unit/domain/providerEvents/snsMessage.ts';
import {
  connect,
  PUBLIC_URL,
  RESEND_SECRET,
  SENDGRID_KEY,
  sendGridSigned,
  standardSigned,
  twilioSigned,
  whatsAppSigned,
  type Signed,
} from './providers.ts';
import { event, minutes, NOW, TestService, type Answer } from './service.ts';
import { DIALECTS } from './stores.ts';
import {
  authorize,
  enter,
  publishTrigger,
  publishWait,
  sendItem,
  wait,
  waitItem,
  type Traveller,
} from './travellers.ts';

const signer = new SnsSigner();
const PHONE = '+436601234567';

describe.each(DIALECTS)('hooks of providers on %s', (dialect) => {
  let service: TestService;
  let whatsApp: { publicKey: string };
  beforeAll(async () => {
    service = await TestService.create(dialect, { publicUrl: PUBLIC_URL });
    service.aws = (url) =>
      url === CERTIFICATE_URL ? Promise.resolve(signer.certificate) : Promise.reject(new Error(url));
    await publishTrigger(service, 'cart');
    await publishWait(service, 'w1');
    await connect(service, 'sendgrid', SENDGRID_KEY);
    await connect(service, 'postmark', 'postmark-password');
    await connect(service, 'resend', RESEND_SECRET);
    await connect(service, 'ses', TOPIC);
    await connect(service, 'twilio', 'twilio-token');
    whatsApp = await connect(service, 'whatsapp', 'app-secret');
    await connect(service, 'onesignal', 'stream-secret');
    await connect(service, 'webhook', 'own secret');
  });
  beforeEach(() => {
    service.now = NOW;
  });
  afterAll(() => service.close());

  async function hook(kind: string, { body, headers }: Signed, query = ''): Promise<Answer> {
    const response = await service.app.inject({
      method: 'POST',
      url: `/hooks/${kind}/${kind}-main${query}`,
      headers,
      payload: body,
    });
    const isJson = String(response.headers['content-type']).includes('json');
    return {
      status: response.statusCode,
      body: isJson ? response.json<unknown>() : response.body,
      headers: response.headers,
    };
  }

  async function started(traveller: Partial<Traveller>, more: Record<string, unknown>): Promise<string> {
    const [{ sendId }] = await authorize(service, sendItem(traveller, more));
    await service.call('POST', '/v1/sends/started', { sendIds: [sendId] });
    return sendId as string;
  }
  async function sent(person: string, provider: string): Promise<Traveller & { sendId: string }> {
    const traveller = await enter(service, person);
    return { ...traveller, sendId: await started(traveller, { provider }) };
  }
  const sendOf = async (id: string) => (await service.call('GET', `/v1/sends/${id}`)).body;
  const customer = async (id: string) => (await service.call('GET', `/v1/customers/${id}`)).body;
  const typesOf = async (id: string): Promise<string[]> =>
    (await service.call('GET', `/v1/customers/${id}/events`)).body.items.map(({ type }: { type: string }) => type);
  const rows = async () =>
    await service.store.db
      .selectFrom('events')
      .select(({ fn }) => fn.countAll().as('n'))
      .executeTakeFirstOrThrow();

  const gridEvent = (sendId: string, type: string, more: object = {}) => ({
    event: type,
    email: 'x@example.com',
    timestamp: NOW / 1000 - 60,
    sg_event_id: `${sendId}-${type}`,
    sg_message_id: 'm-1.recvd-5',
    send_id: sendId,
    ...more,
  });

  it('SendGrid: a batch, out of order, twice; a run that waits for a click goes on', async () => {
    const { customerId, runId, sendId } = await sent('ada', 'sendgrid');
    const spec = { kind: 'event', events: [{ type: 'message_clicked', filters: [] }], maxMs: null, restartable: false };
    expect((await wait(service, waitItem({ runId }, { spec }))).status).toBe(200);
    const batch = sendGridSigned(
      [
        gridEvent(sendId, 'click', { email: 'ada@example.com', url: 'https://shop.example.com/a' }),
        gridEvent(sendId, 'delivered', { timestamp: NOW / 1000 - 120 }),
        gridEvent(sendId, 'open', { sg_machine_open: true }),
        gridEvent(sendId, 'processed'),
        gridEvent('snd_of_somebody_else', 'delivered'),
      ],
      NOW,
    );
    expect(await hook('sendgrid', batch)).toMatchObject({
      status: 200,
      body: { events: 5, duplicates: 1, ignored: 1 },
    });
    const send = await sendOf(sendId);
    expect(send).toMatchObject({
      status: 'delivered',
      deliveredAt: minutes(-2),
      clickedAt: minutes(-1),
      openedAt: null,
      machineOpenedAt: minutes(-1),
      providerMessageId: 'm-1',
    });
    expect((await service.outbox()).filter((row) => row.runId === runId && row.kind === 'event')).toMatchObject([
      { payload: { type: 'message_clicked' } },
    ]);
    const before = await rows();
    service.now = NOW + 60_000;
    expect((await hook('sendgrid', batch)).body).toEqual({ events: 5, duplicates: 4, ignored: 1 });
    expect(await rows()).toEqual(before);
    expect({ ...(await sendOf(sendId)) }).toEqual(send);
    expect((await typesOf(customerId)).sort()).toEqual([
      'added_to_cart',
      'message_clicked',
      'message_delivered',
      'message_sent',
    ]);
    const { lastReceivedAt, webhookUrl } = (await service.call('GET', '/v1/connections/sendgrid-main')).body;
    expect(webhookUrl).toBe(`${PUBLIC_URL}/hooks/sendgrid/sendgrid-main`);
    expect(lastReceivedAt).not.toBeNull();
    const metrics = (await service.call('GET', '/metrics')).body as string;
    expect(metrics).toContain('journeys_webhooks_total{connection="sendgrid-main",topic="",outcome="accepted"}');
  });

  it('Postmark: a hard bounce suppresses the address', async () => {
    const { customerId, sendId } = await sent('bob', 'postmark');
    const headers = { authorization: `Basic ${Buffer.from('pm:postmark-password').toString('base64')}` };
    const bounce = {
      RecordType: 'Bounce',
      ID: 42,
      Type: 'HardBounce',
      MessageID: '883953f4-6105-42a2-a16a-77a8eac79483',
      Email: 'bob@example.com',
      BouncedAt: minutes(-1),
      Details: '550 5.1.1 unknown',
      Inactive: true,
      Metadata: { send_id: sendId },
    };
    expect((await hook('postmark', { body: JSON.stringify(bounce), headers })).status).toBe(200);
    expect(await sendOf(sendId)).toMatchObject({ status: 'bounced', bounceType: 'hard', error: '550 5.1.1 unknown' });
    expect((await customer(customerId)).suppression).toMatchObject([
      { reason: 'bounced', channel: 'email', address: 'bob@example.com', source: 'postmark-main' },
    ]);
  });

  it('Resend: a complaint ends marketing by e-mail', async () => {
    const { customerId, sendId } = await sent('cyn', 'resend');
    const told = {
      type: 'email.complained',
      created_at: minutes(-1),
      data: { email_id: 'r-1', to: ['cyn@example.com'], tags: { send_id: sendId } },
    };
    const signed = standardSigned('svix', 'msg_1', told, RESEND_SECRET, NOW);
    expect((await hook('resend', signed)).body).toEqual({ events: 1, duplicates: 0, ignored: 0 });
    expect((await hook('resend', signed)).body).toEqual({ events: 1, duplicates: 1, ignored: 0 });
    expect(await sendOf(sendId)).toMatchObject({ status: 'complained', providerMessageId: 'r-1' });
    expect(await customer(customerId)).toMatchObject({
      consent: { email: { state: 'unsubscribed', source: 'resend-main' } },
      suppression: [{ reason: 'complained' }],
    });
  });

  it('Amazon SES: confirms a subscription, believes its own topic, and a passing bounce suppresses nobody', async () => {
    const { customerId, sendId } = await sent('dan', 'ses');
    const plain = (message: object): Signed => ({
      body: JSON.stringify(message),
      headers: { 'content-type': 'text/plain; charset=UTF-8' },
    });
    const asked: string[] = [];
    const { aws } = service;
    service.aws = async (url) => {
      asked.push(url);
      return url.includes('Action=') ? '<ok/>' : await aws(url);
    };
    const SubscribeURL = `https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${TOPIC}&Token=t`;
    const ask = signer.sign({ Type: 'SubscriptionConfirmation', Message: 'Confirm', Token: 't', SubscribeURL });
    expect((await hook('ses', plain(ask))).status).toBe(200);
    expect(asked).toEqual([CERTIFICATE_URL, SubscribeURL]);
    const bounce = {
      eventType: 'Bounce',
      bounce: {
        bounceType: 'Transient',
        bouncedRecipients: [{ emailAddress: 'dan@example.com' }],
        timestamp: minutes(-1),
      },
      mail: { messageId: 'ses-1', destination: ['dan@example.com'], tags: { send_id: [sendId] } },
    };
    expect((await hook('ses', plain(signer.notification(bounce, {}, '1')))).status).toBe(200);
    expect(await sendOf(sendId)).toMatchObject({ status: 'bounced', bounceType: 'soft' });
    expect((await customer(customerId)).suppression).toEqual([]);
    expect(asked).toHaveLength(2);

    const foreign = signer.notification(bounce, { TopicArn: 'arn:aws:sns:eu-central-1:999999999999:mail' });
    expect((await hook('ses', plain(foreign))).status).toBe(401);
    const elsewhere = { ...signer.notification(bounce), SigningCertURL: 'https://example.com/x.pem' };
    expect((await hook('ses', plain(elsewhere))).status).toBe(401);
    expect(asked).toHaveLength(2);
    const unknown = { ...signer.notification(bounce), SigningCertURL: CERTIFICATE_URL.replace('9c6465', 'aaaaaa') };
    expect((await hook('ses', plain(unknown))).status).toBe(503);
    service.aws = aws;
  });

  it('Twilio: the state of a message, and STOP, which leaves e-mail alone', async () => {
    const customerId = await service.send(
      event('viewed_page', { email: 'eve@example.com', phone: PHONE }, minutes(-5), {
        consent: { email: { state: 'subscribed' }, sms: { state: 'subscribed' } },
      }),
    );
    const sendId = await started({ customerId }, { key: 'eve-sms', channel: 'sms', provider: 'twilio' });
    const query = `?send_id=${sendId}`;
    const path = `/hooks/twilio/twilio-main`;
    const status = { MessageSid: 'SM1', MessageStatus: 'delivered', To: PHONE, From: '+436607654321' };
    const callback = await hook('twilio', twilioSigned(path + query, status, 'twilio-token'), query);
    expect(callback).toMatchObject({ status: 200, body: expect.stringContaining('<Response/>') });
    expect(callback.headers['content-type']).toContain('text/xml');
    expect(await sendOf(sendId)).toMatchObject({ status: 'delivered', providerMessageId: 'SM1' });

    const stop = { MessageSid: 'SM2', Body: 'Stop', From: PHONE, To: '+436607654321', OptOutType: 'STOP' };
    expect((await hook('twilio', twilioSigned(path, stop, 'twilio-token'))).status).toBe(200);
    expect((await customer(customerId)).consent).toMatchObject({
      email: { state: 'subscribed' },
      sms: { state: 'unsubscribed' },
    });
    expect(
      await authorize(
        service,
        sendItem({ customerId }, { key: 'eve-2', channel: 'sms' }),
        sendItem({ customerId }, { key: 'eve-3' }),
      ),
    ).toMatchObject([
      { decision: 'suppress', reasons: expect.arrayContaining(['unsubscribed']) },
      { decision: 'send' },
    ]);
    // The same address with another query is another address to Twilio.
    expect((await hook('twilio', twilioSigned(path + query, status, 'twilio-token'), '?send_id=other')).status).toBe(
      401,
    );
  });

  it('WhatsApp: the question of Meta, states, and messages of customers', async () => {
    const phone = '+436601234568';
    const customerId = await service.send(
      event('viewed_page', { email: 'fay@example.com', phone }, minutes(-5), {
        consent: { whatsapp: { state: 'subscribed' } },
      }),
    );
    const sendId = await started(
      { customerId },
      { key: 'fay-wa', channel: 'whatsapp', provider: 'whatsapp', category: 'transactional' },
    );
    const ask = async (token: string) =>
      await service.app.inject(
        `/hooks/whatsapp/whatsapp-main?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${token}`,
      );
    const asked = await ask(whatsApp.publicKey);
    expect([asked.statusCode, asked.body]).toEqual([200, '1158201444']);
    expect((await ask('pk_other')).statusCode).toBe(401);

    const read = {
      id: 'wamid.1',
      status: 'read',
      timestamp: String(NOW / 1000 - 60),
      recipient_id: phone.slice(1),
      biz_opaque_callback_data: sendId,
    };
    const message = {
      from: phone.slice(1),
      id: 'wamid.2',
      timestamp: String(NOW / 1000 - 30),
      type: 'text',
      text: { body: 'STOP' },
    };
    const signed = whatsAppSigned({ statuses: [read], messages: [message] }, 'app-secret');
    expect((await hook('whatsapp', signed)).body).toEqual({ events: 2, duplicates: 0, ignored: 0 });
    expect((await hook('whatsapp', signed)).body).toEqual({ events: 2, duplicates: 2, ignored: 0 });
    expect(await sendOf(sendId)).toMatchObject({ status: 'delivered', openedAt: minutes(-1) });
    expect((await customer(customerId)).consent.whatsapp).toMatchObject({ state: 'unsubscribed', at: minutes(-0.5) });
  });

  it('OneSignal and an own service, by the id that the provider gave', async () => {
    const customerId = await service.send(
      event('viewed_page', 'gil', minutes(-5), { consent: { push: { state: 'subscribed' } } }),
    );
    const push = await started(
      { customerId },
      { key: 'gil-push', channel: 'push', address: 'Token-1', provider: 'onesignal' },
    );
    await service.call('POST', '/v1/sends/report', {
      items: [{ sendId: push, outcome: 'sent', providerMessageId: 'n-1' }],
    });
    const told = {
      event: { id: 'os-1', kind: 'message.push.clicked', datetime: minutes(-1), subscription_id: 's-1' },
      message: { id: 'n-1' },
    };
    const bearer = { body: JSON.stringify(told), headers: { authorization: 'Bearer stream-secret' } };
    expect((await hook('onesignal', bearer)).body).toEqual({ events: 1, duplicates: 0, ignored: 0 });
    expect(await sendOf(push)).toMatchObject({ status: 'delivered', clickedAt: minutes(-1) });

    const own = await started(
      { customerId },
      { key: 'gil-own', channel: 'push', address: 'Token-1', provider: 'webhook', category: 'transactional' },
    );
    const events = [
      { id: '1', kind: 'bounced', bounceType: 'hard', sendId: own, at: minutes(-1) },
      { id: '2', kind: 'melted', sendId: own },
    ];
    const answer = await hook('webhook', standardSigned('webhook', 'd-1', { events }, 'own secret', NOW));
    expect(answer.body).toEqual({
      events: 1,
      duplicates: 0,
      ignored: 0,
      rejected: [{ path: '/events/1/kind', message: expect.stringContaining('bounced') }],
    });
    // A push token keeps its letters as they are.
    expect((await customer(customerId)).suppression).toMatchObject([{ channel: 'push', address: 'Token-1' }]);
  });

  describe('nobody else', () => {
    let sendId: string;
    beforeAll(async () => {
      ({ sendId } = await sent('ivy', 'sendgrid'));
    });

    const forged = (): [string, string, Signed][] => {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
      const bounce = [gridEvent(sendId, 'bounce', { type: 'bounce', email: 'ivy@example.com' })];
      const good = sendGridSigned(bounce, NOW);
      const basic = { authorization: `Basic ${Buffer.from('pm:guess').toString('base64')}` };
      const resend = standardSigned(
        'svix',
        'msg_2',
        { type: 'email.bounced', data: { tags: { send_id: sendId } } },
        RESEND_SECRET,
        NOW,
      );
      const old = standardSigned(
        'svix',
        'msg_2',
        { type: 'email.bounced', data: { tags: { send_id: sendId } } },
        RESEND_SECRET,
        NOW - 301_000,
      );
      return [
        ['another key', 'sendgrid', sendGridSigned(bounce, NOW, privateKey)],
        ['no signature', 'sendgrid', { ...good, headers: {} }],
        ['a changed body', 'sendgrid', { ...good, body: good.body.replace('bounce', 'bounced') }],
        ['a signature of yesterday', 'sendgrid', sendGridSigned(bounce, NOW - 25 * 3_600_000)],
        ['a megabyte of garbage', 'sendgrid', { ...good, body: 'x'.repeat(1024 * 1024) }],
        ['a guessed password', 'postmark', { body: '{}', headers: basic }],
        ['a changed token', 'resend', { ...resend, headers: { ...resend.headers, 'svix-signature': 'v1,AAAA' } }],
        ['an old delivery', 'resend', old],
        [
          'another secret',
          'whatsapp',
          whatsAppSigned({ statuses: [{ id: 'x', status: 'failed', biz_opaque_callback_data: sendId }] }, 'guess'),
        ],
        [
          'another token',
          'twilio',
          twilioSigned('/hooks/twilio/twilio-main', { MessageSid: 'S', MessageStatus: 'failed' }, 'guess'),
        ],
        ['another bearer', 'onesignal', { body: '{}', headers: { authorization: 'Bearer guess' } }],
        ['another secret', 'webhook', standardSigned('webhook', 'd', { events: [] }, 'guess', NOW)],
      ];
    };

    it('is believed, and nothing changes', async () => {
      const before = { send: await sendOf(sendId), rows: await rows() };
      for (const [what, kind, signed] of forged()) {
        const { status, body } = await hook(kind, signed);
        expect([what, status, body.detail]).toEqual([what, 401, expect.stringContaining('does not prove')]);
      }
      expect({ send: await sendOf(sendId), rows: await rows() }).toEqual(before);
    });

    it('finds out what is there: another kind, another name', async () => {
      const good = sendGridSigned([], NOW);
      for (const path of [
        '/hooks/sendgrid/nobody',
        '/hooks/sendgrid/postmark-main',
        '/hooks/mailgun/x',
        '/in/sendgrid/sendgrid-main',
      ]) {
        const { statusCode } = await service.app.inject({
          method: 'POST',
          url: path,
          headers: good.headers,
          payload: good.body,
        });
        expect([path, statusCode]).toEqual([path, 404]);
      }
    });
  });

  it('say what they cannot read, and take a body for what it is whatever it is called', async () => {
    const { sendId } = await sent('jan', 'sendgrid');
    const garbage = await hook('sendgrid', sendGridSigned('<html>', NOW));
    expect(garbage).toMatchObject({
      status: 400,
      body: { errors: [{ path: '', message: expect.stringContaining('JSON') }] },
    });
    expect((await hook('sendgrid', sendGridSigned({ event: 'open' }, NOW))).body.errors[0].message).toMatch(/list/);
    expect((await hook('sendgrid', sendGridSigned('[{"event":"a\\u0000b"}]', NOW))).status).toBe(400);
    const large = sendGridSigned(`[{"x":"${'x'.repeat(1024 * 1024)}"}]`, NOW);
    expect((await hook('sendgrid', large)).body).toEqual({ events: 0, duplicates: 0, ignored: 0 });
    const named = sendGridSigned([gridEvent(sendId, 'delivered')], NOW);
    const strange = await hook('sendgrid', { ...named, headers: { ...named.headers, 'content-type': 'image/png' } });
    expect(strange.body).toEqual({ events: 1, duplicates: 0, ignored: 0 });
    const { authorization } = { authorization: `Basic ${Buffer.from('pm:postmark-password').toString('base64')}` };
    expect((await hook('postmark', { body: '[]', headers: { authorization } })).status).toBe(400);
  });

  it('go on with the old secret while it is replaced', async () => {
    await connect(service, 'postmark', 'first', 'rotating');
    await connect(service, 'postmark', 'second', 'rotating');
    const status = async (password: string) => {
      const authorization = `Basic ${Buffer.from(`x:${password}`).toString('base64')}`;
      const { statusCode } = await service.app.inject({
        method: 'POST',
        url: '/hooks/postmark/rotating',
        headers: { authorization },
        payload: '{}',
      });
      return statusCode;
    };
    expect([await status('first'), await status('second'), await status('third')]).toEqual([200, 200, 401]);
    await service.call('PUT', '/v1/connections/rotating', { previousSecrets: [] });
    expect(await status('first')).toBe(401);
  });

  it('have connections whose secrets look like some', async () => {
    const put = async (kind: string, secret: string) =>
      (await service.call('PUT', '/v1/connections/odd', { kind, secret })).body.errors;
    expect(await put('sendgrid', 'SG.key')).toMatchObject([
      { path: '/secret', message: expect.stringContaining('verification key') },
    ]);
    expect(await put('ses', 'mail')).toMatchObject([{ path: '/secret', message: expect.stringContaining('ARN') }]);
    expect(await put('resend', 're_1')).toMatchObject([
      { path: '/secret', message: expect.stringContaining('whsec_') },
    ]);
    expect(await put('mailgun', 'x')).toMatchObject([{ path: '/kind' }]);
  });
});
