/**
 * The templates for customers who have bought, as `npm start` publishes them, on real parts: post-purchase, replenishment and win-back, the whole
 * course, each branch and each early end. All customers are under way at once, on one stack; a day is two seconds.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Stack } from './stack.ts';
import { DAY, TemplateShop, type TemplateRun } from './templateShop.ts';
import { until } from './until.ts';

const TIME_SCALE = 43_200;
const scaledDays = (days: number): number => (days * DAY) / TIME_SCALE;

/** Who bought boots long ago; every second one bought spray nine days later. */
const BOOT_BUYERS = 24;

/** Subjects. */
const OFFER = 'Would you like to come back?';
const GOODBYE = 'Shall we go on writing?';

let stack: Stack;
let shop: TemplateShop;
const ids: Record<string, string> = {};
const boughtAt: Record<string, number> = {};

/** What customers do while they are under way, by person: done at its time, whichever test is running. */
const deeds: Record<string, Promise<unknown>> = {};

function meanwhile(person: string, deed: () => Promise<unknown>): void {
  deeds[person] = deed();
  // Told by the test that asks for it.
  deeds[person].catch(() => {});
}

const isOver = ({ status }: TemplateRun): boolean => status !== 'running';
const waits = ({ waitingUntil }: TemplateRun): boolean => waitingUntil !== null;
const completed = { status: 'completed', exitReason: null };
const exited = (exitReason: string) => ({ status: 'exited', exitReason });
const stepsOf = ({ steps }: TemplateRun): string[] => [...new Set(steps.map(({ node }) => node))];

async function buys(
  person: string,
  ...[orderId, items, more]: Parameters<TemplateShop['order']> extends [string, ...infer Rest] ? Rest : never
) {
  boughtAt[person] = Date.now();
  ids[person] = await shop.order(person, orderId, items, { at: boughtAt[person], ...more });
}

/** Whose last order is more than a year ago; of three orders with more than the usual value. */
async function goneQuiet(
  person: string,
  options: { value?: string; orders?: number; consent?: boolean; properties?: object } = {},
) {
  const { value = '200.00', orders = 3, consent = true, properties } = options;
  for (let order = 0; order < orders; order++) {
    const at = Date.now() - (400 + order * 20) * DAY;
    ids[person] = await shop.order(person, `${person}-${order}`, ['lamp'], { at, value, consent });
  }
  if (properties) await stack.api('PUT', '/v1/customers', { identity: { email: `${person}@example.com` }, properties });
}

