/** The comparison with n8n's public API, against a server that answers as n8n 2.41 does. */
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  watchN8n,
  type KnownEndpoint,
  type N8nWatch,
  type PublishedEndpoint,
} from '../../temporal/n8n/publishedWorkflows.ts';
import { until } from '../e2e/until.ts';

const KEY = 'n8n-key';
const TRIGGER = 'n8n-nodes-commerce-journeys.journeyTrigger';
const quiet = { info: () => {}, warn: () => {} };

let app: FastifyInstance;
let baseUrl: string;
let watch: N8nWatch | null;
/** What n8n has published, by workflow. */
let published: Record<string, { name: string; parameters: Record<string, unknown> }>;
let known: Map<string, KnownEndpoint>;
let answer: { status: number; body: unknown } | null;

beforeEach(async () => {
  [published, known, answer, watch] = [{}, new Map(), null, null];
  app = Fastify();
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get<{ Querystring: { active: string; limit: string; cursor?: string } }>(
    '/api/v1/workflows',
    (request, reply) => {
      if (answer) return reply.code(answer.status).send(answer.body);
      if (request.headers['x-n8n-api-key'] !== KEY) return reply.code(401).send({ message: 'unauthorized' });
      if (request.query.active !== 'true') return reply.code(400).send();
      // One workflow a page.
      const ids = Object.keys(published);
      const page = Number(request.query.cursor ?? '0');
      const data = ids.slice(page, page + 1).map((id) => ({
        id,
        name: id,
        active: true,
        isArchived: false,
        nodes: [{ id: 'draft', name: 'Draft only', type: TRIGGER, parameters: {} }],
        activeVersion: { nodes: [{ id: 't', type: TRIGGER, webhookId: `hook-${id}`, ...published[id] }] },
      }));
      return reply.send({ data, nextCursor: page + 1 < ids.length ? String(page + 1) : null });
    },
  );
  baseUrl = await app.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  await watch?.stop();
  await app.close();
});

function start(n8nApiKey: string | null = KEY): N8nWatch {
  const registry = {
    listPublished: () => Promise.resolve([...known.values()]),
    put: ({ parameters, ...endpoint }: PublishedEndpoint) => {
      if (parameters['journeyKey'] === 'taken') return Promise.reject(new Error('the journey key is taken.'));
      known.set(endpoint.workflowId, { ...endpoint, parametersJson: JSON.stringify(parameters) });
      return Promise.resolve();
    },
    unpublish: (workflowId: string) => Promise.resolve(known.delete(workflowId)),
  };
  watch = watchN8n({ n8nBaseUrl: baseUrl, n8nApiKey, registry, log: quiet, everyMs: 60_000, secondLookMs: 60_000 });
  return watch;
}

test('a new store beside an n8n that has long published its journeys learns them, page by page', async () => {
  published = {
    w1: { name: 'Cart abandoned', parameters: { journeyKey: 'a' } },
    w2: { name: 'Welcome', parameters: {} },
  };
  start();
  await until('both', () => known.size === 2);
  expect(known.get('w1')).toMatchObject({
    kind: 'trigger',
    nodeName: 'Cart abandoned',
    path: 'webhook/hook-w1/journey',
  });
});

test('what n8n no longer has is unpublished, and what changed is put, once it was seen twice', async () => {
  published = { w1: { name: 'Cart', parameters: {} }, w2: { name: 'Welcome', parameters: {} } };
  const n8n = start();
  await until('both', () => known.size === 2);
  published = { w1: { name: 'Cart', parameters: { journeyKey: 'b' } } };
  await n8n.check();
  expect(known.size).toBe(2);
  expect(known.get('w1')?.parametersJson).toBe('{}');
  await n8n.check();
  expect([...known.keys()]).toEqual(['w1']);
  expect(known.get('w1')?.parametersJson).toBe('{"journeyKey":"b"}');
});

test('a node that cannot be used is told of and does not stop the others', async () => {
  published = { w1: { name: 'Cart', parameters: { journeyKey: 'taken' } }, w2: { name: 'Welcome', parameters: {} } };
  const n8n = start();
  await until('the other', () => known.has('w2'));
  await until('the note', () => n8n.notes().length === 1);
  expect(n8n.notes()).toEqual(['Node "Cart" of the n8n workflow "w1" cannot be used: the journey key is taken.']);
});

test('without a key a note says what cannot be checked', () => {
  expect(start(null).notes()[0]).toMatch(/^N8N_API_KEY is not set/);
});

test('a wrong key, and an answer that is none of n8n', async () => {
  const n8n = start('wrong');
  await until('the note', () => n8n.notes()[0]?.startsWith('n8n refused N8N_API_KEY (401)'));
  answer = { status: 200, body: '<html>login</html>' };
  await expect(n8n.check()).rejects.toThrow(/without a list of workflows/);
  expect(known.size).toBe(0);
});

test('whether n8n is up', async () => {
  const n8n = start();
  expect(await n8n.isUp()).toBe(true);
});
