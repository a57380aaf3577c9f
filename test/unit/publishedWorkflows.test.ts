/** What n8n has published against what the service knows. */
import { expect, test } from 'vitest';
import { compare, endpointsOf, type KnownEndpoint } from '../../temporal/n8n/publishedWorkflows.ts';
import { urlBelow } from '../../temporal/n8n/signedPost.ts';

const TRIGGER = 'n8n-nodes-commerce-journeys.journeyTrigger';
const WAIT = 'n8n-nodes-commerce-journeys.journeyWait';
const workflow = {
  id: 'wf1',
  name: 'Cart recovery',
  nodes: [
    { id: 'n1', name: 'Cart abandoned', type: TRIGGER, webhookId: 'aaa', parameters: { journeyKey: 'cart', b: 1 } },
    { id: 'n2', name: 'Wait 1 Hour', type: WAIT },
    { id: 'n3', name: 'Off', type: WAIT, disabled: true, webhookId: 'ccc' },
    { id: 'n4', name: 'Set', type: 'n8n-nodes-base.set' },
  ],
};
const known = (over: Partial<KnownEndpoint> = {}): KnownEndpoint => ({
  kind: 'trigger',
  workflowId: 'wf1',
  workflowName: 'Cart recovery',
  nodeId: 'n1',
  nodeName: 'Cart abandoned',
  path: 'webhook/aaa/journey',
  parametersJson: '{"b":1,"journeyKey":"cart"}',
  ...over,
});

test('our nodes that are switched on, with the paths n8n gives them', () => {
  expect(endpointsOf([workflow]).map(({ kind, nodeId, path }) => ({ kind, nodeId, path }))).toEqual([
    { kind: 'trigger', nodeId: 'n1', path: 'webhook/aaa/journey' },
    { kind: 'wait', nodeId: 'n2', path: 'webhook/wf1/wait%201%20hour/journey' },
  ]);
});

test('what is missing, what has gone, what is the same', () => {
  const old = known({ nodeId: 'n9' });
  const { unknown, changed, gone } = compare(endpointsOf([workflow]), [known(), old]);
  expect(unknown.map((endpoint) => endpoint.nodeId)).toEqual(['n2']);
  expect(changed).toEqual([]);
  expect(gone).toEqual([old]);
});

test('changed parameters, names and paths', () => {
  for (const change of [{ parametersJson: '{}' }, { nodeName: 'Old' }, { path: 'webhook/old/journey' }]) {
    const { changed } = compare(endpointsOf([workflow]), [known(change)]);
    expect(changed.map((endpoint) => endpoint.nodeId)).toEqual(['n1']);
  }
});

test('a path never leads out of the configured n8n', () => {
  expect(urlBelow('http://n8n.local/base', 'webhook/a/journey')).toBe('http://n8n.local/base/webhook/a/journey');
  expect(urlBelow('http://n8n.local/base', '../../admin')).toBeNull();
  expect(urlBelow('http://n8n.local', '//evil.example/x')).toBe('http://n8n.local/evil.example/x');
  expect(urlBelow('http://n8n.local', '@evil.example/x')).toBe('http://n8n.local/@evil.example/x');
});
