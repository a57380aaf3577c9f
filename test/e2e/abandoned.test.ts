/**
 * The templates for carts and for products that somebody comes back to, as `npm start` publishes them, on real parts: SMS or e-mail, back-order,
 * fit quiz, what is out of stock, each early end. (The course of carts by itself, and unsubscribing, are in cartRecovery.test.ts.) All customers are under way at once; a day is six seconds.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FaultyServer } from '../providers/faultyServer.ts';
import { TwilioApi } from '../providers/twilioApi.ts';
import { Stack } from './stack.ts';
import { addressOf, TemplateShop, type TemplateRun } from './templateShop.ts';
import { until } from './until.ts';

const TIME_SCALE = '14400';

/** Subjects. */
const FIRST = 'is saved';
const SECOND = 'right for you?';
const LAST = 'Before you decide';
const ALTERNATIVE = 'Something like';
const BROWSED = 'What to know about';

const account = { accountSid: 'AC1', keys: { AC1: 'auth-token' } };
const twilio = new TwilioApi(account);
const provider = new FaultyServer(twilio.handler);
let stack: Stack;
let shop: TemplateShop;
const ids: Record<string, string> = {};
/** What customers do while they are under way, by person. */
const deeds: Record<string, Promise<unknown>> = {};

const ENDS: [person: string, type: string, properties: object][] = [
  ['buyer', 'completed_purchase', { orderId: 'O1', currency: 'EUR', value: '84.00', items: [{ productId: 'l1' }] }],
  ['emptier', 'removed_from_cart', { cartId: 'cart-emptier', cartEmpty: true, items: [{ productId: 'l1' }] }],
  ['payer', 'custom:order_on_hold', { orderId: 'O2' }],
];

const isOver = ({ status }: TemplateRun): boolean => status !== 'running';
const waitsAt = (step: string) => (run: TemplateRun) => run.step === step && run.waitingUntil !== null;
const completed = { status: 'completed', exitReason: null };
const stepsOf = ({ steps }: TemplateRun): string[] => steps.map(({ node }) => node);
const subjectsTo = async (person: string) => (await shop.mailsTo(person)).map(({ subject }) => subject);

/** Adds one thing to the cart, or begins to check out. */
async function leaves(
  person: string,
  item: object,
  more: { type?: string; value?: string; phone?: string } = {},
): Promise<void> {
  const { type = 'added_to_cart', value = '84.00', phone } = more;
  const cart = { cartId: `cart-${person}`, url: `https://shop.example.com/cart/${person}` };
  const items = [{ quantity: 1, price: value, ...item }];
  const properties = { currency: 'EUR', value, ...cart, items };
  ids[person] = await shop.says(person, type, properties, phone ? { phone } : {});
}

const CHECKOUT = { checkoutId: 'C1', currency: 'EUR', value: '84.00' };
const BROWSE_ENDS: [person: string, type: string, properties: object][] = [
  ['adder', 'added_to_cart', { cartId: 'cart-adder', items: [{ productId: 'v1', quantity: 1 }] }],
  ['checker', 'started_checkout', { ...CHECKOUT, items: [{ productId: 'v1', quantity: 1 }] }],
  ['taker', 'completed_purchase', { orderId: 'O3', currency: 'EUR', value: '84.00', items: [{ productId: 'v1' }] }],
];

/** Looks at a product, or wishes for it. */
async function sees(person: string, item: object, type = 'viewed_product', at = Date.now()): Promise<void> {
  ids[person] = await shop.says(person, type, { items: [item] }, { at });
}

const browsing = (what: string, person: string, wanted: (one: TemplateRun) => boolean) =>
  shop.run(what, 'browse-recovery', ids[person]!, wanted);

const smsTo = (phone: string) => twilio.messages.filter(({ to }) => to === phone);
const run = (what: string, person: string, wanted: (one: TemplateRun) => boolean) =>
  shop.run(what, 'cart-recovery', ids[person]!, wanted);

