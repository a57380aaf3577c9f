/** Each e-mail provider's request is taken by a server that follows its documentation, and each of its answers is understood. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ICredentialDataDecryptedObject } from 'n8n-workflow';
import type { EmailMessage } from '../../../../nodes/ChannelSend/providers/outgoing.ts';
import { postmark } from '../../../../nodes/ChannelSend/providers/postmark.ts';
import type { HttpProvider } from '../../../../nodes/ChannelSend/providers/httpProvider.ts';
import { resend } from '../../../../nodes/ChannelSend/providers/resend.ts';
import { sendGrid } from '../../../../nodes/ChannelSend/providers/sendGrid.ts';
import { ses } from '../../../../nodes/ChannelSend/providers/ses.ts';
import { faults, type FaultyServer, type ProviderAnswer } from '../../../providers/faultyServer.ts';
import { postmarkServer, POSTMARK_TOKEN } from '../../../providers/postmarkServer.ts';
import { resendServer, RESEND_KEY } from '../../../providers/resendServer.ts';
import { sendGridServer, SENDGRID_KEY } from '../../../providers/sendGridServer.ts';
import { sesError, sesServer, SES_KEYS } from '../../../providers/sesServer.ts';
import { emailTo, ProviderSender } from './providerSender.ts';

interface Subject {
  server: FaultyServer;
  provider: HttpProvider<EmailMessage>;
  credential: ICredentialDataDecryptedObject;
  wrong: ICredentialDataDecryptedObject;
}

const SUBJECTS: Record<string, Subject> = {
  SendGrid: {
    server: sendGridServer(),
    provider: sendGrid,
    credential: { apiKey: SENDGRID_KEY },
    wrong: { apiKey: 'SG.old' },
  },
  Postmark: {
    server: postmarkServer(),
    provider: postmark,
    credential: { serverToken: POSTMARK_TOKEN },
    wrong: { serverToken: 'old' },
  },
  Resend: { server: resendServer(), provider: resend, credential: { apiKey: RESEND_KEY }, wrong: { apiKey: 're_old' } },
  SES: {
    server: sesServer(),
    provider: ses,
    credential: { ...SES_KEYS },
    wrong: { ...SES_KEYS, secretAccessKey: 'old' },
  },
};
const senders = new Map<string, ProviderSender<EmailMessage>>();

beforeAll(async () => {
  for (const [name, { server, provider, credential }] of Object.entries(SUBJECTS)) {
    await server.start();
    senders.set(name, await new ProviderSender(provider, { ...credential, baseUrl: server.url }).load());
  }
});
afterAll(async () => {
  for (const sender of senders.values()) sender.unload();
  for (const { server } of Object.values(SUBJECTS)) await server.stop();
});
beforeEach(() => {
  for (const { server } of Object.values(SUBJECTS)) server.reset();
});

let next = 1;
/** Every message is another one. */
const email = (to: string, more: Partial<EmailMessage> = {}) => emailTo(to, { sendId: `snd_${next++}`, ...more });

function subject(name: string) {
  const { server, ...rest } = SUBJECTS[name] as Subject;
  const sender = () => senders.get(name) as ProviderSender<EmailMessage>;
  const deliver = async (message: EmailMessage, since?: number) => await sender().sender().deliver(message, since);
  /** What becomes of a message that is answered so. */
  const answered = async (answer: ProviderAnswer) => {
    server.faults.push({ kind: 'answer', answer });
    return await deliver(email('ada@example.com'));
  };
  return { server, sender, deliver, answered, body: () => server.calls[0]?.json, ...rest };
}

