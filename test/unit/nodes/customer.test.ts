/** The Customer node through n8n's own engine: batched calls, unknown customers, errors on their items. */
import { beforeEach, expect, it } from 'vitest';
import type { IDataObject } from 'n8n-workflow';
import { besideService } from './besideService.ts';

const { service, n8n } = besideService();

beforeEach(() => {
  service.calls.length = 0;
  service.customers.clear();
  service.journeys.reset();
  for (const name of ['ada', 'bob']) {
    const identifiers = [{ kind: 'email', value: `${name}@example.com` }];
    service.customers.set(name, { id: name, identifiers, properties: { firstName: name } });
  }
});

const node = (parameters: IDataObject) => ({ name: 'Customer', type: 'customer', parameters });

it('gets the customers of the items in one call, and keeps the rest of the item', async () => {
  const items = [{ customer: { id: 'ada' }, run: { id: 'r1' } }, { customer: { id: 'bob' } }];
  const { outputs, error } = await n8n.run({ node: node({}), items });
  expect(error).toBeUndefined();
  expect(service.calls).toHaveLength(1);
  expect(outputs[0]?.[0]?.json).toMatchObject({
    run: { id: 'r1' },
    customer: { id: 'ada', email: 'ada@example.com', firstName: 'ada' },
  });
  expect(outputs[0]?.[1]?.pairedItem).toEqual({ item: 1 });
});

it('finds by an identifier from an expression', async () => {
  const parameters = { identifyBy: 'email', identifier: '={{ $json.mail }}' };
  const { outputs } = await n8n.run({ node: node(parameters), items: [{ mail: 'bob@example.com' }] });
  expect(outputs[0]?.[0]?.json.customer).toMatchObject({ id: 'bob' });
});

it('an unknown customer is an error, or null if the operator wants to go on', async () => {
  const parameters = { identifyBy: 'email', identifier: 'nobody@example.com' };
  const { error } = await n8n.run({ node: node(parameters), items: [{}] });
  expect(error?.message).toBe('There is no such customer');
  const { outputs } = await n8n.run({ node: node({ ...parameters, whenNotFound: 'continue' }), items: [{ a: 1 }] });
  expect(outputs[0]?.[0]?.json).toEqual({ a: 1, customer: null });
});

it('an item that names nobody says so', async () => {
  const { error } = await n8n.run({ node: node({}), items: [{ customer: { id: 'ada' } }, {}] });
  expect(error?.message).toBe('This item does not say which customer');
  expect((error as unknown as { context: IDataObject }).context.itemIndex).toBe(1);
});

it('creates or updates with properties, and shows what the service refuses', async () => {
  const parameters = {
    operation: 'upsert',
    identifiers: { email: '={{ $json.mail }}' },
    properties: { property: [{ name: 'shoeSize', value: '={{ $json.size }}' }] },
  };
  const { outputs } = await n8n.run({ node: node(parameters), items: [{ mail: 'cleo@example.com', size: 42 }] });
  expect(outputs[0]?.[0]?.json.customer).toMatchObject({ email: 'cleo@example.com', shoeSize: 42 });
  const { error } = await n8n.run({ node: node(parameters), items: [{ mail: 'not an address', size: 1 }] });
  expect(error?.message).toBe('This is not an e-mail address.');
});

it('sets consent for the customer of the item', async () => {
  const parameters = { operation: 'setConsent', channel: 'sms', state: 'unsubscribed', source: 'call centre' };
  await n8n.run({ node: node(parameters), items: [{ customer: { id: 'ada' } }] });
  expect(service.callsTo('/v1/customers/consent')[0]?.body.items).toEqual([
    { ref: '0', customerId: 'ada', channel: 'sms', state: 'unsubscribed', source: 'call centre' },
  ]);
});

it('marks customers as disengaged, each item for itself', async () => {
  const parameters = { operation: 'markDisengaged', channel: 'email', source: 'win-back' };
  const items = [{ customer: { id: 'ada' } }, { customer: { id: 'nobody' } }];
  const { outputs } = await n8n.run({ node: { ...node(parameters), onError: 'continueRegularOutput' }, items });
  expect(service.callsTo('/v1/customers/suppression')[0]?.body.items).toEqual([
    { ref: '0', customerId: 'ada', channel: 'email', source: 'win-back' },
    { ref: '1', customerId: 'nobody', channel: 'email', source: 'win-back' },
  ]);
  expect(outputs[0]?.map(({ json }) => json)).toMatchObject([
    { customer: { id: 'ada' } },
    { error: 'names a customer that does not exist' },
  ]);

  service.calls.length = 0;
  const test = [{ customer: { id: 'cus_test' }, run: { id: 'run_test', segment: 1 } }];
  const rehearsed = await n8n.run({ node: node(parameters), items: test, mode: 'manual' });
  expect(rehearsed.outputs[0]?.[0]?.json.customer).toMatchObject({
    suppression: [{ reason: 'disengaged', channel: 'email', source: 'win-back' }],
  });
  expect(service.calls).toEqual([]);
});