beforeAll(async () => {
  await provider.start();
  stack = await Stack.start({ JOURNEYS_TIME_SCALE: TIME_SCALE });
  shop = new TemplateShop(stack);
  const products = {
    later: { title: 'Later lamp', stock: 0, backorder: true },
    rare: { title: 'Rare rug', category: 'rugs', stock: 0 },
    sold: { title: 'Sold tent', category: 'tents', priceMinor: 9000, currency: 'EUR', stock: 0 },
    other: { title: 'Other tent', category: 'tents', priceMinor: 9500, currency: 'EUR', stock: 4 },
    unique: { title: 'Unique hat', category: 'hats', stock: 0 },
  };
  for (const [id, product] of Object.entries(products)) {
    const url = `https://shop.example.com/${id}`;
    await stack.api('PUT', `/v1/products/${id}`, { ...product, url });
  }
  // An operator's own settings; the quiz here is of each customer: whoever has none is as the template comes.
  await shop.switchOn('Cart Recovery', 'SMS Reminder', 'commerceTwilioApi', {
    ...{ accountSid: account.accountSid, authentication: 'authToken', authToken: 'auth-token' },
    ...{ sender: '+15005550006', baseUrl: provider.url },
  });
  await shop.edit('Browse Recovery', { fitQuizUrl: '={{ $json.customer.quiz ?? "" }}' });
  await shop.edit('Cart Recovery', { smsOn: true, fitQuizUrl: '={{ $json.customer.quiz ?? "" }}' });
  // Whenever this runs, it is no time to sleep.
  const policy = await stack.api<{ quietHours: object }>('GET', '/v1/policy');
  await stack.api('PUT', '/v1/policy', { ...policy, quietHours: { ...policy.quietHours, sms: null } });
  for (const person of ['sized', 'unsized', 'quizzed', 'asker']) {
    const identity = { email: addressOf(person) };
    await stack.api('PUT', '/v1/customers', { identity, properties: { quiz: 'https://shop.example.com/fit' } });
  }

  await leaves('sized', { productId: 's1', name: 'Trail shoe', category: 'Shoes' });
  await leaves('unsized', { productId: 'l1', name: 'Lamp', category: 'lamps' });
  await leaves('waiter', { productId: 'later', name: 'Later lamp' });
  await leaves('holder', { productId: 'rare' });
  deeds['holder'] = run('the hold', 'holder', waitsAt('Hold Until Back in Stock')).then(async () => {
    expect(await shop.mailsTo('holder')).toEqual([]);
    await stack.api('PUT', '/v1/products/rare', { stock: 3 });
  });
  deeds['holder'].catch(() => {});
  await leaves('pivot', { productId: 'sold', name: 'Sold tent' });
  await leaves('nothing', { productId: 'unique' });
  await leaves('keen', { productId: 'l1', name: 'Lamp' }, { type: 'started_checkout', phone: '+436601234561' });
  await leaves('small', { productId: 'l1', name: 'Lamp' }, { value: '40.00', phone: '+436601234562' });
  await leaves('large', { productId: 'l1', name: 'Lamp' }, { value: '40.01', phone: '+436601234563' });
  await leaves('silent', { productId: 'l1', name: 'Lamp' }, { type: 'started_checkout' });
  for (const [person, type, properties] of ENDS) {
    await leaves(person, { productId: 'l1', name: 'Lamp' });
    deeds[person] = shop.mail(person, FIRST).then(() => shop.says(person, type, properties));
    // Told by the test that asks for it.
    deeds[person].catch(() => {});
  }

  const shoe = { productId: 'v1', name: 'Hill shoe', category: 'shoes', url: 'https://shop.example.com/hill-shoe' };
  for (const person of ['looker', 'quizzed', 'asker', 'passer']) await sees(person, shoe);
  await sees('passer', { productId: 'v2', name: 'Other shoe', category: 'shoes' });
  for (const quiz of [
    { size: '38', category: 'gloves' },
    { size: '42', category: 'shoes' },
  ]) {
    await shop.says('quizzed', 'answered_quiz', quiz);
  }
  for (const person of ['looker', 'quizzed', 'asker']) await sees(person, shoe);
  // Within the week: at once when the first time is over.
  deeds['looker'] = browsing('its end', 'looker', isOver).then(() => sees('looker', shoe, 'wishlisted'));
  deeds['looker'].catch(() => {});
  await sees('wisher', { productId: 'later' }, 'wishlisted');
  await sees('late', { productId: 'sold', name: 'Sold tent' }, 'wishlisted');
  for (const [person, type, properties] of BROWSE_ENDS) {
    await sees(person, shoe, 'wishlisted');
    deeds[person] = shop.says(person, type, properties);
    deeds[person].catch(() => {});
  }
});
afterAll(async () => {
  await stack?.remove();
  await provider.stop();
});

describe('what the first message says', () => {
  test('leads to the cart, and to the fit quiz only where sizes are hard to choose', async () => {
    const [sized, unsized] = [await shop.mail('sized', FIRST), await shop.mail('unsized', FIRST)];
    expect(await shop.linkOf(sized, 'Back to your cart')).toBe('https://shop.example.com/cart/sized');
    expect(sized.text).toContain('https://shop.example.com/fit');
    expect(await shop.linkOf(sized, 'Five short questions')).toBe('https://shop.example.com/fit');
    expect(unsized.text).not.toContain('https://shop.example.com/fit');
  });

  test('says what is on back-order, as the catalogue has it', async () => {
    expect((await shop.mail('waiter', FIRST)).text).toContain('Later lamp (on back-order');
  });

  test('is followed by two more, a day and two days later', async () => {
    expect(await run('its end', 'unsized', isOver)).toMatchObject(completed);
    const [first, second, last, ...others] = await subjectsTo('unsized');
    expect(first).toContain(FIRST);
    expect(second).toContain(SECOND);
    expect(last).toContain(LAST);
    expect(others).toEqual([]);
  });
});