describe.each(Object.keys(SUBJECTS))('%s', (name) => {
  const { server, sender, provider, deliver, answered, wrong } = subject(name);

  it.each([
    ['with everything', {}],
    ['of text only', { html: undefined, headers: undefined, replyTo: undefined }],
    ['of a picture only', { html: '<img src="https://shop.example.com/a.png">', text: '' }],
    ['from an address alone', { from: { name: '', address: 'hello@shop.example.com' } }],
    ['that is transactional', { category: 'transactional' as const, headers: undefined }],
    ['whose sender has quotes and backslashes', { from: { name: 'A "B" \\ C', address: 'hello@shop.example.com' } }],
  ])('takes a message %s, and its id comes back', async (_case, more) => {
    const message = email('ada@example.com', more);
    expect(await deliver(message)).toEqual({
      kind: 'sent',
      providerMessageId: expect.stringContaining(message.sendId),
    });
    expect(server.accepted).toHaveLength(1);
    expect(JSON.stringify(server.calls[0]?.json)).toContain('send_id');
  });

  it('carries the way to unsubscribe, as it was made', async () => {
    await deliver(email('ada@example.com'));
    expect(server.calls[0]?.text).toContain('<https://journeys.example.com/u/token>');
    expect(server.calls[0]?.text).toContain('List-Unsubscribe=One-Click');
  });

  it('with an expired credential: nothing is lost, and the operator is told', async () => {
    const outcome = await sender()
      .sender({ ...wrong, baseUrl: server.url })
      .deliver(email('ada@example.com'));
    expect(outcome.kind).toBe('misconfigured');
    expect(server.accepted).toHaveLength(0);
  });

  it('with a sender that is not verified: nothing is lost either', async () => {
    const from = { name: 'Shop', address: 'unverified@shop.example.com' };
    const outcome = await deliver(email('ada@example.com', { from }));
    expect(outcome.kind).toBe('misconfigured');
    expect(JSON.stringify(outcome)).not.toContain('@');
  });

  it('asked too often waits as long as it is told', async () => {
    server.faults.push(faults.rateLimited(3));
    expect(await deliver(email('ada@example.com'))).toMatchObject({
      kind: 'temporary',
      serverWide: true,
      retryAfterMs: 3_000,
    });
  });

  it.each([
    ['nonsense', { status: 200, body: '}{' }],
    ['a web page', { status: 200, headers: { 'Content-Type': 'text/html' }, body: '<!doctype html>' }],
    ['another JSON', { status: 200, body: { ok: true } }],
    ['a list', { status: 200, body: [] }],
    ['nothing', { status: 200 }],
  ])('that answers %s with 200 may have taken it', async (_case, answer) => {
    server.faults.push({ kind: 'answer', answer, accepted: true });
    const outcome = await deliver(email('ada@example.com'));
    const expected = {
      never: { kind: 'unknown' },
      key: { kind: 'temporary', maybeSent: true },
      lookup: { kind: 'sent' },
    };
    expect(outcome).toMatchObject(expected[provider.repeat.kind]);
  });

  it.each([
    { errors: 'no' },
    { errors: [null, 7, { message: 7, field: {} }] },
    { ErrorCode: 300, Message: 7 },
    { ErrorCode: {}, Message: null },
    { name: 7, message: 7, Message: [] },
    ['no'],
    7,
    null,
  ])('that refuses with %j has not taken it', async (body) => {
    expect((await answered({ status: 422, body: JSON.stringify(body) })).kind).toBe('refused');
  });

  it('says what is wrong with a sender without naming it', async () => {
    const said = 'hello@shop.example.com is not one of your senders';
    const errors = [{ field: 'from', message: said }];
    const body = { errors, ErrorCode: 400, Message: said, name: 'invalid_from_address', message: said };
    const outcome = await answered({ status: 400, body });
    expect(outcome).toMatchObject({ error: expect.stringContaining('is not one of your senders') });
    expect(JSON.stringify(outcome)).not.toContain('@');
  });

  it('has a credential that its Test accepts', async () => {
    if (provider !== resend) expect(await sender().test()).toBe(200);
  });
});

describe('SendGrid', () => {
  const { deliver, answered, body } = subject('SendGrid');

  it('has text before HTML, own data as text, and none of its own tracking', async () => {
    await deliver(email('ada@example.com', { sendId: 'snd_a' }));
    expect(body()).toMatchObject({
      personalizations: [{ to: [{ email: 'ada@example.com' }], custom_args: { send_id: 'snd_a' } }],
      from: { email: 'hello@shop.example.com', name: 'Müller, Söhne & Co' },
      content: [{ type: 'text/plain' }, { type: 'text/html' }],
      tracking_settings: { click_tracking: { enable: false }, open_tracking: { enable: false } },
    });
  });

  it('202 without an id is sent all the same', async () => {
    expect(await answered({ status: 202 })).toEqual({ kind: 'sent', providerMessageId: null });
  });

  it('says that an address is broken', async () => {
    expect(await deliver(email('broken@example.com'))).toMatchObject({ kind: 'refused', recipient: 'invalid' });
  });
});

