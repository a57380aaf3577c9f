/**
 * The welcome template as `npm start` publishes it, on real parts: each beginning, the whole course, both early ends, who comes in. All customers
 * are under way at once, on one stack; a day is two seconds.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Stack } from './stack.ts';
import { addressOf, DAY, TemplateShop, type TemplateRun } from './templateShop.ts';
import { until } from './until.ts';

const TIME_SCALE = 43_200;
const scaledDays = (days: number): number => (days * DAY) / TIME_SCALE;

/** Subjects. */
const CARE = 'Welcome: how to make it last';
const COMPARISON = 'Welcome: how to choose';
const STORE = 'Welcome: see it near you';
const PLACE = 'Welcome: a good place to begin';
const HOW_TO = 'How it works, in 30 seconds';
const BUNDLE = 'A small set to begin with';
const PREFERENCES = 'What would you like to hear from us?';
const FIT_QUIZ = 'Which one fits you?';

let stack: Stack;
let shop: TemplateShop;
const ids: Record<string, string> = {};

/** What customers do while they are under way, by person: done at its time, whichever test is running. */
const deeds: Record<string, Promise<unknown>> = {};

function meanwhile(person: string, deed: () => Promise<unknown>): void {
  deeds[person] = deed();
  // Told by the test that asks for it.
  deeds[person].catch(() => {});
}

async function subscribes(person: string, properties: object = {}): Promise<void> {
  ids[person] = await shop.says(person, 'subscribed', { channel: 'email', ...properties });
}

const run = (what: string, person: string, wanted: (one: TemplateRun) => boolean) =>
  shop.run(what, 'welcome', ids[person]!, wanted);
const isOver = ({ status }: TemplateRun): boolean => status !== 'running';
const subjectsTo = async (person: string) => (await shop.mailsTo(person)).map(({ subject }) => subject);

/** When `faraway` subscribes: the waits count from what happened, not from when it was worked on. */
let farawayAt = 0;

beforeAll(async () => {
  stack = await Stack.start({ JOURNEYS_TIME_SCALE: String(TIME_SCALE) });
  shop = new TemplateShop(stack);
  // An operator's own settings; the quiz here is of each customer: whoever has none is as the template comes.
  await shop.edit('Welcome', { storeZips: '10, 80', fitQuizUrl: '={{ $json.customer.quiz ?? "" }}' });

  await shop.says('reader', 'viewed_page', { url: 'https://shop.example.com/guides/waxing?from=home' });
  await shop.says('reader', 'searched', { query: 'boots' });
  await shop.says('searcher', 'searched', { query: 'boots or shoes' });
  // Neither a guide's page.
  await shop.says('searcher', 'viewed_page', { url: 'https://shop.example.com/guidesman?next=/guides/' });
  for (const [category, at] of [
    ['tents', Date.now() - DAY],
    ['rain & snow', Date.now()],
  ] as const) {
    await shop.says('looker', 'viewed_product', { items: [{ productId: category, category }] }, { at });
  }
  const quiz = { identity: { email: addressOf('quizzed') }, properties: { quiz: 'https://shop.example.com/fit' } };
  await stack.api('PUT', '/v1/customers', quiz);
  await shop.order('buyer', 'B1', ['boots'], { at: Date.now() - 30 * DAY });

  await subscribes('reader', { zip: '1010' });
  await subscribes('searcher');
  await subscribes('neighbour', { zip: '1010' });
  await subscribes('tapped', { campaign: { source: 'google', medium: 'cpc', name: 'Stores-Near-Me' } });
  farawayAt = Date.now();
  await subscribes('faraway', { zip: '2010' });
  await subscribes('looker');
  await subscribes('quizzed');
  await subscribes('ordering');
  await subscribes('leaver');
  await subscribes('buyer');
  await subscribes('texter', { channel: 'sms' });

  meanwhile('ordering', async () => {
    await shop.mail('ordering', PLACE);
    await shop.order('ordering', 'O1', ['boots']);
  });
  meanwhile('leaver', async () => {
    await shop.mail('leaver', PLACE);
    await shop.says('leaver', 'unsubscribed', { channel: 'sms' }, { consent: false });
    await shop.mail('leaver', HOW_TO);
    await shop.says('leaver', 'unsubscribed', { channel: 'email' }, { consent: false });
  });
});
afterAll(async () => {
  await stack?.remove();
});

