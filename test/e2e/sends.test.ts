/**
 * What the send gate promises, on real parts: marketing ends with one click and receipts go on, quiet hours put a message off and
 * it comes later, the kill switch holds, also in the middle of a batch, and lets go, a click leads to the shop and wakes who waits for it.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_POLICY, type Policy } from '../../temporal/domain/gate/policy.ts';
import { customersDo, makeCredentials, pauseTemplates, publishJourney, type JourneyNode } from './journeys.ts';
import { MailSink } from './mailSink.ts';
import { Stack, type Mail } from './stack.ts';
import { until } from './until.ts';

/** A wait of a day takes 2 min, a check of a pause a second; clock times are not scaled. */
const TIME_SCALE = '720';
const DAY = { maxAmount: 1, maxUnit: 'days' };
const MINUTE_MS = 60_000;
/** So many messages are on their way at once (CONTRACT, `sends/started`). */
const CHUNK = 10;

interface Send {
  id: string;
  decision: string;
  reasons: string[];
  until: string | null;
  status: string | null;
  node: string;
  clickedAt?: string | null;
}

let stack: Stack;
let sink: MailSink;

beforeAll(async () => {
  sink = await MailSink.start();
  stack = await Stack.start({ JOURNEYS_TIME_SCALE: TIME_SCALE });
  await pauseTemplates(stack);
  const { port } = new URL(stack.addresses.smtp);
  const server = { host: '127.0.0.1', port: Number(port), secure: false, disableStartTls: true };
  const credentials = await makeCredentials(stack, { commerceSmtp: server });
  const toSink = await makeCredentials(stack, { commerceSmtp: { ...server, port: sink.port } });
  const link = '<p>{{ customer.email }} <a href="https://shop.example.com/new?colour=red">New shoes</a></p>';
  const news = mail('News', 'marketing', link);
  const clicked: JourneyNode = {
    name: 'Wait for a Click',
    type: 'journeyWait',
    parameters: { resume: 'event', events: { event: [{ type: 'message_clicked' }] }, limitWait: true, ...DAY },
  };
  const thanks = mail('Thanks', 'transactional', '<p>You have looked at them.</p>');
  const receipt = mail('Receipt', 'transactional', '<p>Your order</p>');
  await publishJourney(stack, { key: 'news', entry: 'answered_quiz', credentials, nodes: [news, clicked, thanks] });
  await publishJourney(stack, { key: 'offers', entry: 'wishlisted', credentials, nodes: [mail('Offer', 'marketing')] });
  const letter = mail('Letter', 'marketing');
  await publishJourney(stack, { key: 'letters', entry: 'joined_waitlist', credentials: toSink, nodes: [letter] });
  await publishJourney(stack, { key: 'receipts', entry: 'submitted_review', credentials, nodes: [receipt] });
});
afterAll(async () => {
  await stack?.remove();
  await sink?.stop();
});

function mail(name: string, category: string, html = '<p>Hello</p>'): JourneyNode {
  return {
    name,
    type: 'channelSend',
    parameters: { category, fromEmail: 'hello@example.com', subject: name, html },
  };
}

const setPolicy = async (policy: Partial<Policy>) => {
  await stack.api('PUT', '/v1/policy', { ...DEFAULT_POLICY, ...policy });
};
const mailsTo = async (email: string) => (await stack.mails()).filter(({ to }) => to === email);
const mailTo = async (email: string, subject: string, withinMs?: number): Promise<Mail> =>
  await until(
    `${subject} for ${email}`,
    async () => (await mailsTo(email)).find((mail) => mail.subject === subject),
    withinMs,
  );
const sendTo = async (customerId: string, isSo: (send: Send) => boolean): Promise<Send> =>
  await until('the send', async () => (await stack.list<Send>(`/v1/sends?customerId=${customerId}`)).find(isSo));
const allRunsOver = async (customerId: string) =>
  await until('the runs to end', async () => {
    const runs = await stack.list<{ status: string }>(`/v1/runs?customerId=${customerId}`);
    return runs.length > 0 && runs.every(({ status }) => status !== 'running');
  });

test('a click leads to the shop, and wakes who waits for it', async () => {
  const email = 'ada@example.com';
  const [customerId = ''] = await customersDo(stack, 'answered_quiz', [email]);
  const { html } = await mailTo(email, 'News');
  const [, link = ''] = /<a href="([^"]+)"[^>]*>New shoes/.exec(html) ?? [];
  expect(link).toMatch(new RegExp(`^${stack.addresses.service}/c/`));
  expect(link).not.toContain('ada');
  const follow = async (agent: string) => {
    const answer = await fetch(link, { redirect: 'manual', headers: { 'user-agent': agent } });
    expect(answer.status).toBe(302);
    return new URL(answer.headers.get('location') ?? '');
  };
  const { origin, pathname, searchParams } = await follow('curl/8.5.0');
  expect([origin, pathname, searchParams.get('colour')]).toEqual(['https://shop.example.com', '/new', 'red']);

  // Who clicks within two seconds after the message was sent is taken for a program: a person does it again. The wait would
  // last two minutes without a click.
  await until('Thanks', async () => {
    await follow('Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0');
    return (await mailsTo(email)).some(({ subject }) => subject === 'Thanks');
  });
  await allRunsOver(customerId);
  expect(
    await sendTo(customerId, ({ reasons, clickedAt }) => reasons.length === 0 && Boolean(clickedAt)),
  ).toMatchObject({
    decision: 'send',
  });
});