describe('Postmark', () => {
  const { server, deliver, answered, body } = subject('Postmark');

  it('sends marketing and receipts in different streams, which the credential names', async () => {
    await deliver(email('ada@example.com', { sendId: 'snd_b' }));
    expect(body()).toMatchObject({
      MessageStream: 'broadcast',
      Metadata: { send_id: 'snd_b' },
      From: '"Müller, Söhne & Co" <hello@shop.example.com>',
    });
    await deliver(email('ada@example.com', { category: 'transactional' }));
    expect(server.calls[1]?.json).toMatchObject({ MessageStream: 'outbound' });
    const request = postmark.request(email('ada@example.com'), { marketingStream: 'news' });
    expect(request.body).toMatchObject({ MessageStream: 'news' });
  });

  it('is asked by the id of the send when an answer got lost, and nothing goes out twice', async () => {
    server.faults.push(faults.cutAfterAcceptance);
    const message = email('ada@example.com');
    expect(await deliver(message)).toEqual({ kind: 'sent', providerMessageId: `pm-${message.sendId}` });
    expect(server.calls.at(-1)).toMatchObject({
      path: '/messages/outbound',
      query: { count: '1', offset: '0', metadata_send_id: message.sendId },
    });
    expect(server.accepted).toHaveLength(1);
  });

  // postmarkapp.com/developer/api/overview#error-codes
  it.each([
    [
      { ErrorCode: 406, Message: 'Found inactive addresses: ada@example.com.' },
      422,
      { kind: 'refused', recipient: 'invalid' },
    ],
    [{ ErrorCode: 300, Message: "Invalid 'To' address: 'ada@x'." }, 422, { kind: 'refused', recipient: 'invalid' }],
    [{ ErrorCode: 300, Message: "Invalid 'From' address: 'x'." }, 422, { kind: 'misconfigured' }],
    [{ ErrorCode: 300, Message: 'Provide either email TextBody or HtmlBody or both.' }, 422, { kind: 'refused' }],
    [{ ErrorCode: 405, Message: 'Not allowed to send: out of credits' }, 422, { kind: 'misconfigured' }],
    [{ ErrorCode: 412, Message: 'Account is pending' }, 422, { kind: 'misconfigured' }],
    [{ ErrorCode: 100, Message: 'Maintenance' }, 503, { kind: 'temporary', serverWide: true }],
    [{ ErrorCode: 429, Message: 'Rate limit exceeded' }, 429, { kind: 'temporary', serverWide: true }],
    // 200 says nothing as long as there is a code.
    [{ ErrorCode: 406, Message: 'Inactive' }, 200, { kind: 'refused', recipient: 'invalid' }],
  ])('%j with %i', async (answer, status, expected) => {
    const outcome = await answered({ status, body: answer });
    expect(outcome).toMatchObject(expected);
    expect(JSON.stringify(outcome)).not.toContain('@');
  });
});

describe('Resend', () => {
  const { server, deliver, answered, body } = subject('Resend');

  it('has the id of the send as its key, and a User-Agent', async () => {
    await deliver(email('ada@example.com', { sendId: 'snd_c' }));
    expect(server.calls[0]?.headers).toMatchObject({ 'idempotency-key': 'snd_c', 'user-agent': 'commerce-journeys' });
    expect(body()).toMatchObject({
      tags: [
        { name: 'send_id', value: 'snd_c' },
        { name: 'category', value: 'marketing' },
      ],
    });
  });

  it('sends a message once, however often it is asked, also when it was rendered anew', async () => {
    const message = email('ada@example.com');
    server.faults.push(faults.cutAfterAcceptance);
    expect(await deliver(message)).toMatchObject({ kind: 'temporary', maybeSent: true });
    expect(await deliver(message)).toEqual({ kind: 'sent', providerMessageId: `re-${message.sendId}` });
    const anew = await deliver({ ...message, text: 'other words' }, Date.now() - 1_000);
    expect(anew).toEqual({ kind: 'sent', providerMessageId: null });
  });

  // resend.com/docs/api-reference/errors
  it.each([
    [409, 'concurrent_idempotent_requests', 'in progress', { kind: 'temporary', maybeSent: true }],
    [429, 'rate_limit_exceeded', 'Too many requests', { kind: 'temporary', serverWide: true }],
    [429, 'daily_quota_exceeded', 'You have reached your daily quota', { kind: 'temporary', retryAfterMs: 3_600_000 }],
    [
      429,
      'monthly_quota_exceeded',
      'You have reached your monthly quota',
      { kind: 'temporary', retryAfterMs: 3_600_000 },
    ],
    [401, 'validation_error', 'API key is invalid', { kind: 'misconfigured' }],
    [400, 'validation_error', 'API key is invalid', { kind: 'misconfigured' }],
    [422, 'invalid_from_address', 'Invalid `from` field', { kind: 'misconfigured' }],
    [
      422,
      'validation_error',
      'Invalid `to` field. The email address needs to follow',
      { kind: 'refused', recipient: 'invalid' },
    ],
    [422, 'missing_required_field', 'Missing `subject` field', { kind: 'refused' }],
    // Safe with a key: it is tried again.
    [500, 'application_error', 'An unexpected error occurred', { kind: 'temporary', maybeSent: true }],
  ])('%i %s', async (status, name, message, expected) => {
    expect(await answered({ status, body: { statusCode: status, name, message } })).toMatchObject(expected);
  });
});

