/** SMS by Twilio: requests that its documented API takes, its answers sorted, and what it is asked after a lost answer. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SmsMessage } from '../../../../nodes/ChannelSend/providers/outgoing.ts';
import { twilio } from '../../../../nodes/ChannelSend/providers/twilio.ts';
import { FaultyServer, faults } from '../../../providers/faultyServer.ts';
import { TwilioApi } from '../../../providers/twilioApi.ts';
import { ProviderSender } from './providerSender.ts';

const ACCOUNT = `AC${'0'.repeat(32)}`;
const api = new TwilioApi({
  accountSid: ACCOUNT,
  keys: { [ACCOUNT]: 'auth-token', SK1: 'key-secret' },
  // https://www.twilio.com/docs/api/errors
  refusals: {
    '+15005550001': { code: 21211, message: "Invalid 'To' Phone Number: +15005550001" },
    '+15005550002': { code: 21610, message: 'Attempt to send to unsubscribed recipient' },
    '+15005550003': { code: 21614, message: "'To' number is not a valid mobile number" },
    '+15005550004': { code: 21408, message: 'Permission to send an SMS has not been enabled for the region' },
    '+15005550005': { code: 21606, message: "The 'From' phone number provided is not a valid message-capable number" },
    '+15005550007': { code: 14107, message: 'SMS send rate limit exceeded', status: 429 },
    '+15005550008': { code: 20429, message: 'Too Many Requests', status: 429 },
    '+15005550010': { code: 21635, message: "'To' number cannot be a landline" },
    '+15005550011': { code: 21703, message: 'The Messaging Service does not have a phone number available' },
    '+15005550012': { code: 21612, message: 'Message cannot be sent with the current combination of To and From' },
    '+15005550009': { code: 30006, message: 'Landline or unreachable carrier' },
  },
});
let server: FaultyServer;
let sending: ProviderSender<SmsMessage>;
const credential = () => ({
  ...{ accountSid: ACCOUNT, authentication: 'authToken', authToken: 'auth-token', sender: '+15005550006' },
  ...{ baseUrl: `${server.url}/`, deliveryEventsUrl: '' },
});

beforeAll(async () => {
  server = await new FaultyServer(api.handler).start();
  sending = await new ProviderSender(twilio, credential()).load();
});
afterAll(async () => {
  sending.unload();
  await server.stop();
});
beforeEach(() => {
  server.reset();
  api.messages.length = api.forms.length = 0;
});

const sms = (more: Partial<SmsMessage> = {}): SmsMessage => ({
  ...{ sendId: 'snd_1', to: '+436601234567', text: 'Grüße & 100 % + mehr' },
  ...more,
});
const form = () => Object.fromEntries(api.forms[0] ?? []);

describe('a text message', () => {
  it('goes out as a form, and its id comes back', async () => {
    expect(await sending.sender().deliver(sms())).toEqual({ kind: 'sent', providerMessageId: api.messages[0]?.sid });
    expect(form()).toEqual({ To: '+436601234567', Body: 'Grüße & 100 % + mehr', From: '+15005550006' });
    expect(server.calls[0]?.text).toContain('To=%2B436601234567');
  });

  it('by a Messaging Service, with pictures, and a place for its delivery events', async () => {
    const sender = `MG${'a'.repeat(32)}`;
    const deliveryEventsUrl = 'https://journeys.example.com/hooks/twilio/main';
    const message = sms({ mediaUrls: ['https://shop.example.com/a.png', 'https://shop.example.com/b.png'] });
    await sending.sender({ ...credential(), sender, deliveryEventsUrl }).deliver(message);
    expect(form()).toMatchObject({
      MessagingServiceSid: sender,
      StatusCallback: 'https://journeys.example.com/hooks/twilio/main?send_id=snd_1',
    });
    expect(form()).not.toHaveProperty('From');
    expect(api.forms[0]?.getAll('MediaUrl')).toEqual(message.mediaUrls);
  });

  it('logs in with an API key too', async () => {
    const key = { ...credential(), authentication: 'apiKey', apiSid: 'SK1', keySecret: 'key-secret' };
    expect(await sending.sender(key).deliver(sms())).toMatchObject({ kind: 'sent' });
  });
});

describe('what Twilio says', () => {
  it.each([
    ['+15005550001', { kind: 'refused', recipient: 'invalid' }],
    ['+15005550002', { kind: 'refused', recipient: 'opted_out' }],
    ['+15005550003', { kind: 'refused', recipient: 'invalid' }],
    ['+15005550009', { kind: 'refused', recipient: 'invalid' }],
    ['+15005550010', { kind: 'refused', recipient: 'invalid' }],
    ['+15005550011', { kind: 'misconfigured' }],
    ['+15005550012', { kind: 'refused', error: expect.stringContaining('add a sender') }],
    ['+15005550004', { kind: 'refused', error: expect.stringContaining('Geo permissions') }],
    ['+15005550005', { kind: 'misconfigured' }],
    ['+15005550007', { kind: 'temporary', serverWide: true }],
    ['+15005550008', { kind: 'temporary', serverWide: true }],
  ])('about %s', async (to, expected) => {
    const outcome = await sending.sender().deliver(sms({ to }));
    expect(outcome).toMatchObject(expected);
    const { error, recipient } = outcome as { error: string; recipient?: string };
    expect(error).not.toContain(to);
    expect(recipient).toBe((expected as { recipient?: string }).recipient);
  });

  it('a wrong token is the operator’s matter', async () => {
    const outcome = await sending.sender({ ...credential(), authToken: 'old' }).deliver(sms());
    expect(outcome).toEqual({ kind: 'misconfigured', error: 'Twilio 20003: Authenticate' });
  });

  it('a text that is too long is refused', async () => {
    expect(await sending.sender().deliver(sms({ text: 'x'.repeat(1601) }))).toMatchObject({ kind: 'refused' });
  });

  it('as long as Retry-After says', async () => {
    server.faults.push(faults.rateLimited(7));
    expect(await sending.sender().deliver(sms())).toMatchObject({ kind: 'temporary', retryAfterMs: 7000 });
  });
});

describe('without an answer', () => {
  it.each([
    ['cut before it was taken', faults.cutBeforeAcceptance],
    ['503', faults.status(503)],
    ['a page of a proxy', faults.html(502)],
  ])('%s: it never had it, and may be tried again', async (_, fault) => {
    server.faults.push(fault);
    expect(await sending.sender().deliver(sms())).toMatchObject({ kind: 'temporary', serverWide: true });
    expect(await sending.sender().deliver(sms())).toMatchObject({ kind: 'sent' });
    expect(server.accepted).toHaveLength(1);
  });

  it.each([
    ['cut', faults.cutAfterAcceptance],
    ['silence', faults.silence(true)],
    ['500', faults.status(500, true)],
    ['nonsense', { kind: 'answer', answer: { status: 201, body: { hello: 1 } }, accepted: true } as const],
  ])('%s after it was taken: Twilio is asked, and has it', async (_, fault) => {
    server.faults.push(fault);
    expect(await sending.sender().deliver(sms())).toEqual({ kind: 'sent', providerMessageId: api.messages[0]?.sid });
    expect(server.accepted).toHaveLength(1);
  });

  it('the same words of yesterday, to somebody else or from the customer are not this message', async () => {
    const { text, to } = sms();
    api.add({ to, body: text }, Date.now() - 86_400_000);
    api.add({ to: '+436609999999', body: text });
    api.add({ to, body: text, direction: 'inbound' });
    server.faults.push(faults.cutBeforeAcceptance);
    expect(await sending.sender().deliver(sms())).toMatchObject({ kind: 'temporary' });
  });

  it('another text to this number since then: it cannot be told, and is not tried again', async () => {
    // Links can be shortened, characters replaced.
    api.add({ to: sms().to, body: 'Gruesse' });
    server.faults.push(faults.cutBeforeAcceptance);
    expect(await sending.sender().deliver(sms())).toMatchObject({ kind: 'unknown' });
  });

  it('nor when the list cannot be read', async () => {
    server.faultFor = ({ method }) => (method === 'GET' ? faults.html(200) : faults.cutAfterAcceptance);
    expect(await sending.sender().deliver(sms())).toMatchObject({ kind: 'unknown' });
  });

  it('a send that somebody began and did not report is looked up first', async () => {
    const began = Date.now() - 5_000;
    api.add({ to: sms().to, body: sms().text }, began + 1_000);
    expect(await sending.sender().deliver(sms(), began)).toEqual({
      kind: 'sent',
      providerMessageId: api.messages[0]?.sid,
    });
    expect(server.accepted).toHaveLength(0);
  });

  it('nobody listens', async () => {
    const nowhere = { ...credential(), baseUrl: 'http://127.0.0.1:1' };
    expect(await sending.sender(nowhere).deliver(sms())).toMatchObject({ kind: 'temporary', serverWide: true });
  });
});

it('the Test button asks something that a right credential may, and sends nothing', async () => {
  expect(await sending.test(credential())).toBe(200);
  expect(await sending.test({ ...credential(), authToken: 'old' })).toBe(401);
});