test('one click in the mail program ends marketing, and receipts go on', async () => {
  const email = 'bea@example.com';
  const [customerId = ''] = await customersDo(stack, 'answered_quiz', [email]);
  const source = await stack.mailSource(await mailTo(email, 'News'));
  expect(source).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r?$/m);
  const [, url = ''] = /^List-Unsubscribe: <(http[^>]+)>/m.exec(source.replace(/\r?\n[ \t]+/g, ' ')) ?? [];
  // A link that is only looked at, by a scanner for example, changes nothing.
  expect((await fetch(url)).status).toBe(200);
  const consent = async () =>
    (await stack.api<{ consent: { email: { state: string } } }>('GET', `/v1/customers/${customerId}`)).consent.email
      .state;
  expect(await consent()).toBe('subscribed');
  // RFC 8058: the mailbox provider posts this, without cookies and without asking anybody.
  const body = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' });
  expect((await fetch(url, { method: 'POST', body, redirect: 'error' })).status).toBe(200);
  expect(await consent()).toBe('unsubscribed');

  await setPolicy({ gaps: { ...DEFAULT_POLICY.gaps, email: null } });
  await customersDo(stack, 'wishlisted', [email], { subscribes: false });
  expect(await sendTo(customerId, ({ decision }) => decision !== 'send')).toMatchObject({
    decision: 'suppress',
    reasons: ['unsubscribed'],
    status: null,
  });
  await customersDo(stack, 'submitted_review', [email], { subscribes: false });
  await mailTo(email, 'Receipt');
  expect((await mailsTo(email)).map(({ subject }) => subject).sort()).toEqual(['News', 'Receipt']);
});

test('the kill switch holds every message, and lets them go', async () => {
  const [offered, bought] = ['cyn@example.com', 'dan@example.com'];
  await setPolicy({ killSwitch: true });
  const [cyn = ''] = await customersDo(stack, 'wishlisted', [offered]);
  const [dan = ''] = await customersDo(stack, 'submitted_review', [bought]);
  for (const customerId of [cyn, dan]) {
    const held = await sendTo(customerId, () => true);
    expect(held).toMatchObject({ decision: 'defer', reasons: ['paused'], status: null });
    // It is asked again and again while the switch is on.
    await sendTo(customerId, (send) => send.until !== null && send.until > (held.until ?? ''));
  }
  expect([...(await mailsTo(offered)), ...(await mailsTo(bought))]).toEqual([]);
  await setPolicy({});
  await mailTo(offered, 'Offer');
  await mailTo(bought, 'Receipt');
  for (const customerId of [cyn, dan]) await allRunsOver(customerId);
  expect([...(await mailsTo(offered)), ...(await mailsTo(bought))]).toHaveLength(2);
});

test('the kill switch stops a batch that is under way, and nobody of it is lost', async () => {
  const emails = Array.from({ length: 120 }, (_, index) => `letter-${index}@example.com`);
  let atSwitch = 0;
  sink.onMail = async () => {
    if (atSwitch > 0 || sink.accepted.length < 35) return;
    atSwitch = sink.accepted.length;
    await setPolicy({ killSwitch: true });
  };
  const customers = new Set(await customersDo(stack, 'joined_waitlist', emails));
  const sends = async () => await stack.list<Send & { customerId: string }>('/v1/sends?journey=letters');
  const isHeld = ({ decision, reasons }: Send) => decision === 'defer' && reasons.includes('paused');
  await until('the others to be held', async () => {
    const all = await sends();
    return all.length === emails.length && all.every((send) => send.status === 'sent' || isHeld(send));
  });
  // Those of the chunk that had been started go out still.
  expect(sink.accepted.length).toBeLessThan(atSwitch + CHUNK);
  expect((await sends()).filter(isHeld).length).toBe(emails.length - sink.accepted.length);

  await setPolicy({});
  await until('all letters', async () => (await sends()).every(({ status }) => status === 'sent'));
  expect(sink.accepted.map(({ to }) => to).sort()).toEqual(emails.toSorted());
  expect(new Set((await sends()).map(({ customerId }) => customerId))).toEqual(customers);
});

test('quiet hours put a message off, and it goes out when they are over', async () => {
  const email = 'eve@example.com';
  // Over at the next full minute, unless that is too near.
  const over = new Date(Math.ceil((Date.now() + MINUTE_MS / 4) / MINUTE_MS) * MINUTE_MS);
  const clock = (time: number) => new Date(time).toISOString().slice(11, 16);
  await setPolicy({
    quietHours: {
      ...DEFAULT_POLICY.quietHours,
      email: { from: clock(over.getTime() - 60 * MINUTE_MS), to: clock(over.getTime()), action: 'defer' },
    },
  });
  const [customerId = ''] = await customersDo(stack, 'wishlisted', [email]);
  const deferred = await sendTo(customerId, () => true);
  expect(deferred).toMatchObject({ decision: 'defer', reasons: ['quiet_hours'], status: null });
  expect(Date.parse(deferred.until ?? '')).toBe(over.getTime());
  // A receipt does not wait for the morning.
  await customersDo(stack, 'submitted_review', ['fay@example.com']);
  await mailTo('fay@example.com', 'Receipt');
  await mailTo(email, 'Offer', 2 * MINUTE_MS);
  expect(Date.now()).toBeGreaterThanOrEqual(over.getTime());
  await allRunsOver(customerId);
  expect(await stack.list<Send>(`/v1/sends?customerId=${customerId}`)).toMatchObject([
    { id: deferred.id, decision: 'send', reasons: [], status: 'sent' },
  ]);
  await setPolicy({});
});
