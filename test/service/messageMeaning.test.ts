/** Checks of the send gate that read what a customer has done, on both stores: tracks, stock, paid social, priority, SMS. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { event, minutes, NOW, TestService } from './service.ts';
import { DIALECTS } from './stores.ts';
import { authorize, publishTrigger, sendItem, type Traveller } from './travellers.ts';

const DAY = 86_400_000;
const daysAgo = (days: number): number => NOW - days * DAY;
const subscribed = { email: { state: 'subscribed', source: 'test', at: new Date(daysAgo(1000)).toISOString() } };
const both = { ...subscribed, sms: subscribed.email };

describe.each(DIALECTS)('what a message means, on %s', (dialect) => {
  let service: TestService;
  let keys = 0;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    await publishTrigger(service, 'browse', { enters: ['viewed_product'] });
    await publishTrigger(service, 'cart', { enters: ['added_to_cart'] });
    await publishTrigger(service, 'checkout', { enters: ['started_checkout'] });
    await publishTrigger(service, 'welcome', { enters: ['subscribed'] });
  });
  afterAll(() => service.close());

  /** A subscriber of long ago. */
  const subscriber = async (person: string | object): Promise<string> =>
    await service.send(event('viewed_page', person, minutes(-10), { consent: subscribed }));
  const reasons = async (...items: Record<string, unknown>[]): Promise<string[][]> =>
    (await authorize(service, ...items)).map((answer) => answer.reasons as string[]);
  const letter = (customerId: string, more: object = {}) =>
    sendItem({ customerId }, { key: `k${++keys}`, dryRun: true, ...more });
  const runOf = async (customerId: string, journey: string): Promise<Traveller> => {
    const run = (await service.runs(customerId)).find((one) => one.journey === journey);
    if (!run) throw new Error(`not in ${journey}`);
    return { customerId, runId: run.id };
  };

  it('asks the preference tracks', async () => {
    const ada = await subscriber('ada');
    const choose = (...tracks: string[]) => service.call('PUT', `/v1/customers/${ada}/preferences`, { tracks });
    const asked = () =>
      reasons(letter(ada), letter(ada, { track: 'product_news' }), letter(ada, { category: 'transactional' }));
    expect(await asked()).toEqual([[], [], []]);
    await choose('product_news', 'low_frequency');
    expect(await asked()).toEqual([['wrong_track'], [], []]);
    await choose('local_events');
    expect(await asked()).toEqual([['wrong_track'], ['wrong_track'], []]);
    await choose('low_frequency');
    expect(await asked()).toEqual([[], [], []]);
  });

  it('asks for the stock of the products that are named, with their variants', async () => {
    const bob = await subscriber('bob');
    const product = async (productId: string, more: object) => {
      const { status, body } = await service.call('PUT', `/v1/products/${productId}`, more);
      if (status >= 300) throw new Error(JSON.stringify(body));
    };
    await product('gone', { stock: 0 });
    await product('ordered', { stock: 0, backorder: true });
    await product('there', { stock: 3 });
    await product('uncounted', { title: 'Voucher' });
    await product('sizes', {
      variants: [
        { variantId: 's', stock: 0 },
        { variantId: 'm', stock: 2 },
      ],
    });
    await product('noSizes', {
      variants: [
        { variantId: 's', stock: 0 },
        { variantId: 'm', stock: 0 },
      ],
    });
    const about = (...productIds: string[]) => letter(bob, { productIds });
    expect(
      await reasons(
        about('gone'),
        about('gone', 'noSizes'),
        about('gone', 'there'),
        about('ordered'),
        about('uncounted'),
        about('sizes'),
        about('nobody-knows'),
        { ...about('gone'), category: 'transactional' },
        letter(bob),
      ),
    ).toEqual([['out_of_stock'], ['out_of_stock'], [], [], [], [], [], [], []]);
  });

  describe('the promo pause', () => {
    const social = { campaign: { source: 'facebook', medium: 'paid_social' } };
    const held = async (customerId: string) => (await reasons(letter(customerId)))[0]?.includes('promo_pause');

    it('follows a purchase that says it came from paid social', async () => {
      const cyd = await subscriber('cyd');
      await service.send(
        event('completed_purchase', 'cyd', minutes(-5), { properties: { ...social, orderId: 'cyd-1' } }),
      );
      expect(await reasons(letter(cyd), letter(cyd, { category: 'transactional' }))).toEqual([['promo_pause'], []]);
      service.now = NOW + 3 * DAY - 5 * 60_000;
      expect(await held(cyd)).toBe(false);
      service.now = NOW;
    });

    it('follows the last touch before the purchase, whichever came in first', async () => {
      const dee = await subscriber('dee');
      await service.send(event('completed_purchase', 'dee', minutes(-5), { properties: { orderId: 'dee-1' } }));
      expect(await held(dee)).toBe(false);
      await service.send(event('viewed_page', { email: 'dee@example.com', fbclid: 'IwAR-dee' }, minutes(-2 * 1440)));
      expect(await held(dee)).toBe(true);
      await service.send(
        event('viewed_page', 'dee', minutes(-1440), { properties: { campaign: { source: 'news', medium: 'email' } } }),
      );
      expect(await held(dee)).toBe(false);
      // After the purchase, and from a page where one pays: no touch before it.
      await service.send(event('viewed_page', 'dee', minutes(-3), { properties: social }));
      await service.send(
        event('viewed_page', 'dee', minutes(-6), { properties: { campaign: { referrer: 'pay.example.com' } } }),
      );
      expect(await held(dee)).toBe(false);
    });

    it('has an end to how long ago a touch may be', async () => {
      const eli = await subscriber('eli');
      const touchedAndBought = async (days: number, orderId: string) => {
        await service.send(event('viewed_page', 'eli', minutes(-5 - days * 1440), { properties: social }));
        await service.send(event('completed_purchase', 'eli', minutes(-5), { properties: { orderId } }));
      };
      await touchedAndBought(7, 'eli-1');
      expect(await held(eli)).toBe(false);
      await touchedAndBought(6, 'eli-2');
      expect(await held(eli)).toBe(true);
    });

    it('does not follow what was no purchase: tests, cancelled and fully refunded orders', async () => {
      const fay = await subscriber('fay');
      const buy = (orderId: string, more: object = {}) =>
        service.send(event('completed_purchase', 'fay', minutes(-5), { properties: { ...social, orderId }, ...more }));
      await buy('fay-test', { test: true });
      expect(await held(fay)).toBe(false);
      await buy('fay-1');
      expect(await held(fay)).toBe(true);
      const refund = (value: string) =>
        service.send(event('refunded', 'fay', minutes(-4), { properties: { orderId: 'fay-1', value } }));
      await refund('80.00');
      expect(await held(fay)).toBe(true);
      await refund('4.00');
      expect(await held(fay)).toBe(false);
      await buy('fay-2');
      await service.send(
        event('custom:order_cancelled', 'fay', minutes(-4), { properties: { orderId: 'fay-2', wasPaid: false } }),
      );
      expect(await held(fay)).toBe(false);
    });
  });

  describe('among several journeys', () => {
    /** In three abandonment journeys at once. */
    const inThree = async (person: string): Promise<Record<'browse' | 'cart' | 'checkout', Traveller>> => {
      await service.send(event('viewed_product', person, minutes(-9), { consent: both }));
      await service.send(event('added_to_cart', person, minutes(-8)));
      const id = await service.send(event('started_checkout', person, minutes(-7)));
      const [browse, cart, checkout] = [
        await runOf(id, 'browse'),
        await runOf(id, 'cart'),
        await runOf(id, 'checkout'),
      ];
      return { browse, cart, checkout };
    };
    const sent = (answers: { decision: string }[]) => answers.filter(({ decision }) => decision === 'send').length;

    it.each([
      ['browse', 'cart', 'checkout'],
      ['checkout', 'browse', 'cart'],
      ['cart', 'checkout', 'browse'],
    ] as const)('a customer in three gets one message: %s, %s, %s', async (...order) => {
      const runs = await inThree(`one-${order.join('-')}`);
      const oneByOne = [];
      for (const journey of order) oneByOne.push(...(await authorize(service, sendItem(runs[journey]))));
      expect(sent(oneByOne)).toBe(1);
      expect(oneByOne[order.indexOf('checkout')]).toMatchObject({ decision: 'send' });
      expect(oneByOne[order.indexOf('browse')]?.reasons).toContain('priority_journey');

      const inOneBatch = await inThree(`batch-${order.join('-')}`);
      expect(sent(await authorize(service, ...order.map((journey) => sendItem(inOneBatch[journey]))))).toBe(1);

      const atOnce = await inThree(`parallel-${order.join('-')}`);
      const answers = await Promise.all(order.map((journey) => authorize(service, sendItem(atOnce[journey]))));
      expect(sent(answers.flat())).toBe(1);
    });

    it('a customer in three journeys of equal urgency gets one message, too: the gap holds the others', async () => {
      for (const key of ['cart-b', 'cart-c']) await publishTrigger(service, key);
      const inThem = async (person: string) => {
        const id = await service.send(event('added_to_cart', person, minutes(-8), { consent: both }));
        return [await runOf(id, 'cart'), await runOf(id, 'cart-b'), await runOf(id, 'cart-c')];
      };
      const batch = await authorize(service, ...(await inThem('equal-batch')).map((run) => sendItem(run)));
      expect(batch.map(({ reasons: given }) => given as unknown)).toEqual([[], ['min_gap'], ['min_gap']]);
      const runs = await inThem('equal-parallel');
      const parallel = await Promise.all(runs.map((run) => authorize(service, sendItem(run))));
      expect(sent(parallel.flat())).toBe(1);
      for (const key of ['cart-b', 'cart-c']) {
        await service.store.db.updateTable('journeys').set({ published: 0 }).where('key', '=', key).execute();
      }
    });

    it('a run counts while its journey can write: not when it is paused, unpublished or over', async () => {
      const { browse, cart, checkout } = await inThree('kim');
      const held = async () => (await reasons(sendItem(cart, { dryRun: true })))[0]?.includes('priority_journey');
      expect(await held()).toBe(true);
      const set = (state: object) =>
        service.store.db.updateTable('journeys').set(state).where('key', '=', 'checkout').execute();
      await set({ paused: 1 });
      expect(await held()).toBe(false);
      await set({ paused: 0, published: 0 });
      expect(await held()).toBe(false);
      await set({ published: 1 });
      expect(await held()).toBe(true);
      await service.call('POST', `/v1/runs/${checkout.runId}/cancel`);
      expect(await held()).toBe(false);
      expect((await reasons(sendItem(browse, { dryRun: true })))[0]).toContain('priority_journey');
    });

    it('goes by the priority of the triggers first, and leaves a welcome alone', async () => {
      const { browse, checkout } = await inThree('lou');
      await service.send(event('subscribed', 'lou', minutes(-6)));
      const welcome = await runOf(browse.customerId, 'welcome');
      await publishTrigger(service, 'browse', { enters: ['viewed_product'], parameters: { options: { priority: 7 } } });
      const asked = await reasons(
        sendItem(browse, { dryRun: true }),
        sendItem(checkout, { dryRun: true }),
        sendItem(welcome, { dryRun: true }),
        sendItem({ customerId: browse.customerId }, { dryRun: true }),
      );
      expect(asked.map((one) => one.includes('priority_journey'))).toEqual([false, true, false, false]);
      await publishTrigger(service, 'browse', { enters: ['viewed_product'] });
    });
  });

  describe('an SMS about an abandonment', () => {
    let people = 0;
    const shopper = (): { email: string; phone: string } => {
      people += 1;
      return { email: `sms${people}@example.com`, phone: `+4366012300${String(people).padStart(2, '0')}` };
    };
    const text = (run: Traveller, more: object = {}) =>
      sendItem(run, { channel: 'sms', node: `sms-${++keys}`, ...more });
    const limited = async (...items: Record<string, unknown>[]) =>
      (await authorize(service, ...items)).map(({ reasons: given }) =>
        (given as string[]).includes('abandonment_sms_limit'),
      );

    it('goes out once for the same cart, over all journeys and within one batch', async () => {
      const person = shopper();
      const properties = { cartId: `cart-${person.phone}` };
      const id = await service.send(event('added_to_cart', person, minutes(-9), { consent: both, properties }));
      await service.send(event('viewed_product', person, minutes(-8), { properties: { ...properties } }));
      const [cart, browse] = [await runOf(id, 'cart'), await runOf(id, 'browse')];
      expect(await limited(text(cart), text(browse), text(cart, { channel: 'email' }))).toEqual([false, true, false]);
      expect(await limited(text(cart), text(browse))).toEqual([true, true]);
    });

    it('counts what may have gone out: a passing failure does not', async () => {
      const person = shopper();
      const id = await service.send(event('added_to_cart', person, minutes(-9), { consent: both }));
      const cart = await runOf(id, 'cart');
      const [{ sendId }] = await authorize(service, text(cart));
      await service.call('POST', '/v1/sends/started', { sendIds: [sendId] });
      expect(await limited(text(cart, { dryRun: true }))).toEqual([true]);
      const report = (permanent: boolean) =>
        service.call('POST', '/v1/sends/report', { items: [{ sendId, outcome: 'failed', permanent, error: '500' }] });
      await report(false);
      expect(await limited(text(cart, { dryRun: true }))).toEqual([false]);
    });

    it('does not come later than 48 hours after it', async () => {
      const person = shopper();
      const id = await service.send(event('added_to_cart', person, minutes(-60), { consent: both }));
      const cart = await runOf(id, 'cart');
      service.now = NOW + 47 * 3_600_000 - 1;
      expect(await limited(text(cart, { dryRun: true }))).toEqual([false]);
      service.now = NOW + 47 * 3_600_000;
      expect(await limited(text(cart, { dryRun: true }))).toEqual([true]);
      service.now = NOW;
    });
  });
});
