import { expect, it } from 'vitest';
import { OperatorLinks } from '../../temporal/operatorLinks.ts';

const addresses = {
  operatorUrl: 'https://journeys.example.com',
  n8nEditorUrl: 'https://n8n.example.com/editor',
  temporalUiUrl: 'https://cloud.temporal.io',
  temporalNamespace: 'shop.abc12',
};
const links = new OperatorLinks(addresses);

it('lead to the other tools, whatever names there are', () => {
  expect(links.runPage('run_1')).toBe('https://journeys.example.com/runs/run_1');
  expect(links.n8nExecution('wf/1', '7')).toBe('https://n8n.example.com/editor/workflow/wf%2F1/executions/7');
  expect(links.temporalRun('journey/post-purchase/cus_1/o 1')).toBe(
    'https://cloud.temporal.io/namespaces/shop.abc12/workflows/journey%2Fpost-purchase%2Fcus_1%2Fo%201',
  );
  const list = new URL(links.temporalJourney('cart', "It's a\\b & more") ?? '');
  expect(list.pathname).toBe('/namespaces/shop.abc12/workflows');
  expect(list.searchParams.get('query')).toBe(
    'JourneyKey="cart" AND JourneyStep="It\'s a\\b & more" AND ExecutionStatus="Running"',
  );
});

it('lead nowhere where the Temporal UI is not known', () => {
  const none = new OperatorLinks({ ...addresses, temporalUiUrl: null });
  expect([none.temporalRun('x'), none.temporalJourney('x')]).toEqual([null, null]);
  expect(links.temporalJourney('cart', 'Wait "here"')).toBeNull();
});
