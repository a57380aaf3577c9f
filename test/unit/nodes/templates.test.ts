/** The template workflows: importable, made of nodes that exist, readable in any item, with nobody's data in them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Liquid } from 'liquidjs';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import type { INode, IWorkflowBase } from 'n8n-workflow';
import { N8nRunner, PACKAGE, workflowModule } from './n8nRunner.ts';

const FOLDER = join(import.meta.dirname, '..', '..', '..', 'workflows');
const N8N_NODES = new Set([
  'n8n-nodes-base.set',
  'n8n-nodes-base.stickyNote',
  'n8n-nodes-base.if',
  'n8n-nodes-base.switch',
  // Where operators put their own steps.
  'n8n-nodes-base.noOp',
]);
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let n8n: N8nRunner;
beforeAll(async () => {
  n8n = await new N8nRunner({}).load();
});
afterAll(() => n8n.unload());

const templates = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .map((file) => [file, readFileSync(join(FOLDER, file), 'utf8')] as const);

describe.each(templates)('%s', (_, source) => {
  const workflow = JSON.parse(source) as IWorkflowBase;
  const ours = workflow.nodes.filter(({ type }) => type.startsWith(`${PACKAGE}.`));

  it('has a structure that n8n imports', () => {
    const result = workflowModule.safeParseWorkflowStructure(workflow);
    expect(result.success ? [] : result.issues).toEqual([]);
    expect(workflow.settings).toMatchObject({
      executionOrder: 'v1',
      saveDataSuccessExecution: 'none',
      saveDataErrorExecution: 'all',
    });
  });

  it('uses nodes that exist, each with a name of its own and parameters that the node knows', () => {
    for (const node of workflow.nodes) {
      if (!node.type.startsWith(`${PACKAGE}.`)) {
        expect(N8N_NODES).toContain(node.type);
        continue;
      }
      const { description } = n8n.nodeType(node.type);
      expect(node.name).not.toBe(description.defaults.name);
      const known = description.properties.map(({ name }) => name);
      expect(known).toEqual(expect.arrayContaining(Object.keys(node.parameters)));
      const issues = workflowModule.NodeHelpers.getNodeParametersIssues(description.properties, node, description);
      expect(issues).toBeNull();
    }
  });

  it('has stable ids, webhook ids where there are webhooks, and credentials by name only', () => {
    for (const { id } of workflow.nodes) expect(id).toMatch(UUID);
    expect(new Set(workflow.nodes.map(({ id }) => id)).size).toBe(workflow.nodes.length);
    for (const node of ours) {
      const { description } = n8n.nodeType(node.type);
      if (description.webhooks) expect(node.webhookId).toMatch(UUID);
      // Of a Commerce Trigger only those of its kind of shop, of a Channel Send only its provider's.
      const { properties } = description;
      const { getNodeParameters, displayParameter } = workflowModule.NodeHelpers;
      const parameters = getNodeParameters(properties, node.parameters, true, false, node, description) ?? {};
      const shown = (description.credentials ?? []).filter((credential) =>
        displayParameter(parameters, credential, node, description),
      );
      expect(Object.keys(node.credentials ?? {}).sort()).toEqual(shown.map(({ name }) => name).sort());
      for (const reference of Object.values(node.credentials ?? {})) expect(reference.id).toBeNull();
    }
  });

  it('has a note about the whole and one for each step', () => {
    const notes = workflow.nodes.filter(({ type }) => type === 'n8n-nodes-base.stickyNote');
    expect(notes.length).toBeGreaterThan(workflow.nodes.length - notes.length);
  });

  it('holds no personal data, no machine id and no discount', () => {
    const mails = source.match(/[\w.+-]+@[\w-]+\.[\w.-]+/g) ?? [];
    expect(mails.filter((mail) => !mail.endsWith('example.com'))).toEqual([]);
    expect(source).not.toMatch(/instanceId|localhost|127\.0\.0\.1/);
    expect(source).not.toMatch(/% off|\bcoupon\b|\bvoucher\b|hurry|only \d+ left|last chance|we noticed|we saw/i);
  });

  it.each(ours.filter(({ type }) => type.endsWith('.channelSend')).map((node) => [node.name, node] as const))(
    'the message “%s” renders, with much on the item and with nothing',
    (_name, node) => {
      for (const item of [fullItem, {}]) {
        const { subject, html, text } = rendered(node, item);
        expect(subject.trim()).not.toBe('');
        expect(`${subject}${html}${text}`).not.toMatch(/\{\{|\{%|undefined|\[object|null/);
        expect(text.trim().length).toBeGreaterThan(40);
        if (node.parameters['channel'] !== 'sms') expect(html).toContain('prefers-color-scheme: dark');
      }
      expect(rendered(node, fullItem).subject).not.toContain('\n');
      expect(rendered(node, fullItem).text).toMatch(/https:\/\/shop\.example\.com\/|Two days\./);
    },
  );
});

const sendsOf = (file: string): INode[] => {
  const [, source = '{}'] = templates.find(([name]) => name === file) ?? [];
  return (JSON.parse(source) as IWorkflowBase).nodes.filter(({ type }) => type.endsWith('.channelSend'));
};

test('each reminder of a cart leads back to it', () => {
  for (const node of sendsOf('cart-recovery.json')) {
    expect(rendered(node, fullItem).text).toContain('https://shop.example.com/cart/c1');
  }
});

test('what comes with an order sells nothing, and asks for no consent', () => {
  const [thanks, guide, ...others] = sendsOf('post-purchase.json');
  for (const node of [thanks, guide]) {
    expect(node?.parameters['category']).toBe('transactional');
    expect(rendered(node as INode, fullItem).html).not.toMatch(/unsubscribe|Protective spray|\/p\/|review/i);
  }
  expect(others.map(({ parameters }) => parameters['category'])).toEqual(['marketing', 'marketing', 'marketing']);
});

test('cart recovery says what is on back-order, and offers the fit quiz where there is one', () => {
  const [, source = '{}'] = templates.find(([file]) => file === 'cart-recovery.json') ?? [];
  const { nodes } = JSON.parse(source) as IWorkflowBase;
  const first = nodes.find(({ name }) => name === 'First Reminder') as INode;
  expect(rendered(first, fullItem).text).toContain('Trail shoe x 2 (on back-order');
  expect(rendered(first, fullItem).html).toContain('https://shop.example.com/fit');
  expect(rendered(first, {}).html).not.toContain('Not sure about the size');
});

const liquid = new Liquid({ outputEscape: 'escape' });
const fullItem = {
  customer: { id: 'cus_1', firstName: 'Ada', email: 'ada@example.com' },
  settings: {
    brandName: 'Example',
    shopUrl: 'https://shop.example.com',
    returnsUrl: 'https://shop.example.com/returns',
    fitQuizUrl: 'https://shop.example.com/fit',
    deliveryNote: 'Two days.',
    signature: 'Your team',
    earlyAccess: 'our new collection',
    earlyAccessUrl: 'https://shop.example.com/first-look',
    offerText: 'Something small comes with your next order.',
    offerUrl: 'https://shop.example.com/offer',
    guideUrl: 'https://shop.example.com/guide',
    weekOneVideoUrl: 'https://shop.example.com/video',
    crossSellReason: 'It keeps them dry.',
    reviewUrl: 'https://shop.example.com/review',
    businessProfileUrl: 'https://shop.example.com/profile',
    careGuideUrl: 'https://shop.example.com/guides/care',
    comparisonUrl: 'https://shop.example.com/guides/comparison',
    howToUrl: 'https://shop.example.com/how-to',
    customerQuote: 'Dry feet all winter.',
    bundleName: 'boots and spray',
    bundleReason: 'The one keeps the other dry.',
    bundleUrl: 'https://shop.example.com/bundle',
  },
  links: { preferences: 'https://shop.example.com/p/1', unsubscribe: 'https://shop.example.com/u/1' },
  welcome: {
    ...{ intent: 'care', stockUrl: 'https://shop.example.com/stores?zip=1010' },
    ...{ category: 'shoes', categoryUrl: 'https://shop.example.com/search?category=shoes' },
  },
  cart: {
    items: [
      { productId: 'p1', name: 'Trail shoe', quantity: 2, imageUrl: '', backorder: true },
      { productId: 'p2', name: '', quantity: 1, imageUrl: '', backorder: false },
    ],
    ...{ url: 'https://shop.example.com/cart/c1', fitQuizUrl: 'https://shop.example.com/fit' },
  },
  interest: {
    ...{ productId: 'p1', name: 'Trail shoe', category: 'shoes', imageUrl: '', size: '42', fitQuizUrl: '' },
    ...{ url: 'https://shop.example.com/p1', backorder: true },
  },
  alternatives: [{ productId: 'p3', title: 'Hill shoe', url: 'https://shop.example.com/p3' }],
  news: { category: 'shoes', url: 'https://shop.example.com/new?category=shoes' },
  reorder: { name: 'Coffee', quantity: '2', imageUrl: '', url: 'https://shop.example.com/cart/add?product=p1' },
  fulfilment: { type: 'fulfilled_order', at: '2026-11-22T10:00:00Z' },
  crossSell: { product: { title: 'Protective spray', url: 'https://shop.example.com/spray' } },
  crossSellAfter: 'Trail shoe',
  run: {
    entry: {
      type: 'added_to_cart',
      properties: {
        url: 'https://shop.example.com/cart/c1',
        items: [{ productId: 'p1', name: 'Trail shoe', quantity: 2, backorder: true }, { productId: 'p2' }],
      },
    },
  },
};

function rendered(node: INode, item: object) {
  // An SMS has text alone.
  const { subject = 'SMS', html = '', text } = node.parameters as { subject?: string; html?: string; text: string };
  const render = (source: string) => String(liquid.parseAndRenderSync(source, item));
  return { subject: render(subject), html: render(html), text: render(text) };
}