describe('the first e-mail', () => {
  test('is the care guide for who reads guides, the comparison for who searches', async () => {
    const care = await shop.mail('reader', CARE);
    expect(await shop.linkOf(care, 'Read the care guide')).toBe('https://shop.example.com/guides/care');
    const comparison = await shop.mail('searcher', COMPARISON);
    expect(await shop.linkOf(comparison, 'See the comparison')).toBe('https://shop.example.com/guides/comparison');
  });

  test('leads to the stock of stores for who is near one, or comes by a local ad', async () => {
    const near = await shop.mail('neighbour', STORE);
    expect(await shop.linkOf(near, 'Check stock near you')).toBe('https://shop.example.com/stores?zip=1010');
    const tapped = await shop.mail('tapped', STORE);
    expect(await shop.linkOf(tapped, 'Check stock near you')).toBe('https://shop.example.com/stores?zip=');
  });

  test('else is about the category they were in last, or the whole shop', async () => {
    const known = await shop.mail('looker', PLACE);
    expect(known.text).toContain('rain');
    const category = new URL(await shop.linkOf(known, 'Find what fits'));
    expect(category.pathname).toBe('/search');
    expect(category.searchParams.get('category')).toBe('rain & snow');
    const unknown = await shop.mail('faraway', PLACE);
    expect(unknown.subject).toBe(PLACE);
    expect(await shop.linkOf(unknown, 'Find what fits')).toBe('https://shop.example.com/');
  });
});

test('goes over the how-to and one small set to the preferences, in its time', async () => {
  const ended = await run('its end', 'faraway', isOver);
  expect(ended).toMatchObject({ status: 'completed', exitReason: null });
  expect(await subjectsTo('faraway')).toEqual([PLACE, HOW_TO, BUNDLE, PREFERENCES]);
  const last = await shop.mail('faraway', PREFERENCES);
  expect(last.html).toMatch(/href="[^"]+\/p\/[^"]+"[^>]*>Choose what you get</);
  expect(last.html).toContain('Unsubscribe');

  const at = (node: string) => Date.parse(ended.steps.findLast((step) => step.node === node)!.at);
  expect(at('Wait 2 Days') - farawayAt).toBeGreaterThanOrEqual(scaledDays(2) - 1);
  expect(at('Wait 2 More Days') - farawayAt).toBeGreaterThanOrEqual(scaledDays(4) - 1);
  expect(at('Wait 3 Days') - farawayAt).toBeGreaterThanOrEqual(scaledDays(7) - 1);
});

test('each beginning leads to the same course; the fit quiz takes the place of the preferences', async () => {
  for (const person of ['reader', 'neighbour', 'quizzed']) {
    expect(await run('its end', person, isOver), person).toMatchObject({ status: 'completed' });
  }
  expect(await subjectsTo('reader')).toEqual([CARE, HOW_TO, BUNDLE, PREFERENCES]);
  expect(await subjectsTo('neighbour')).toEqual([STORE, HOW_TO, BUNDLE, PREFERENCES]);
  expect(await subjectsTo('quizzed')).toEqual([PLACE, HOW_TO, BUNDLE, FIT_QUIZ]);
  const quiz = await shop.mail('quizzed', FIT_QUIZ);
  expect(await shop.linkOf(quiz, 'Find your fit')).toBe('https://shop.example.com/fit');
});

test('ends when they order, and when they unsubscribe from e-mails; not when from SMS', async () => {
  await deeds['ordering'];
  expect(await run('its end', 'ordering', isOver)).toMatchObject({
    status: 'exited',
    exitReason: 'completed_purchase',
  });
  expect(await shop.mailsTo('ordering', HOW_TO, BUNDLE, PREFERENCES)).toEqual([]);

  // The word about SMS came before the second e-mail, and did not keep it back.
  await deeds['leaver'];
  expect(await run('its end', 'leaver', isOver)).toMatchObject({ status: 'exited', exitReason: 'unsubscribed' });
  expect(await shop.mailsTo('leaver', BUNDLE, PREFERENCES)).toEqual([]);
});

test('is for nobody who has ordered or asks for SMS only, and once per customer', async () => {
  await run('its end', 'faraway', isOver);
  await subscribes('faraway');
  // Who comes after them is in: so they have been looked at.
  await subscribes('next');
  await run('the run', 'next', () => true);
  expect(await shop.runsOf('welcome', ids['faraway']!)).toHaveLength(1);
  for (const person of ['buyer', 'texter']) expect(await shop.runsOf('welcome', ids[person]!), person).toEqual([]);
});

test('with double opt-in it begins when they have confirmed', async () => {
  const id = await shop.says('careful', 'viewed_page', { url: 'https://shop.example.com/' }, { consent: false });
  ids['careful'] = id;
  const asked = { channel: 'email', source: 'footer form', properties: { zip: '8010' } };
  const { confirmUrl } = await stack.api<{ confirmUrl: string }>('POST', `/v1/customers/${id}/consent/requests`, asked);
  await subscribes('after');
  await run('the run', 'after', () => true);
  expect(await shop.runsOf('welcome', id)).toEqual([]);

  await until('the confirmation', async () => (await fetch(confirmUrl, { method: 'POST' })).ok);
  const mail = await shop.mail('careful', STORE);
  expect(await shop.linkOf(mail, 'Check stock near you')).toBe('https://shop.example.com/stores?zip=8010');
});