describe('SES', () => {
  const { deliver, answered, body } = subject('SES');

  it('has the sender in ASCII, tags, and the configuration set of the credential', async () => {
    await deliver(email('ada@example.com', { sendId: 'snd_d' }));
    expect(body()).toMatchObject({
      // RFC 2047: the words in base64.
      FromEmailAddress: `=?UTF-8?B?${Buffer.from('Müller, Söhne & Co').toString('base64')}?= <hello@shop.example.com>`,
      EmailTags: [
        { Name: 'send_id', Value: 'snd_d' },
        { Name: 'category', Value: 'marketing' },
      ],
    });
    expect(body()).not.toHaveProperty('ConfigurationSetName');
    expect(ses.request(email('ada@example.com'), { configurationSet: 'shop' }).body).toMatchObject({
      ConfigurationSetName: 'shop',
    });
  });

  it('a long name is several words', () => {
    const from = { name: 'ä'.repeat(40), address: 'hello@shop.example.com' };
    const { FromEmailAddress: text } = ses.request(email('ada@example.com', { from }), {}).body as {
      FromEmailAddress: string;
    };
    const words = text.replace(' <hello@shop.example.com>', '').split(' ');
    expect(words.every((word) => word.length <= 75)).toBe(true);
    const decoded = words.map((word) => Buffer.from(word.slice(10, -2), 'base64').toString());
    expect(decoded.join('')).toBe(from.name);
  });

  it('stands in its region when no base URL is given', () => {
    expect(ses.baseUrl?.({ region: 'eu-west-1' })).toBe('https://email.eu-west-1.amazonaws.com');
  });

  // docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html#API_SendEmail_Errors, …/CommonErrors.html
  it.each([
    [400, 'MessageRejected', 'Transaction failed: illegal content', { kind: 'refused' }],
    [400, 'BadRequestException', 'Illegal address', { kind: 'refused' }],
    [400, 'AccountSuspendedException', 'suspended', { kind: 'misconfigured' }],
    [400, 'SendingPausedException', 'paused', { kind: 'misconfigured' }],
    [400, 'MailFromDomainNotVerifiedException', 'x', { kind: 'misconfigured' }],
    [404, 'NotFoundException', 'Configuration set does not exist', { kind: 'misconfigured' }],
    [429, 'TooManyRequestsException', 'Maximum sending rate exceeded.', { kind: 'temporary', serverWide: true }],
    [400, 'ThrottlingException', 'Maximum sending rate exceeded.', { kind: 'temporary', serverWide: true }],
    [429, 'TooManyRequestsException', 'Daily message quota exceeded.', { kind: 'temporary', retryAfterMs: 3_600_000 }],
    [400, 'LimitExceededException', 'x', { kind: 'temporary', serverWide: true }],
    [403, 'ExpiredTokenException', 'The security token is expired', { kind: 'misconfigured' }],
    [500, 'InternalFailure', 'x', { kind: 'unknown' }],
    [503, 'ServiceUnavailable', 'x', { kind: 'temporary', serverWide: true }],
  ])('%i %s', async (status, name, message, expected) => {
    expect(await answered(sesError(status, name, message))).toMatchObject(expected);
  });
});