beforeAll(async () => {
  stack = await Stack.start({ JOURNEYS_TIME_SCALE: String(TIME_SCALE) });
  shop = new TemplateShop(stack);
  const products = {
    beans: { lowDays: 12, highDays: 18, enabled: true },
    tea: { lowDays: 12, highDays: 18, enabled: true },
    capsules: { lowDays: 45, highDays: 55, enabled: true },
    sofa: { lowDays: 900, highDays: 1100, enabled: true },
  };
  for (const [id, replenishment] of Object.entries(products)) {
    await stack.api('PUT', `/v1/products/${id}`, { title: id, replenishment });
  }
  const spray = { title: 'Protective spray', url: 'https://shop.example.com/spray', stock: 50 };
  await stack.api('PUT', '/v1/products/spray', spray);
  // An operator's own figures, here from each customer: whoever has none of these is as the template comes.
  await shop.edit('Win-Back', {
    offerText: '={{ $json.customer.offer ?? "" }}',
    grossMarginPercent: '={{ $json.customer.margin ?? 0 }}',
  });

  for (let buyer = 0; buyer < BOOT_BUYERS; buyer++) {
    const [person, at] = [`boots${buyer}`, Date.now() - 100 * DAY];
    await shop.order(person, `${person}-1`, ['boots'], { at });
    if (buyer % 2 === 0) await shop.order(person, `${person}-2`, ['spray'], { at: at + 10 * DAY });
  }
  const offer = 'Your next order is on us up to 30 euros, with the code BACK.';
  for (const person of ['quiet', 'reader', 'late', 'back', 'leaver']) await goneQuiet(person);
  await goneQuiet('silent', { consent: false });
  await goneQuiet('worthy', { properties: { offer, margin: 45 } });
  await goneQuiet('costly', { properties: { offer, margin: 30 } });
  await goneQuiet('small', { value: '5.00' });
  await goneQuiet('once', { orders: 1 });
  await shop.says('reader', 'viewed_product', { items: [{ productId: 'boots', category: 'boots' }] });

  await stack.api('POST', '/v1/scores/refresh');
  await until('what is bought after boots', async () => {
    const body = { items: [{ ref: 0, customerId: ids['quiet'], productIds: ['boots'] }] };
    const { items } = await stack.api<{ items: { products: { share: number; offerAfterDays: number }[] }[] }>(
      'POST',
      '/v1/next-products',
      body,
    );
    return items[0]?.products[0]?.share === 0.5 && items[0].products[0].offerAfterDays === 7;
  });

  await buys('sent', 'S1', ['boots']);
  await buys('picker', 'S2', ['lamp']);
  await buys('patient', 'S3', ['lamp'], { consent: false });
  await buys('ahead', 'S4', ['boots']);
  await buys('returner', 'S5', ['boots']);
  await buys('asker', 'S6', ['boots']);
  await shop.says('sent', 'fulfilled_order', { orderId: 'S1' });
  await shop.says('sent', 'fulfilled_order', { orderId: 'another' });
  await shop.says('picker', 'picked_up_order', { orderId: 'S2' });
  await shop.says('asker', 'opened_ticket', { ticketId: 'T1' });
  await shop.order('ahead', 'S4b', ['spray']);

  await buys('drinker', 'R1', ['beans', 'sofa']);
  await buys('stocker', 'R2', [{ productId: 'capsules', quantity: 2 }]);
  await buys('single', 'R3', ['capsules']);
  await buys('regular', 'R4', ['beans']);
  await buys('unhappy', 'R5', ['beans', 'tea']);
  await buys('subscriber', 'R6', ['beans']);
  await buys('stopped', 'R7', ['tea']);

  const inRun = async (person: string, journey: string, key?: string) =>
    await shop.run('the run', journey, ids[person]!, waits, key);
  meanwhile('regular', async () => {
    await inRun('regular', 'replenishment', 'beans');
    await shop.order('regular', 'R4b', [{ productId: 'beans', quantity: 3 }]);
  });
  meanwhile('subscriber', async () => {
    await inRun('subscriber', 'replenishment', 'beans');
    await shop.order('subscriber', 'R6b', [{ productId: 'beans', quantity: 1, subscription: true }]);
  });
  meanwhile('unhappy', async () => {
    await inRun('unhappy', 'replenishment', 'tea');
    const items = [{ productId: 'tea', quantity: 1 }];
    await shop.says('unhappy', 'refunded', { orderId: 'R5', currency: 'EUR', value: '20.00', items });
  });
  meanwhile('stopped', async () => {
    await shop.mail('stopped', 'How long will your tea last?');
    await stack.api('PUT', '/v1/products/tea', { replenishment: { ...products.tea, enabled: false } });
  });
  meanwhile('returner', async () => {
    await inRun('returner', 'post-purchase', 'S5');
    await shop.says('returner', 'refunded', { orderId: 'S5', currency: 'EUR', value: '20.00' });
  });
  meanwhile('asker', async () => {
    await shop.mail('asker', 'Getting started');
    await until('the offer to be put off', async () => {
      const sends = await stack.list<{ decision: string; reasons: string[] }>(`/v1/sends?customerId=${ids['asker']}`);
      return sends.some(({ decision, reasons }) => decision === 'defer' && reasons.join() === 'open_ticket');
    });
    expect(await shop.mailsTo('asker', 'Protective spray')).toEqual([]);
    await shop.says('asker', 'custom:closed_ticket', { ticketId: 'T1' });
  });
  meanwhile('back', async () => {
    await shop.mail('back', 'You see it first');
    await shop.order('back', 'back-again', ['lamp']);
  });
  meanwhile('leaver', async () => {
    await shop.mail('leaver', 'You see it first');
    await shop.says('leaver', 'unsubscribed', { channel: 'sms' }, { consent: false });
    await shop.mail('leaver', 'What is new here');
    await shop.says('leaver', 'unsubscribed', { channel: 'email' }, { consent: false });
  });
  meanwhile('reader', async () => await shop.opens('reader', ids['reader']!, 'You see it first'));
  meanwhile('late', async () => await shop.opens('late', ids['late']!, GOODBYE));
});
afterAll(async () => {
  await stack?.remove();
});

