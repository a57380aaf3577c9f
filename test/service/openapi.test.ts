/** The API describes itself: every route of /v1 has a summary and schemas for its answers. */
import { expect, it } from 'vitest';
import { TestService } from './service.ts';

it('documents every route', async () => {
  const service = await TestService.create('sqlite');
  const { status, body } = await service.call('GET', '/openapi.json', undefined, { authorization: '' });
  expect(status).toBe(200);
  const paths: Record<
    string,
    Record<string, { summary?: string; responses?: object; security?: object[] }>
  > = body.paths;
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, route]) => ({ name: `${method} ${path}`, ...route })),
  );
  const ofV1 = routes.filter(({ name }) => name.includes('/v1/'));
  expect(ofV1.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'post /v1/events',
      'get /v1/customers/{id}',
      'post /v1/journeys/{key}/runs',
      'get /v1/runs',
    ]),
  );
  for (const { name, summary, responses = {} } of ofV1) {
    expect(summary, name).toBeTruthy();
    expect(Object.keys(responses), name).not.toEqual(['default']);
  }
  await service.close();
});