it('requests an opt-in: the link comes onto the item, the same one when the segment runs again', async () => {
  const parameters = { operation: 'requestOptIn', channel: 'email', source: 'footer form', validDays: 3 };
  const items = [{ customer: { id: 'ada', firstName: 'Ada' }, run: { id: 'run_1', segment: 2 } }];
  const { outputs, error } = await n8n.run({ node: node(parameters), items });
  expect(error).toBeUndefined();
  const [asked] = service.callsTo('/v1/customers/consent/requests')[0]?.body.items as IDataObject[];
  expect(asked).toEqual({
    ref: '0',
    customerId: 'ada',
    channel: 'email',
    source: 'footer form',
    expiresIn: 'P3D',
    key: expect.stringMatching(/^run_1\/2\/.+/) as unknown,
  });
  expect(outputs[0]?.[0]?.json).toMatchObject({
    customer: { id: 'ada', firstName: 'Ada' },
    optIn: { confirmUrl: `https://x.example.com/d/${asked?.key as string}`, expiresAt: '2026-11-29' },
  });
  const unknown = await n8n.run({ node: node(parameters), items: [{ customer: { id: 'nobody' } }] });
  expect(unknown.error?.message).toBe('names a customer that does not exist');

  service.calls.length = 0;
  const test = [{ customer: { id: 'cus_test', consent: { email: 'never' } }, run: { id: 'run_test', segment: 1 } }];
  const rehearsed = await n8n.run({ node: node(parameters), items: test, mode: 'manual' });
  expect(rehearsed.outputs[0]?.[0]?.json).toMatchObject({
    customer: { consent: { email: 'never' } },
    optIn: { confirmUrl: expect.stringMatching(/^https:/) as unknown },
  });
  expect(service.calls).toEqual([]);
});

it('a manual test of a journey changes no customer, and knows the made-up one', async () => {
  const run = { id: 'run_test', segment: 1 };
  const madeUp = { id: 'cus_test', email: 'ada@example.com', firstName: 'Ada' };
  const items = [
    { customer: { id: 'ada' }, run },
    { customer: madeUp, run },
  ];
  const test = async (parameters: IDataObject) => await n8n.run({ node: node(parameters), items, mode: 'manual' });

  const got = await test({ operation: 'get' });
  expect(got.error).toBeUndefined();
  expect(got.outputs[0]?.[1]?.json.customer).toMatchObject({ ...madeUp, properties: { firstName: 'Ada' } });

  const property = [{ name: 'tier', value: 'gold' }];
  const upserted = await test({ operation: 'upsert', properties: { property } });
  const consented = await test({ operation: 'setConsent', channel: 'sms', state: 'subscribed', source: 'till' });
  for (const [index, id] of ['ada', 'cus_test'].entries()) {
    expect(upserted.outputs[0]?.[index]?.json.customer).toMatchObject({ id, tier: 'gold' });
    expect(consented.outputs[0]?.[index]?.json.customer).toMatchObject({
      id,
      consent: { sms: { state: 'subscribed', source: 'till' } },
    });
  }
  expect(consented.hints).toEqual([expect.stringMatching(/^Test run: no customer was changed/)]);
  expect(service.calls.map(({ url }) => url)).toEqual(Array(3).fill('/v1/customers/lookup'));
});

it('outside of a journey, a manual execution writes as the node says', async () => {
  const parameters = { operation: 'setConsent', channel: 'sms', state: 'subscribed', source: 'till' };
  await n8n.run({ node: node(parameters), items: [{ customer: { id: 'ada' } }], mode: 'manual' });
  expect(service.calls.map(({ url }) => url)).toEqual(['/v1/customers/consent']);
});

it('has the newest address as the email of a customer with several, as journeys have', async () => {
  const identifiers = ['ada.old@example.com', 'ada.new@example.com'].map((value) => ({ kind: 'email', value }));
  service.customers.set('ada', { id: 'ada', identifiers, properties: {} });
  const { outputs } = await n8n.run({ node: node({ operation: 'get' }), items: [{ customer: { id: 'ada' } }] });
  expect(outputs[0]?.[0]?.json.customer).toMatchObject({ email: 'ada.new@example.com', identifiers });
});

it.each(['setConsent', 'requestOptIn', 'markDisengaged'])(
  '%s names its own field when an item has no customer',
  async (operation) => {
    const { error } = await n8n.run({ node: node({ operation }), items: [{}] });
    expect(error).toMatchObject({
      message: 'This item does not say which customer',
      description: expect.stringContaining('"Customer ID"'),
    });
  },
);

