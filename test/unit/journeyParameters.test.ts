/** Node parameters as n8n keeps them: defaults missing, expressions, nested collections. */
import { describe, expect, it } from 'vitest';
import { readJourney, readWait } from '../../temporal/domain/journeyParameters.ts';

const problemsOf = (raw: Record<string, unknown>) =>
  readJourney({ journeyKey: 'cart-recovery', ...raw }, 'Cart').problems.map(
    ({ path, message }) => `${path} ${message}`,
  );

describe('Journey Trigger', () => {
  it('has the defaults of its description', () => {
    expect(readJourney({ journeyKey: 'cart-recovery' }, 'Cart recovery')).toEqual({
      journey: {
        key: 'cart-recovery',
        name: 'Cart recovery',
        entries: [{ type: 'added_to_cart', filters: [] }],
        reentry: 'ignore',
        enterAgain: 'always',
        cooldownMs: 0,
        exits: [],
        priority: 0,
        maxEventAgeMs: 86_400_000,
      },
      problems: [],
    });
  });

  it('reads everything', () => {
    const { journey } = readJourney(
      {
        journeyKey: ' post-purchase ',
        entryEvents: {
          event: [
            {
              type: 'completed_purchase',
              filters: { filter: [{ path: 'properties.valueMinor', operator: 'greaterThan', value: 5000 }] },
            },
            { type: 'custom', customType: 'booked_fitting' },
          ],
        },
        reentry: 'parallel',
        enterAgain: 'cooldown',
        cooldownAmount: 2,
        cooldownUnit: 'weeks',
        exitEvents: {
          event: [
            { type: 'cart_emptied' },
            { filters: { filter: [{ path: 'properties.items.0.category', operator: 'exists' }] } },
          ],
        },
        options: { journeyName: 'After the purchase', priority: -1, maxEventAgeHours: 0.5 },
      },
      'Workflow 7',
    );
    expect(journey).toEqual({
      key: 'post-purchase',
      name: 'After the purchase',
      entries: [
        {
          type: 'completed_purchase',
          filters: [{ path: 'properties.valueMinor', operator: 'greaterThan', value: '5000' }],
        },
        { type: 'custom:booked_fitting', filters: [] },
      ],
      reentry: 'parallel',
      entryKeyPath: 'properties.orderId',
      enterAgain: 'cooldown',
      cooldownMs: 1_209_600_000,
      exits: [
        { type: 'removed_from_cart', filters: [{ path: 'properties.cartEmpty', operator: 'isTrue' }] },
        { type: 'added_to_cart', filters: [{ path: 'properties.items.0.category', operator: 'exists' }] },
      ],
      priority: -1,
      maxEventAgeMs: 1_800_000,
    });
  });

  it('may have no entry event: customers enter by hand', () => {
    expect(readJourney({ journeyKey: 'vip', entryEvents: {} }, 'VIP').journey?.entries).toEqual([]);
  });

  it('reads whom the journey is for', () => {
    const customersOf = (customers: unknown) => readJourney({ journeyKey: 'first', customers }, 'First').journey;
    expect(customersOf('withoutOrder')).toMatchObject({ customers: 'withoutOrder' });
    expect(customersOf('withOrder')).toMatchObject({ customers: 'withOrder' });
    expect(customersOf('everybody')).not.toHaveProperty('customers');
    expect(customersOf('nobody')).toBeNull();
  });

  it.each(['', 'Cart', '-cart', 'cart recovery', 'ä', 'x'.repeat(64)])('refuses the key "%s"', (journeyKey) => {
    const [problem] = readJourney({ journeyKey }, 'Cart').problems;
    expect(problem?.path).toBe('/parameters/journeyKey');
    expect(problem?.message).toMatch(/small letters, digits and hyphens/);
  });

  it.each([
    [{ journeyKey: '={{ $json.key }}' }, /journeyKey is an expression.*"Fixed"/],
    [
      { entryEvents: { event: [{ type: 'bought' }] } },
      /entryEvents\/event\/0\/type is "bought", which is no event type/,
    ],
    [{ entryEvents: { event: [{ type: 'custom' }] } }, /entryEvents\/event\/0\/customType is the name/],
    [
      { exitEvents: { event: [{ filters: { filter: [{ value: '1' }] } }] } },
      /exitEvents\/event\/0\/filters\/filter\/0\/path is empty/,
    ],
    [
      { entryEvents: { event: [{ filters: { filter: [{ path: 'properties.a', operator: 'like' }] } }] } },
      /operator is "like"/,
    ],
    [
      {
        entryEvents: {
          event: [{ filters: { filter: [{ path: 'properties.a', operator: 'lessThan', value: 'much' }] } }],
        },
      },
      /value has to be a number/,
    ],
    [{ entryEvents: { event: [{ filters: { filter: [{ path: '={{ 1 }}' }] } }] } }, /path is an expression/],
    [{ entryEvents: 'x' }, /entryEvents has to be a list of events/],
    [{ reentry: 'parallel', entryKeyPath: ' ' }, /entryKeyPath is empty/],
    [{ reentry: 'queue' }, /reentry is "queue", but has to be one of ignore, restart, parallel/],
    [{ enterAgain: 'cooldown', cooldownAmount: -1 }, /cooldownAmount has to be a number from 0 up/],
    [{ options: { maxEventAgeHours: 'day' } }, /options\/maxEventAgeHours has to be a number/],
    [{ options: [] }, /options has to be an object/],
  ])('refuses %j', (raw, message) => {
    expect(problemsOf(raw)).toEqual([expect.stringMatching(message)]);
  });

  it('names all that is wrong at once', () => {
    expect(problemsOf({ reentry: 'x', enterAgain: 'y', options: { priority: 'z' } })).toHaveLength(3);
  });
});

