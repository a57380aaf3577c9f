/** Node parameters as n8n keeps them: defaults missing, expressions, nested collections. */
import { describe, expect, it } from 'vitest';
import { matchesAny } from '../../temporal/domain/ruleMatching.ts';
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

  it('enters an audience on a schedule, in place of events', () => {
    const read = (raw: object) => readJourney({ journeyKey: 'win-back', entersOn: 'schedule', ...raw }, 'W').journey;
    expect(read({})).toMatchObject({
      entries: [],
      schedule: {
        every: { hours: 24 },
        audience: { segments: [], churn: [], minimumOrders: 0, averageOrderAboveMedian: false },
        batch: 1000,
        pauseMs: 60_000,
      },
    });
    const daily = { scheduleEvery: 'daily', scheduleTime: '8:30', scheduleTimeZone: 'Europe/Vienna' };
    const chosen = { audienceSegments: ['cant_lose', 'at_risk'], audienceChurn: ['high'], audienceMinimumOrders: 2 };
    const paced = { audienceAboveMedian: true, scheduleBatch: 50, scheduleBatchMinutes: 0.5 };
    expect(read({ ...daily, scheduleWeekdays: [5, 1], ...chosen, ...paced })?.schedule).toEqual({
      every: { time: '8:30', zone: 'Europe/Vienna', weekdays: [1, 5] },
      audience: {
        segments: ['at_risk', 'cant_lose'],
        churn: ['high'],
        minimumOrders: 2,
        averageOrderAboveMedian: true,
      },
      batch: 50,
      pauseMs: 30_000,
    });
    expect(read({ scheduleEvery: 'daily' })?.schedule?.every).toEqual({ time: '09:00', zone: 'UTC', weekdays: [] });
  });

  it('enters when a purchase runs out, by the event that says so', () => {
    const read = (raw: object) =>
      readJourney({ journeyKey: 'refill', entersOn: 'replenishmentDue', ...raw }, 'Refill').journey;
    expect(read({})?.replenishmentDue).toEqual({
      point: 'start',
      daysBeforeLearned: 0,
      daysBeforeByHand: 5,
      products: [],
    });
    const due = read({
      duePoint: 'middle',
      dueDaysBeforeLearned: 3,
      dueDaysBeforeByHand: 0,
      dueProducts: 'p1, p2,,p1',
    });
    expect(due?.replenishmentDue).toEqual({
      point: 'middle',
      daysBeforeLearned: 3,
      daysBeforeByHand: 0,
      products: ['p1', 'p2'],
    });
    const enters = (properties: Record<string, unknown>) =>
      matchesAny(due?.entries ?? [], { type: 'custom:replenishment_due', properties });
    const told = { productId: 'p2', point: 'middle', daysBefore: 3, basis: 'category' };
    expect(enters(told)).toBe(true);
    expect(enters({ ...told, basis: 'byHand', daysBefore: 0 })).toBe(true);
    expect(enters({ ...told, basis: 'byHand' })).toBe(false);
    expect(enters({ ...told, daysBefore: 0 })).toBe(false);
    expect(enters({ ...told, point: 'start' })).toBe(false);
    expect(enters({ ...told, productId: 'p3' })).toBe(false);
  });

  it('can be for products that run out alone', () => {
    const read = (onlyReplenishable: boolean) =>
      readJourney({ journeyKey: 'refill', options: { onlyReplenishable } }, 'Refill').journey;
    expect(read(true)).toMatchObject({ onlyReplenishable: true });
    expect(read(false)).not.toHaveProperty('onlyReplenishable');
  });

  it('reads which segments a customer leaves and enters', () => {
    const rules = {
      event: [{ type: 'segment_changed', fromSegments: ['loyal'], toSegments: ['at_risk', 'cant_lose'] }],
    };
    const { journey } = readJourney({ journeyKey: 'cooling', entryEvents: rules, exitEvents: rules }, 'Cooling');
    const filters = [
      { path: 'properties.from', operator: 'oneOf', value: 'loyal' },
      { path: 'properties.to', operator: 'oneOf', value: 'at_risk,cant_lose' },
    ];
    expect(journey?.entries).toEqual([{ type: 'segment_changed', filters }]);
    expect(journey?.exits).toEqual(journey?.entries);
    const any = { event: [{ type: 'segment_changed', fromSegments: [], toSegments: [] }] };
    expect(readJourney({ journeyKey: 'any', entryEvents: any }, 'Any').journey?.entries).toEqual([
      { type: 'segment_changed', filters: [] },
    ]);
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
    [{ entryEvents: { event: [{ times: 51 }] } }, /entryEvents\/event\/0\/times has to be a whole number from 1 to 50/],
    [{ entryEvents: { event: [{ times: 2, withinAmount: 91 }] } }, /withinAmount is more than 90 days/],
    [{ entryEvents: { event: [{ type: 'custom' }] } }, /entryEvents\/event\/0\/customType is empty/],
    [
      { exitEvents: { event: [{ type: 'no_such_event' }] } },
      /exitEvents\/event\/0\/type is "no_such_event", which is no event type\. Choose one from the list/,
    ],
    // The intake refuses events of such names: nobody would ever leave.
    [
      { exitEvents: { event: [{ type: 'custom', customType: 'größe' }] } },
      /exitEvents\/event\/0\/customType is "größe", and no event can have that name\. Use letters/,
    ],
    [{ exitEvents: { event: [{ type: 'custom:größe' }] } }, /exitEvents\/event\/0\/type is "custom:größe"/],
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
    [{ entersOn: 'moon' }, /entersOn is "moon", but has to be one of events, schedule, replenishmentDue/],
    [{ entersOn: 'schedule', scheduleHours: 0 }, /scheduleHours has to be a number from 1 up/],
    [{ entersOn: 'schedule', scheduleHours: 9000 }, /scheduleHours is more than 8784/],
    [
      { entersOn: 'schedule', scheduleEvery: 'daily', scheduleTime: '9' },
      /scheduleTime is "9"\. Use hours and minutes/,
    ],
    [
      { entersOn: 'schedule', scheduleEvery: 'daily', scheduleTimeZone: 'Vienna' },
      /scheduleTimeZone is "Vienna", which is no time zone/,
    ],
    [{ entersOn: 'schedule', scheduleEvery: 'daily', scheduleWeekdays: [0] }, /scheduleWeekdays has to hold numbers/],
    [{ entersOn: 'schedule', audienceSegments: ['lost'] }, /audienceSegments has "lost", but may only have champions/],
    [{ entersOn: 'schedule', audienceChurn: 'high' }, /audienceChurn has to be a list/],
    [{ entersOn: 'schedule', audienceMinimumOrders: 1.5 }, /audienceMinimumOrders has to be a whole number from 0 up/],
    [{ entersOn: 'schedule', scheduleBatch: 0 }, /scheduleBatch has to be a number from 1 up/],
    [{ entersOn: 'schedule', scheduleBatch: 1e6 }, /scheduleBatch has to be a whole number from 1 to 100000/],
    [{ entersOn: 'schedule', scheduleBatchMinutes: -1 }, /scheduleBatchMinutes has to be/],
    [{ entersOn: 'replenishmentDue', duePoint: 'late' }, /duePoint is "late", but has to be one of start, middle, end/],
    [{ entersOn: 'replenishmentDue', dueDaysBeforeByHand: 'x' }, /dueDaysBeforeByHand has to be a number/],
    [
      { entryEvents: { event: [{ type: 'segment_changed', toSegments: ['lost'] }] } },
      /entryEvents\/event\/0\/toSegments has "lost", but may only have champions/,
    ],
    [
      { exitEvents: { event: [{ type: 'segment_changed', fromSegments: '={{ 1 }}' }] } },
      /fromSegments is an expression/,
    ],
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
    [{ amount: 7, unit: 'days', countFrom: 'entry' }, '1 week after the entry'],
    [{ amount: 2, unit: 'weeks', countFrom: 'date', countFromDate: '={{ $json.sentAt }}' }, '2 weeks after a date'],
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
    [{ amount: 366, unit: 'days' }, '366 days'],
    [{ amount: 0.5, unit: 'minutes' }, '0.5 minutes'],
    [{ amount: 0, countFrom: 'date', countFromDate: '={{ $json.at }}' }, '0 minutes after a date'],
    // Known only when n8n has worked the expression out.
    [{ amount: 9000, unit: '={{ $json.unit }}' }, '375 days'],
    [
      { resume: 'event', events: { event: [{ type: 'custom', customType: '={{ $json.name }}' }] }, limitWait: false },
      'until custom:={{ $json.name }}',
    ],
    [{ resume: 'replenishment', withoutWindow: 'wait', otherwiseAmount: 0 }, 'until it runs out (start of the window)'],
  ])('%j is labelled "%s"', (raw, label) => {
    expect(readWait(raw)).toEqual({ label, problems: [] });
  });

  it.each([
    [{ amount: -5 }, /amount has to be/],
    [{ amount: 0 }, /amount is 0, which is no wait\. Enter more than 0, or take the node out/],
    [{ amount: 0, unit: '={{ $json.unit }}' }, /amount is 0, which is no wait/],
    [{ amount: 0, countFrom: 'entry' }, /amount is 0/],
    [{ amount: 400, unit: 'days' }, /amount is 400 days, but a wait may take at most 366 days\. Enter less/],
    [{ amount: 53, unit: 'weeks' }, /amount is 53 weeks, but/],
    [{ resume: 'event', maxAmount: 0 }, /maxAmount is 0/],
    [{ resume: 'event', maxAmount: 400 }, /maxAmount is 400 days/],
    [
      { resume: 'replenishment', withoutWindow: 'wait', otherwiseAmount: 400, otherwiseUnit: 'days' },
      /otherwiseAmount is 400 days/,
    ],
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