describe('replenishment', () => {
  const run = (what: string, person: string, wanted: (one: TemplateRun) => boolean, key: string) =>
    shop.run(what, 'replenishment', ids[person]!, wanted, key);

  test('waits until day 40 of 45 to 55, and twice as long for two pieces', async () => {
    for (const [person, days] of [
      ['single', 45 - 5],
      ['stocker', 90 - 5],
    ] as const) {
      const { waitingUntil } = await run('the soft date', person, waits, 'capsules');
      expect(Date.parse(waitingUntil!) / 1000).toBeCloseTo((boughtAt[person]! + scaledDays(days)) / 1000, 0);
    }
  });

  test('is not for goods that are bought once a year, and one run for each product', async () => {
    const keys = async (person: string) =>
      (await shop.runsOf('replenishment', ids[person]!)).map(({ workflowId }) => workflowId.split('/').at(-1)).sort();
    await run('the run', 'drinker', waits, 'beans');
    expect(await keys('drinker')).toEqual(['beans']);
    expect(await keys('unhappy')).toEqual(['beans', 'tea']);
    expect(await keys('sent')).toEqual([]);
  });

  test('ends when the product is bought again, and begins anew; with a subscription it does not', async () => {
    await deeds['regular'];
    const ended = await run('its end', 'regular', isOver, 'beans');
    expect(ended).toMatchObject(exited('completed_purchase'));
    const anew = await run('the next one', 'regular', waits, 'beans');
    expect(anew.id).not.toBe(ended.id);

    await deeds['subscriber'];
    expect(await run('its end', 'subscriber', isOver, 'beans')).toMatchObject(exited('completed_purchase'));
    expect(await shop.runsOf('replenishment', ids['subscriber']!)).toHaveLength(1);
  });

  test('ends with the refund of the product', async () => {
    await deeds['unhappy'];
    expect(await run('its end', 'unhappy', isOver, 'tea')).toMatchObject(exited('refunded'));
    expect((await run('the other', 'unhappy', () => true, 'beans')).exitReason).toBeNull();
  });

  test('sends a soft and a clear e-mail, each with the same order one click away', async () => {
    const soft = await shop.mail('drinker', 'How long will your beans last?');
    expect(Date.now()).toBeGreaterThanOrEqual(boughtAt['drinker']! + scaledDays(12 - 5));
    expect(await shop.linkOf(soft, 'Order the same again')).toBe(
      'https://shop.example.com/cart/add?product=beans&quantity=1',
    );
    const clear = await shop.mail('drinker', 'Time for more beans?');
    expect(Date.now()).toBeGreaterThanOrEqual(boughtAt['drinker']! + scaledDays(15));
    expect(clear.text).toContain('https://shop.example.com/cart/add?product=beans&quantity=1');
    expect(await run('its end', 'drinker', isOver, 'beans')).toMatchObject(completed);
    expect(await shop.mailsTo('drinker', 'How long', 'Time for more')).toHaveLength(2);
  });

  test('says nothing more of a product whose reminders were switched off meanwhile', async () => {
    await deeds['stopped'];
    const ended = await run('its end', 'stopped', isOver, 'tea');
    expect(ended).toMatchObject(completed);
    expect(await shop.mailsTo('stopped', 'Time for more')).toEqual([]);
  });
});

describe('post-purchase', () => {
  const run = (what: string, person: string, wanted: (one: TemplateRun) => boolean, orderId: string) =>
    shop.run(what, 'post-purchase', ids[person]!, wanted, orderId);

  test('reassures, says how to begin, offers what others add on day 7, asks for a review after 14 days', async () => {
    const [thanks, guide, cross, review] = await Promise.all([
      shop.mail('sent', 'Thank you: what happens next'),
      shop.mail('sent', 'Getting started with your boots'),
      shop.mail('sent', 'Protective spray'),
      shop.mail('sent', 'How is it?'),
    ]);
    expect(thanks.text).toContain('boots');
    expect(guide.text).toContain('Your order is on its way.');
    expect(cross.text).toContain('Many who chose the boots add this in the first days: Protective spray.');
    expect(await shop.linkOf(cross, 'Have a look')).toBe('https://shop.example.com/spray');
    expect(await shop.linkOf(review, 'Write a review')).toBe('https://shop.example.com/review');
    const ended = await run('its end', 'sent', isOver, 'S1');
    expect(ended).toMatchObject(completed);
    const at = (node: string) => Date.parse(ended.steps.findLast((step) => step.node === node)!.at);
    expect(at('Wait Until Its Day')).toBeGreaterThanOrEqual(boughtAt['sent']! + scaledDays(7) - 1);
    expect(at('Wait Two Weeks')).toBeGreaterThanOrEqual(boughtAt['sent']! + scaledDays(14) - 1);
    expect(await shop.mailsTo('sent')).toHaveLength(4);
    expect(thanks.html).not.toContain('Unsubscribe');
    expect(cross.html).toContain('Unsubscribe');
  });

  test('asks whoever has picked it up to review the store', async () => {
    expect((await shop.mail('picker', 'Getting started')).text).toContain('You have it already.');
    const review = await shop.mail('picker', 'How is it?');
    expect(await shop.linkOf(review, 'Write a review of our store')).toBe(
      'https://example.com/your-google-business-profile-review-link',
    );
    expect(await run('its end', 'picker', isOver, 'S2')).toMatchObject(completed);
    // Nobody knows what buyers of a lamp buy next.
    expect(await shop.mailsTo('picker')).toHaveLength(3);
  });

  test('goes on after 5 days if the shop says nothing; without consent only service messages go out', async () => {
    const guide = await shop.mail('patient', 'Getting started');
    expect(Date.now()).toBeGreaterThanOrEqual(boughtAt['patient']! + scaledDays(5));
    expect(guide.text).toContain('Here is how to begin with your order.');
    expect(await run('its end', 'patient', isOver, 'S3')).toMatchObject(completed);
    expect(await shop.mailsTo('patient')).toHaveLength(2);
  });

  test('offers nothing that was bought meanwhile', async () => {
    const ended = await run('its end', 'ahead', isOver, 'S4');
    expect(stepsOf(ended)).toContain('Wait Two Weeks');
    expect(await shop.mailsTo('ahead', 'Protective spray')).toEqual([]);
  });

  test('ends with the refund of the order', async () => {
    await deeds['returner'];
    expect(await run('its end', 'returner', isOver, 'S5')).toMatchObject(exited('refunded'));
    expect(await shop.mailsTo('returner')).toHaveLength(1);
  });

  test('holds all but service messages while a ticket is open', async () => {
    await deeds['asker'];
    await shop.mail('asker', 'Protective spray');
    await shop.mail('asker', 'How is it?');
    expect(await run('its end', 'asker', isOver, 'S6')).toMatchObject(completed);
  });
});

