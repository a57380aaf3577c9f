/** Journey → Split, run by n8n's own engine, on the real service. */
import type { IDataObject, INode, WorkflowExecuteMode } from 'n8n-workflow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Journey } from '../../nodes/Journey/Journey.node.ts';
import { N8nRunner, workflowModule } from '../unit/nodes/n8nRunner.ts';
import { API_KEY, TestService } from './service.ts';

let service: TestService;
let n8n: N8nRunner;
let ids: string[];

beforeAll(async () => {
  service = await TestService.create('sqlite');
  const baseUrl = await service.app.listen({ host: '127.0.0.1', port: 0 });
  n8n = await new N8nRunner({ commerceJourneysApi: { baseUrl, apiKey: API_KEY } }).load();
  ids = [];
  for (let index = 0; index < 30; index++) {
    const { body } = await service.call('PUT', '/v1/customers', { identity: { externalId: `shopper-${index}` } });
    ids.push((body as { id: string }).id);
  }
});
afterAll(async () => {
  n8n.unload();
  await service.close();
});

const split = (names: string[], more: IDataObject = {}): IDataObject => ({
  resource: 'experiment',
  operation: 'split',
  experimentKey: 'offer',
  arms: { arm: names.map((name) => ({ name, weight: 1 })) },
  ...more,
});

async function run(
  items: IDataObject[],
  parameters: IDataObject,
  { onError, mode }: { onError?: INode['onError']; mode?: WorkflowExecuteMode } = {},
) {
  const node = { name: 'Split', type: 'journey', parameters, ...(onError && { onError }) };
  return await n8n.run({ items, node, ...(mode && { mode }) });
}

const shoppers = () => ids.map((id) => ({ customer: { id }, kept: true }));
const exposed = async (key: string) =>
  await service.store.db.selectFrom('exposures').selectAll().where('experiment_key', '=', key).execute();

describe('a split', () => {
  it('lets each customer out at the output of the arm, with the arm on the item', async () => {
    const { outputs, error } = await run(shoppers(), split(['A', 'B', 'C']));
    expect(error).toBeUndefined();
    expect(outputs).toHaveLength(3);
    for (const [index, arm] of ['A', 'B', 'C'].entries()) {
      const items = outputs[index] ?? [];
      expect(items.length).toBeGreaterThan(0);
      for (const { json, pairedItem } of items) {
        expect(json).toMatchObject({ kept: true, experiment: { key: 'offer', arm } });
        expect(pairedItem).toEqual({ item: ids.indexOf((json.customer as { id: string }).id) });
      }
    }
    expect(outputs.flat()).toHaveLength(ids.length);
    const again = await run(shoppers(), split(['C', 'A', 'B']));
    expect(again.outputs[1]?.map(({ json }) => json)).toEqual(outputs[0]?.map(({ json }) => json));
    expect(await exposed('offer')).toHaveLength(ids.length);
  });

  it('writes down the run that has come to it', async () => {
    const run1 = { id: 'run_1', segment: 1 };
    await run([{ customer: { id: ids[0] ?? '' }, run: run1 }], split(['A', 'B'], { experimentKey: 'runs' }));
    expect(await exposed('runs')).toMatchObject([{ customer_id: ids[0], run_id: 'run_1' }]);
  });

  it('has an output for those who are held out, the last one', async () => {
    const { outputs } = await run(shoppers(), split(['A'], { experimentKey: 'held', holdoutPercent: 50 }));
    expect(outputs.map((output) => output.length > 0)).toEqual([true, true]);
    expect(outputs[1]?.[0]?.json.experiment).toEqual({ key: 'held', arm: 'holdout' });
  });

  it('sends the made-up customer of a test on its way, and counts nobody', async () => {
    const item = { customer: { id: 'cus_test' }, run: { id: 'run_test', segment: 0 } };
    const { outputs, hints, error } = await run([item], split(['A', 'B'], { experimentKey: 'test' }), {
      mode: 'manual',
    });
    expect(error).toBeUndefined();
    expect(outputs.flat()[0]?.json).toMatchObject({ experiment: { key: 'test', arm: expect.any(String) as string } });
    expect(hints.join()).toContain('not counted');
    expect(await exposed('test')).toEqual([]);
  });

  it('goes on with the others when an item has no customer, who is in no arm', async () => {
    const items = [{ note: 'nobody' }, { customer: { id: ids[0] ?? '' } }, { customer: { id: 'cus_gone' } }];
    const parameters = split(['A', 'B'], { experimentKey: 'some', holdoutPercent: 1 });
    const { outputs } = await run(items, parameters, { onError: 'continueRegularOutput' });
    expect(outputs[2]?.map(({ json }) => json)).toEqual([
      { note: 'nobody', error: 'This item does not say which customer' },
      { customer: { id: 'cus_gone' }, error: 'names a customer that does not exist' },
    ]);
    expect(await exposed('some')).toHaveLength(1);
    const stopped = await run(items.slice(0, 1), parameters);
    expect(stopped.error?.message).toBe('This item does not say which customer');
  });

  it.each([
    ['no key', split(['A', 'B'], { experimentKey: ' ' }), 'The experiment has no key', 'Fill in "Experiment Key"'],
    ['a name twice', split(['A', 'B', 'a']), 'The customers cannot be split', '/arms/2/name: is used twice'],
    ['no second arm', split(['A']), 'The customers cannot be split', 'needs two arms or more'],
    [
      'a weight of nothing',
      split([], {
        arms: {
          arm: [
            { name: 'A', weight: 1 },
            { name: 'B', weight: 0 },
          ],
        },
      }),
      'The customers cannot be split',
      'of "B" has to be above 0',
    ],
  ])('is refused with %s', async (_what, parameters, message, description) => {
    const { error } = await run(shoppers().slice(0, 1), parameters);
    expect(error?.message).toContain(message);
    expect(error?.description).toContain(description);
  });
});

describe('the outputs on the canvas', () => {
  const outputsOf = (parameters: IDataObject) => {
    const { description } = new Journey();
    const node = { id: '1', name: 'Split', type: 'journey', typeVersion: 1, position: [0, 0], parameters } as INode;
    const { Workflow, NodeHelpers } = workflowModule;
    const type = { description, execute: () => Promise.resolve([]) };
    const nodeTypes = { getByName: () => type, getByNameAndVersion: () => type, getKnownTypes: () => ({}) };
    const workflow = new Workflow({ nodes: [node], connections: {}, active: false, nodeTypes });
    return NodeHelpers.getNodeOutputs(workflow, node, description);
  };

  it('have the names of the arms', () => {
    expect(outputsOf(split(['No offer', 'Free shipping'], { holdoutPercent: 10 }))).toEqual([
      { type: 'main', displayName: 'No offer' },
      { type: 'main', displayName: 'Free shipping' },
      { type: 'main', displayName: 'Holdout' },
    ]);
    expect(
      outputsOf({ resource: 'experiment', operation: 'split' }).map(
        (output) => (output as { displayName: string }).displayName,
      ),
    ).toEqual(['A', 'B']);
    expect(outputsOf({ operation: 'enrol' })).toEqual([{ type: 'main' }]);
  });
});
