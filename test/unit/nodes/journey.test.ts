/** The Journey node through n8n's own engine: enrol, exit, list, pause, products; batched calls, refusals, manual tests. */
import type { IDataObject, ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import { beforeEach, describe, expect, it } from 'vitest';
import { besideService } from './besideService.ts';
import { API_KEY } from './fakeService.ts';

const { service, n8n } = besideService();

beforeEach(() => {
  service.calls.length = 0;
  service.customers.clear();
  service.journeys.reset();
  for (const name of ['ada', 'bob']) {
    const identifiers = [{ kind: 'email', value: `${name}@example.com` }];
    service.customers.set(name, { id: name, identifiers, properties: {} });
  }
});

const WIN_BACK = { mode: 'list', value: 'win-back' };
const ada = { customer: { id: 'ada' } };
const bob = { customer: { id: 'bob' } };
async function run(
  parameters: IDataObject,
  items: IDataObject[],
  more: { mode?: 'manual'; onError?: 'continueRegularOutput' } = {},
) {
  const { onError, ...rest } = more;
  const node = { name: 'Journey', type: 'journey', parameters, ...(onError && { onError }) };
  const { outputs, error, hints } = await n8n.run({ node, items, ...rest });
  return { output: outputs[0] ?? [], error, hints };
}

it('offers the journeys that the service knows', async () => {
  const { searchJourneys } = n8n.nodeType('journey').methods?.listSearch ?? {};
  const caller = {
    getNode: () => ({ name: 'Journey' }),
    getCredentials: () => Promise.resolve({ baseUrl: service.url, apiKey: API_KEY }),
    helpers: {
      httpRequestWithAuthentication: async (_: string, { url }: { url: string }) => {
        const response = await fetch(url, { headers: { authorization: `Bearer ${API_KEY}` } });
        return { statusCode: response.status, body: await response.json() };
      },
    },
  } as unknown as ILoadOptionsFunctions;
  const all = (await searchJourneys?.call(caller)) as INodeListSearchResult;
  expect(all.results).toEqual([
    { name: 'Welcome (paused)', value: 'welcome' },
    { name: 'Win-Back', value: 'win-back' },
  ]);
  expect(((await searchJourneys?.call(caller, 'WIN')) as INodeListSearchResult).results).toHaveLength(1);
});

describe('enrol', () => {
  it('brings all items in with one call, with what the entry is to say', async () => {
    const property = [{ name: 'orderId', value: '={{ $json.order }}' }];
    const { output, error } = await run({ journey: WIN_BACK, properties: { property } }, [
      { ...ada, order: 'o1' },
      { ...bob, order: 'o2' },
    ]);
    expect(error).toBeUndefined();
    expect(service.calls.map(({ url }) => url)).toEqual(['/v1/journeys/win-back/runs/batch']);
    expect(service.calls[0]?.body.items).toMatchObject([
      { ref: '0', identity: { customerId: 'ada' }, properties: { orderId: 'o1' } },
      { ref: '1', identity: { customerId: 'bob' }, properties: { orderId: 'o2' } },
    ]);
    expect(output.map(({ json }) => json)).toMatchObject([
      { customer: { id: 'ada' }, order: 'o1', enrolment: { journey: 'win-back', entered: true, runId: 'run_1' } },
      { customer: { id: 'bob' }, enrolment: { entered: true, runId: 'run_2', reason: null } },
    ]);
    expect(output[1]?.pairedItem).toEqual({ item: 1 });
  });

  it('brings nobody in twice when a segment runs again', async () => {
    const inJourney = { ...ada, run: { id: 'r7', segment: 2 } };
    for (let attempt = 0; attempt < 2; attempt++) await run({ journey: WIN_BACK }, [inJourney]);
    expect(service.journeys.runs).toHaveLength(1);
    await run({ journey: WIN_BACK }, [{ ...ada, run: { id: 'r7', segment: 3 } }]);
    expect(service.journeys.runs).toHaveLength(2);
  });

  it('a refusal is on the item, or an error if the operator wants that', async () => {
    service.journeys.refused.set('ada', { reason: 'coolingDown', message: 'Its cool-down is not over.' });
    const { output } = await run({ journey: WIN_BACK }, [ada, bob]);
    expect(output.map(({ json }) => json.enrolment)).toMatchObject([
      { entered: false, runId: null, reason: 'coolingDown', message: 'Its cool-down is not over.' },
      { entered: true },
    ]);
    const strict = { journey: WIN_BACK, whenRefused: 'error' };
    expect((await run(strict, [ada])).error?.message).toBe('Its cool-down is not over.');
    const { output: rest } = await run(strict, [ada, bob], { onError: 'continueRegularOutput' });
    expect(rest[0]?.json).toMatchObject({ customer: { id: 'ada' }, error: 'Its cool-down is not over.' });
    expect(rest[1]?.json).toMatchObject({ enrolment: { entered: true } });
  });

  it('says which journey or customer is missing', async () => {
    expect((await run({ journey: { mode: 'key', value: '={{ $json.none }}' } }, [ada])).error?.message).toBe(
      'No journey is chosen for this item',
    );
    expect((await run({ journey: { mode: 'key', value: 'nope' } }, [ada])).error?.message).toBe(
      'There is no journey "nope".',
    );
    expect((await run({ journey: WIN_BACK }, [{}])).error?.message).toBe('This item does not say which customer');
  });

  it('a manual test of a journey enrols nobody', async () => {
    const test = { ...ada, run: { id: 'run_test', segment: 1 } };
    const { output, hints } = await run({ journey: WIN_BACK }, [test], { mode: 'manual' });
    expect(output[0]?.json.enrolment).toMatchObject({ entered: true, runId: 'run_test' });
    expect(hints).toEqual([expect.stringMatching(/^Test run: nobody was enrolled/)]);
    expect(service.journeys.runs).toEqual([]);
  });
});

describe('exit', () => {
  beforeEach(() => {
    for (const [index, journey] of ['win-back', 'welcome', 'win-back'].entries()) {
      const customerId = index === 2 ? 'bob' : 'ada';
      service.journeys.runs.push({ id: `run_${index}`, journey, customerId, status: 'running' });
    }
  });

  it('ends the runs of one journey, of a customer found by e-mail', async () => {
    const parameters = {
      operation: 'exit',
      journey: WIN_BACK,
      identifyBy: 'email',
      identifier: '={{ $json.mail }}',
      reason: 'opened a ticket',
    };
    const { output } = await run(parameters, [{ mail: 'ada@example.com' }]);
    expect(output[0]?.json).toEqual({ mail: 'ada@example.com', exited: [{ runId: 'run_0', journey: 'win-back' }] });
    expect(service.callsTo('/v1/runs/exit')[0]?.body.items).toEqual([
      { ref: '0', customerId: 'ada', journey: 'win-back', reason: 'opened a ticket' },
    ]);
    const unknown = await run(parameters, [{ mail: 'nobody@example.com' }]);
    expect(unknown.error?.message).toBe('There is no such customer');
  });

  it('ends all others and keeps the run of the item, unless that is to end too', async () => {
    const item = { ...ada, run: { id: 'run_1', segment: 1 } };
    const { output } = await run({ operation: 'exit', from: 'all' }, [item]);
    expect(output[0]?.json.exited).toEqual([{ runId: 'run_0', journey: 'win-back' }]);
    const last = await run({ operation: 'exit', from: 'all', keepOwnRun: false }, [item]);
    expect(last.output[0]?.json.exited).toEqual([{ runId: 'run_1', journey: 'welcome' }]);
    expect(service.journeys.runs.map(({ status }) => status)).toEqual(['exited', 'exited', 'running']);
  });

  it('takes no reason that could name somebody, and does nothing in a test', async () => {
    const named = await run({ operation: 'exit', from: 'all', reason: 'wrote to ada@example.com' }, [ada]);
    expect(named.error?.message).toBe('The reason cannot be used');
    const test = { ...ada, run: { id: 'run_test', segment: 1 } };
    await run({ operation: 'exit', from: 'all' }, [test], { mode: 'manual' });
    expect(service.journeys.runs.every(({ status }) => status === 'running')).toBe(true);
  });
});

describe('list runs', () => {
  beforeEach(() => {
    for (let index = 0; index < 1200; index++) {
      const customerId = index < 3 ? 'ada' : `c${index}`;
      const journey = index % 2 === 0 ? 'win-back' : 'welcome';
      service.journeys.runs.push({ id: `run_${index}`, journey, customerId, status: 'running' });
    }
  });

  it('gives one item for each run of a customer, paired with its own', async () => {
    const { output } = await run({ operation: 'listRuns', limit: 2 }, [bob, ada]);
    expect(output.map(({ json, pairedItem }) => [json.id, pairedItem])).toEqual([
      ['run_0', { item: 1 }],
      ['run_1', { item: 1 }],
    ]);
  });

  it('or a list on the item, also of the made-up customer of a test', async () => {
    const test = { customer: { id: 'cus_test' }, run: { id: 'run_test', segment: 1 } };
    const parameters = { operation: 'listRuns', output: 'list', journey: WIN_BACK };
    const { output } = await run(parameters, [ada, test], { mode: 'manual' });
    expect(output.map(({ json }) => (json.runs as { id: string }[]).map(({ id }) => id))).toEqual([
      ['run_0', 'run_2'],
      [],
    ]);
  });

  it('reads all pages of everybody, once for all items', async () => {
    const parameters = { operation: 'listRuns', of: 'everybody', returnAll: true, output: 'list' };
    const { output } = await run(parameters, [{}, {}]);
    expect(output.map(({ json }) => (json.runs as unknown[]).length)).toEqual([1200, 1200]);
    expect(service.calls).toHaveLength(3);
    const few = await run({ operation: 'listRuns', of: 'everybody', limit: 7, journey: WIN_BACK }, [{}]);
    expect(few.output).toHaveLength(7);
  });
});

describe('get products', () => {
  it('looks up those of the item, or those that are named, each once', async () => {
    service.journeys.products.set('p1', { productId: 'p1', stock: 3 });
    const entry = { properties: { items: [{ productId: 'p1' }, { productId: 'p9' }] } };
    const items = [{ ...ada, run: { id: 'r1', segment: 1, entry } }, { ids: 'p1, p1' }, {}];
    const parameters = { operation: 'getProducts', productIds: '={{ $json.ids ?? "" }}' };
    const { output } = await run(parameters, items);
    expect(service.calls).toHaveLength(1);
    expect(output.map(({ json }) => [json.products, json.productsNotFound])).toEqual([
      [[{ productId: 'p1', stock: 3 }], ['p9']],
      [[{ productId: 'p1', stock: 3 }], []],
      [[], []],
    ]);
  });
});

describe('pause and resume', () => {
  it('switches a journey once for all items, and says how it is', async () => {
    const { output } = await run({ operation: 'setState', journey: WIN_BACK }, [ada, bob]);
    expect(output.map(({ json }) => json)).toEqual(
      [ada, bob].map((item) => ({ ...item, journey: { key: 'win-back', name: 'Win-Back', state: 'paused' } })),
    );
    expect(service.calls.map(({ method, url }) => [method, url])).toEqual([['POST', '/v1/journeys/win-back/pause']]);
    const resumed = await run({ operation: 'setState', state: 'active', journey: WIN_BACK }, [ada]);
    expect(resumed.output[0]?.json.journey).toMatchObject({ state: 'active' });
  });

  it('says that there is no such journey', async () => {
    const { error } = await run({ operation: 'setState', journey: { mode: 'key', value: 'nope' } }, [ada]);
    expect(error?.message).toContain('There is no journey');
  });

  it('leaves journeys alone in the test of one', async () => {
    const item = { ...ada, run: { id: 'run_test', segment: 1 } };
    const { output, hints } = await run({ operation: 'setState', journey: WIN_BACK }, [item], { mode: 'manual' });
    expect(output[0]?.json.journey).toMatchObject({ key: 'win-back', state: 'active' });
    expect(hints).toEqual([expect.stringContaining('no journey was paused')]);
    const unknown = { operation: 'setState', state: 'active', journey: { mode: 'key', value: 'nope' } };
    expect((await run(unknown, [item], { mode: 'manual' })).error?.message).toBe('There is no journey "nope"');
  });
});