describe('win-back', () => {
  const run = (what: string, person: string, wanted: (one: TemplateRun) => boolean) =>
    shop.run(what, 'win-back', ids[person]!, wanted);
  const suppressionOf = async (person: string) =>
    (await stack.api<{ suppression: { reason: string; source: string }[] }>('GET', `/v1/customers/${ids[person]}`))
      .suppression;
  const disengaged = expect.objectContaining({ reason: 'disengaged', source: 'win-back' }) as unknown;

  test('is for good customers who have not come for a long time', async () => {
    await run('the run', 'quiet', () => true);
    for (const person of ['small', 'once', 'boots0', 'sent']) {
      const id = ids[person] ?? (await shop.says(person, 'viewed_page'));
      expect(await shop.runsOf('win-back', id), person).toEqual([]);
    }
  });

  test('ends when they order, and when they unsubscribe from e-mails; not when from SMS', async () => {
    await deeds['back'];
    expect(await run('its end', 'back', isOver)).toMatchObject(exited('completed_purchase'));
    expect(await shop.mailsTo('back', GOODBYE)).toEqual([]);

    // The word about SMS came before the second e-mail, and did not keep it back.
    await deeds['leaver'];
    expect(await run('its end', 'leaver', isOver)).toMatchObject(exited('unsubscribed'));
    expect(await suppressionOf('leaver')).toEqual([]);
  });

  test('whoever opens one of the messages is written to further on', async () => {
    await Promise.all([deeds['reader'], deeds['late']]);
    const news = await shop.mail('reader', 'New in boots');
    expect(await shop.linkOf(news, 'See what is new')).toBe('https://shop.example.com/new?category=boots');
    for (const person of ['reader', 'late']) {
      expect(await run('its end', person, isOver)).toMatchObject(completed);
      expect(await suppressionOf(person)).toEqual([]);
    }
  });

  test('goes over early access and news to a goodbye; who opens nothing is left in peace', async () => {
    const ended = await run('its end', 'quiet', isOver);
    expect(ended).toMatchObject(completed);
    const mails = await shop.mailsTo('quiet');
    expect(mails.map(({ subject }) => subject)).toEqual(['You see it first', 'What is new here', GOODBYE]);
    expect(mails[2]!.html).toMatch(/href="[^"]+\/p\/[^"]+"[^>]*>Choose what you get</);
    expect(await suppressionOf('quiet')).toEqual([disengaged]);
  });

  test('makes an offer only where it pays', async () => {
    const [pays, not] = [await run('its end', 'worthy', isOver), await run('its end', 'costly', isOver)];
    expect([pays, not]).toMatchObject([completed, completed]);
    expect((await shop.mailsTo('worthy', OFFER))[0]?.text).toContain('with the code BACK');
    expect(await shop.mailsTo('worthy', GOODBYE)).toEqual([]);
    expect(await shop.mailsTo('costly', OFFER)).toEqual([]);
    expect(await shop.mailsTo('costly', GOODBYE)).toHaveLength(1);
  });

  test('who got no message is not called disengaged for not opening any; nobody comes in twice', async () => {
    expect(await run('its end', 'silent', isOver)).toMatchObject(completed);
    expect(await shop.mailsTo('silent')).toEqual([]);
    expect(await suppressionOf('silent')).toEqual([]);
    for (const person of ['quiet', 'silent', 'worthy']) {
      expect(await shop.runsOf('win-back', ids[person]!)).toHaveLength(1);
    }
  });
});