it('gets events and orders, as a list on the item or one item each', async () => {
  service.journeys.events.set('ada', [{ type: 'searched' }, { type: 'custom:fitting' }, { type: 'subscribed' }]);
  service.journeys.orders.set('bob', [{ orderId: 'o2' }, { orderId: 'o1' }]);
  const events = { resource: 'activity', operation: 'getHistory', types: ['searched'], customTypes: 'fitting' };
  const items = [{ customer: { id: 'ada' } }, { customer: { id: 'cus_test' } }];
  const { outputs } = await n8n.run({ node: node(events), items });
  expect(outputs[0]?.map(({ json }) => json.history)).toEqual([[{ type: 'searched' }, { type: 'custom:fitting' }], []]);
  const orders = {
    resource: 'activity',
    operation: 'getHistory',
    of: 'orders',
    limit: 1,
    output: 'items',
    identifyBy: 'email',
    identifier: 'bob@example.com',
  };
  const each = await n8n.run({ node: node(orders), items: [{}] });
  expect(each.outputs[0]).toMatchObject([{ json: { orderId: 'o2' }, pairedItem: { item: 0 } }]);
});

it('gets totals; who is not known has not bought', async () => {
  const totals = { orders: 2, revenueMinor: 5000, currency: 'EUR' };
  service.customers.set('ada', { id: 'ada', identifiers: [], properties: {}, totals });
  const parameters = {
    resource: 'activity',
    operation: 'getTotals',
    identifyBy: 'customerId',
    identifier: '={{ $json.id }}',
  };
  const { outputs } = await n8n.run({ node: node(parameters), items: [{ id: 'ada' }, { id: 'nobody' }] });
  expect(outputs[0]?.map(({ json }) => json)).toMatchObject([
    { id: 'ada', totals },
    { id: 'nobody', totals: { orders: 0, revenueMinor: 0, lastOrderAt: null } },
  ]);
  const strict = await n8n.run({ node: node({ ...parameters, whenNotFound: 'error' }), items: [{ id: 'nobody' }] });
  expect(strict.error).toMatchObject({
    message: 'There is no such customer',
    description: expect.stringContaining('"Zeros"'),
  });
});

it('merges profiles, also when it is asked again, and says which one is not there', async () => {
  const parameters = { operation: 'merge', mergeBy: 'email', mergeValue: '={{ $json.other }}' };
  const item = { customer: { id: 'ada' }, other: 'bob@example.com' };
  for (let attempt = 0; attempt < 2; attempt++) {
    const { outputs, error } = await n8n.run({ node: node(parameters), items: [item] });
    expect(error).toBeUndefined();
    expect((outputs[0]?.[0]?.json.customer as IDataObject).identifiers).toHaveLength(2);
  }
  const { error } = await n8n.run({ node: node(parameters), items: [{ ...item, other: 'nobody@example.com' }] });
  expect(error?.message).toBe('There is no such customer (the profile to merge in)');
  const unsaid = await n8n.run({ node: node(parameters), items: [{ ...item, other: '' }] });
  expect(unsaid.error).toMatchObject({
    message: 'This item does not say which profile to merge in',
    description: expect.stringContaining('"Other Profile"'),
  });
  service.calls.length = 0;
  const test = { ...item, run: { id: 'run_test', segment: 1 } };
  await n8n.run({ node: node(parameters), items: [test], mode: 'manual' });
  expect(service.calls.map(({ url }) => url)).toEqual(['/v1/customers/lookup']);
});

it('searches for what was typed, once for all items, to the last page', async () => {
  const parameters = { operation: 'search', text: '={{ $json.typed }}' };
  const { outputs } = await n8n.run({ node: node(parameters), items: [{ typed: 'bob@' }, { typed: 'none' }] });
  expect(outputs[0]).toMatchObject([
    { json: { customer: { id: 'bob', email: 'bob@example.com' } }, pairedItem: { item: 0 } },
  ]);
  for (let index = 0; index < 600; index++) {
    const identifiers = [{ kind: 'email', value: `c${index}@example.com` }];
    service.customers.set(`c${index}`, { id: `c${index}`, identifiers, properties: {} });
  }
  service.calls.length = 0;
  const all = { ...parameters, text: 'c', returnAll: true, output: 'list' };
  expect((await n8n.run({ node: node(all), items: [{}] })).error?.message).toBe('There is nothing to search for');
  const list = await n8n.run({ node: node({ ...all, text: 'c1' }), items: [{ a: 1 }, {}] });
  expect(list.outputs[0]?.map(({ json }) => (json.customers as unknown[]).length)).toEqual([111, 111]);
  expect(service.calls).toHaveLength(1);
});