describe('by which way', () => {
  test('an SMS goes to who has begun to check out, and for small carts', async () => {
    await until('both messages', () => smsTo('+436601234561').length + smsTo('+436601234562').length === 2);
    expect(smsTo('+436601234561')[0]?.body).toMatch(/the Lamp is saved for you\..+Reply STOP to end\.$/);
    for (const person of ['keen', 'small']) {
      expect(await run('its end', person, isOver)).toMatchObject(completed);
      const subjects = await subjectsTo(person);
      expect(subjects).toHaveLength(2);
      expect(subjects.join()).not.toContain(FIRST);
    }
  });

  test('an e-mail for larger carts, and without consent to SMS', async () => {
    for (const person of ['large', 'silent']) await shop.mail(person, FIRST);
    expect(twilio.messages).toHaveLength(2);
  });
});

describe('what is out of stock', () => {
  test('is held until it is back', async () => {
    await deeds['holder'];
    expect((await shop.mail('holder', FIRST)).text).toContain('Rare rug');
    expect(await run('its end', 'holder', isOver)).toMatchObject(completed);
    expect(await shop.mailsTo('holder', ALTERNATIVE)).toEqual([]);
  });

  test('is given up after three days for something like it', async () => {
    const mail = await shop.mail('pivot', ALTERNATIVE);
    expect(mail.subject).toBe('Something like the Sold tent');
    expect(await shop.linkOf(mail, 'Other tent')).toBe('https://shop.example.com/other');
    const ended = await run('its end', 'pivot', isOver);
    expect(ended).toMatchObject(completed);
    expect(stepsOf(ended)).toContain('Hold Until Back in Stock');
    expect(await shop.mailsTo('pivot')).toHaveLength(1);
  });

  test('is not spoken of where there is nothing like it', async () => {
    expect(await run('its end', 'nothing', isOver)).toMatchObject(completed);
    expect(await shop.mailsTo('nothing')).toEqual([]);
  });
});

test('ends with a purchase, an emptied cart, and an order that is still to be paid', async () => {
  for (const [person, type] of ENDS) {
    await deeds[person];
    expect(await run('its end', person, isOver)).toMatchObject({ status: 'exited', exitReason: type });
    expect(await shop.mailsTo(person, LAST)).toEqual([]);
  }
});

describe('who comes back to a product', () => {
  test('gets one e-mail, about what they looked at', async () => {
    const mail = await shop.mail('looker', BROWSED);
    expect(mail.subject).toBe('What to know about the Hill shoe');
    expect(await shop.linkOf(mail, 'Have a closer look')).toBe('https://shop.example.com/hill-shoe');
    expect(mail.text).not.toMatch(/size 42|Five short questions/);
    expect(await browsing('its end', 'looker', isOver)).toMatchObject(completed);
    expect(await shop.mailsTo('looker')).toHaveLength(1);
  });

  test('reads the size that the quiz has found, or is shown the quiz', async () => {
    expect((await shop.mail('quizzed', BROWSED)).text).toContain('most people are happiest with size 42.');
    const asked = await shop.mail('asker', BROWSED);
    expect(await shop.linkOf(asked, 'Five short questions')).toBe('https://shop.example.com/fit');
  });

  test('so does who wishes for it: what the catalogue knows fills in what the event does not say', async () => {
    const mail = await shop.mail('wisher', BROWSED);
    expect(mail.subject).toBe('What to know about the Later lamp');
    expect(mail.text).toContain('on back-order');
    expect(await shop.linkOf(mail, 'Have a closer look')).toBe('https://shop.example.com/later');
  });

  test('hears nothing of what is out of stock', async () => {
    expect(await browsing('its end', 'late', isOver)).toMatchObject(completed);
    expect(await shop.mailsTo('late')).toEqual([]);
  });

  test('is nobody who has looked once at this and once at that; and nobody comes in twice within a week', async () => {
    await deeds['looker'];
    // Who comes after them is in: so they have been looked at.
    await sees('next', { productId: 'v1' }, 'wishlisted');
    await browsing('the run', 'next', () => true);
    expect(await shop.runsOf('browse-recovery', ids['looker']!)).toHaveLength(1);
    expect(await shop.runsOf('browse-recovery', ids['passer']!)).toEqual([]);
  });

  test('hears nothing once they fill a cart, check out or buy', async () => {
    for (const [person, type] of BROWSE_ENDS) {
      await deeds[person];
      expect(await browsing('its end', person, isOver)).toMatchObject({ status: 'exited', exitReason: type });
      expect(await shop.mailsTo(person, BROWSED)).toEqual([]);
    }
  });
});