describe('Journey Wait', () => {
  it.each([
    [{}, '1 hour'],
    [{ amount: 90, unit: 'minutes' }, '90 minutes'],
    [{ resume: 'event' }, 'until completed_purchase, at most 1 day'],
    [
      {
        resume: 'event',
        limitWait: false,
        events: { event: [{ type: 'fulfilled_order' }, { type: 'picked_up_order' }] },
      },
      'until fulfilled_order or picked_up_order',
    ],
    [{ resume: 'date', date: '={{ $json.at }}' }, 'until a date'],
    [{ resume: 'localTime' }, 'until 09:00 local time'],
    [{ resume: 'preferredHour' }, "until the customer's preferred hour, else 10:00 local time"],
    [{ resume: 'replenishment' }, 'until it runs out (start of the window)'],
    [
      { resume: 'replenishment', replenishmentPoint: 'middle', replenishmentProduct: '={{ $json.productId }}' },
      'until it runs out (middle of the window)',
    ],
    [{ amount: '={{ $json.hours }}' }, '1 hour'],
  ])('%j is labelled "%s"', (raw, label) => {
    expect(readWait(raw)).toEqual({ label, problems: [] });
  });

  it.each([
    [{ amount: -5 }, /amount has to be/],
    [{ resume: 'event', events: {} }, /events is empty/],
    [{ resume: 'localTime', time: '25:00' }, /time is "25:00"/],
    [{ resume: 'localTime', timeZone: 'Vienna' }, /timeZone is "Vienna"/],
    [{ resume: 'localTime', weekdays: [8] }, /weekdays has to hold/],
    [{ resume: 'preferredHour', fallbackTime: 'noon' }, /fallbackTime is "noon"/],
    [{ resume: 'preferredHour', timeZone: 'Vienna' }, /timeZone is "Vienna"/],
    [{ resume: 'replenishment', replenishmentPoint: 'soon' }, /replenishmentPoint is "soon"/],
    [{ resume: 'replenishment', daysBeforeByHand: -1 }, /daysBeforeByHand has to be/],
    [{ resume: 'replenishment', replenishmentQuantity: 'two' }, /replenishmentQuantity has to be/],
    [{ resume: 'replenishment', withoutWindow: 'skip' }, /withoutWindow is "skip"/],
    [{ resume: 'replenishment', withoutWindow: 'wait', otherwiseAmount: -1 }, /otherwiseAmount has to be/],
    [{ resume: 'sometime' }, /resume is "sometime"/],
  ])('refuses %j', (raw, message) => {
    expect(readWait(raw).problems.map(({ path, message: text }) => `${path} ${text}`)).toEqual([
      expect.stringMatching(message),
    ]);
  });
});
