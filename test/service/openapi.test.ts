/** The API describes itself completely: every route of /v1 with summary, answers and examples, and the examples are true. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestService } from './service.ts';

interface Media {
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}
interface Operation {
  summary?: string;
  security?: unknown;
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { content?: Record<string, Media> }>;
}
interface Route extends Operation {
  name: string;
  method: string;
  path: string;
}

let service: TestService;
let routes: Route[];

beforeAll(async () => {
  service = await TestService.create('sqlite');
  const { status, body } = await service.call('GET', '/openapi.json', undefined, { authorization: '' });
  expect(status).toBe(200);
  routes = Object.entries(body.paths as Record<string, Record<string, Operation>>).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, method, path, ...operation })),
  );
});
afterAll(() => service.close());

const examplesOf = ({ example, examples }: Media): unknown[] =>
  example === undefined ? Object.values(examples ?? {}).map(({ value }) => value) : [example];

const hasEmptyText = (value: unknown): boolean =>
  value === '' || (typeof value === 'object' && value !== null && Object.values(value).some(hasEmptyText));

describe('the API description', () => {
  it('names the routes of the contract', () => {
    const names = routes.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        'post /v1/events',
        'get /v1/customers/{id}',
        'put /v1/customers/{id}/consent',
        'post /v1/journeys/{key}/runs',
        'get /v1/runs',
      ]),
    );
  });

  it('has a summary and answers for every route', () => {
    for (const { name, summary, responses } of routes) {
      expect(summary, name).toBeTruthy();
      expect(Object.keys(responses), name).not.toEqual(['default']);
    }
  });

  it('says which routes need the key', () => {
    for (const { name, path, security } of routes) {
      const needsKey = path.startsWith('/v1') || path === '/metrics';
      expect(security, name).toEqual(needsKey ? [{ apiKey: [] }] : undefined);
    }
  });

  it('has an example for every body and answer, with something in it', () => {
    for (const { name, path, requestBody, responses } of routes) {
      if (!path.startsWith('/v1')) continue;
      const contents = [requestBody, ...Object.values(responses)].flatMap((part) =>
        Object.entries(part?.content ?? {}),
      );
      for (const [type, media] of contents) {
        const examples = examplesOf(media);
        expect(examples, `${name} ${type}`).not.toEqual([]);
        for (const example of examples) {
          expect(hasEmptyText(example), `${name} ${type}: ${JSON.stringify(example)}`).toBe(false);
        }
      }
    }
  });

  it('gives examples that its own routes take', async () => {
    for (const { name, method, path, requestBody } of routes) {
      const media = requestBody?.content['application/json'];
      if (!path.startsWith('/v1') || !media) continue;
      for (const example of examplesOf(media)) {
        const url = path.replaceAll(/\{\w+\}/g, 'example');
        const { status, body } = await service.call(method.toUpperCase(), url, example);
        expect([200, 201, 202, 204, 404, 409], `${name}: ${JSON.stringify(body)}`).toContain(status);
      }
    }
  });
});
