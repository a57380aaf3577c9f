/** The rules for templates: every template keeps them, and each rule says what is wrong with one that does not. */
import { beforeAll, describe, expect, it, test } from 'vitest';
import type { INodeTypeDescription } from 'n8n-workflow';
import { readTemplateFiles } from '../../../host/lintTemplates.ts';
import { nodeDescriptions } from '../../../host/nodeDescriptions.ts';
import { lintTemplate, type Template } from '../../../host/templateLint.ts';

const OURS = 'n8n-nodes-commerce-journeys';
let descriptions: Map<string, INodeTypeDescription>;
beforeAll(async () => {
  descriptions = await nodeDescriptions();
});

test.each(readTemplateFiles())('%s keeps the rules', (key, template) => {
  expect(lintTemplate(key, template, descriptions)).toEqual([]);
});

/** A journey of one wait and two messages. */
function journey(): Template {
  const step = (name: string, type: string, typeVersion: number, parameters = {}) => ({
    ...{ id: name, name, type, typeVersion, position: [0, 0] as [number, number], parameters },
    ...(type.startsWith(OURS) && { credentials: { commerceJourneysApi: { id: null, name: 'Account' } } }),
  });
  const to = (...names: string[][]) => ({
    main: names.map((targets) => targets.map((node) => ({ node, type: 'main' as const, index: 0 }))),
  });
  const steps = [
    step('Cart', `${OURS}.journeyTrigger`, 1, { journeyKey: 'cart', options: { priority: 20 } }),
    step('Settings', 'n8n-nodes-base.set', 3.4, {
      assignments: { assignments: [{ name: 'settings.brandName', value: 'Example Shop' }] },
    }),
    step('First', `${OURS}.channelSend`, 1, { subject: '{{ settings.brandName }}' }),
    step('Wait', `${OURS}.journeyWait`, 1, { resume: 'duration', amount: 1 }),
    step('Last', `${OURS}.channelSend`, 1, { subject: 'Bye' }),
  ];
  const notes = ['Whole', ...steps.map(({ name }) => name)];
  return {
    name: 'Cart',
    nodes: [...steps, ...notes.map((name) => step(`About ${name}`, 'n8n-nodes-base.stickyNote', 1))],
    connections: {
      Cart: to(['Settings']),
      Settings: to(['First']),
      First: to(['Wait'], ['Wait']),
      Wait: to(['Last']),
    },
  };
}

const node = ({ nodes }: Template, name: string) => nodes.find((one) => one.name === name)!;

describe('a template', () => {
  it('that keeps them is fine', () => {
    expect(lintTemplate('cart', journey(), descriptions)).toEqual([]);
  });

  it.each<[string, (template: Template) => void, string]>([
    ['has only nodes that exist', (one) => (node(one, 'Wait').type = `${OURS}.nap`), 'templates do not use'],
    ['of versions that exist', (one) => (node(one, 'Wait').typeVersion = 9), 'version 9'],
    ['of n8n, too', (one) => (node(one, 'Settings').typeVersion = 1), 'version 1 of n8n-nodes-base.set'],
    ['has parameters that exist', (one) => (node(one, 'Wait').parameters['naptime'] = 1), 'the parameter naptime'],
    [
      'within collections as well',
      (one) => (node(one, 'Cart').parameters['options'] = { urgency: 1 }),
      'the parameter options.urgency',
    ],
    [
      'within lists of events as well',
      (one) => (node(one, 'Cart').parameters['exitEvents'] = { event: [{ type: 'refunded', when: 'now' }] }),
      'the parameter exitEvents.event.when',
    ],
    [
      'has connections to nodes that exist',
      (one) => one.connections['Wait']!['main']![0]!.push({ node: 'Gone', type: 'main', index: 0 }),
      'connected to "Gone"',
    ],
    ['and from such', (one) => (one.connections['Gone'] = one.connections['Wait']!), 'begins at "Gone"'],
    [
      'connects only outputs that exist',
      (one) => (one.connections['Settings'] = one.connections['First']!),
      '"Settings" has 1 outputs',
    ],
    [
      'reaches each of its steps',
      (one) => {
        one.connections['First'] = { main: [[], []] };
      },
      '"Wait" cannot be reached',
    ],
    [
      'loses nobody behind a message',
      (one) => (one.connections['First'] = { main: [one.connections['First']!['main']![0]!] }),
      '"First" goes on at one of its outputs only',
    ],
    ['has the key of its file', (one) => (node(one, 'Cart').parameters['journeyKey'] = 'basket'), 'is not the file'],
    [
      'has a journey of that key itself',
      (one) => (node(one, 'Cart').parameters['journeyKey'] = 'cart-opt-in'),
      'No Journey Trigger has the journey key "cart"',
    ],
    ['has its settings in one place', (one) => (node(one, 'Settings').name = 'Values'), 'no node called Settings'],
    [
      'has all settings that it asks for',
      (one) => (node(one, 'Last').parameters['subject'] = '{{ settings.offer }}'),
      'settings.offer is used',
    ],
    [
      'has no setting that does nothing',
      (one) => (node(one, 'First').parameters['subject'] = 'Hello'),
      'Settings has settings.brandName, which nothing uses',
    ],
    ['has notes', (one) => one.nodes.pop(), '5 notes for 5 steps'],
    ['has nobody’s credentials', (one) => (node(one, 'Wait').credentials!['commerceJourneysApi']!.id = 'a1'), 'id'],
    ['has no pinned data', (one) => (one['pinData'] = {}), 'pinData'],
    ['comes from no machine', (one) => (one['meta'] = { instanceId: 'a1' }), 'meta'],
    ['names no people', (one) => (node(one, 'Last').parameters['subject'] = 'ann@shop.test'), 'ann@shop.test'],
    ['links to nobody', (one) => (node(one, 'Last').parameters['html'] = '<a href="https://a.shop/x">'), 'a.shop'],
    ['calls nobody', (one) => (node(one, 'Last').parameters['text'] = 'Call +43 660 1234567'), '+43 660 1234567'],
    ['calls each node by a name of its own', (one) => (node(one, 'Last').name = 'First'), 'called "First"'],
  ])('%s', (_rule, spoil, problem) => {
    const template = journey();
    spoil(template);
    expect(lintTemplate('cart', template, descriptions).join('\n')).toContain(problem);
  });
});
