/** What every route has in common: bodies, types, sizes, keys and problems that name the field. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { event, TestService } from './service.ts';
import { DIALECTS } from './stores.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

describe.each(DIALECTS)('requests on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    await service.publish({ key: 'cart' });
  });
  afterAll(() => service.close());

  it('keeps all digits of a number that is an id', async () => {
    const sent = event('completed_purchase', { externalId: 'ID' }, undefined, { properties: { orderId: 'ORDER' } });
    const text = JSON.stringify(sent).replace('"ID"', '9007199254740993123').replace('"ORDER"', '5234567890123456789');
    const { status, body } = await service.call('POST', '/v1/events', text, JSON_TYPE);
    expect(status).toBe(202);
    const { items } = (await service.call('GET', `/v1/customers/${body.accepted[0].customerId}/events`)).body;
    expect(items[0]).toMatchObject({
      identity: { externalId: '9007199254740993123' },
      properties: { orderId: '5234567890123456789' },
    });
    const put = await service.call(
      'PUT',
      '/v1/customers',
      '{"identity":{"externalId":9007199254740993123}}',
      JSON_TYPE,
    );
    expect(put.body.id).toBe(body.accepted[0].customerId);
  });

  it('takes an empty body for none, whatever its header says', async () => {
    const paused = await service.call('POST', '/v1/journeys/cart/pause', undefined, JSON_TYPE);
    expect(paused).toMatchObject({ status: 200, body: { state: 'paused' } });
    expect((await service.call('POST', '/v1/journeys/cart/resume', '', JSON_TYPE)).status).toBe(200);
    const gone = await service.send(event('viewed_page', 'gone'));
    expect((await service.call('DELETE', `/v1/customers/${gone}`, '', JSON_TYPE)).status).toBe(204);
    expect((await service.call('POST', '/v1/journeys/cart/runs', '', JSON_TYPE)).status).toBe(400);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml'])('refuses %s', async (type) => {
    const { status, body, headers } = await service.call('POST', '/v1/events', '{}', { 'content-type': type });
    expect(headers['content-type']).toContain('application/problem+json');
    expect(body).toMatchObject({ status, detail: expect.stringContaining('application/json') });
    expect(status).toBe(415);
  });

  it('finds a phone whose plus sign was not encoded', async () => {
    const id = await service.send(event('viewed_page', { phone: '+436601234567' }));
    expect((await service.call('GET', '/v1/customers?phone=+436601234567')).body.id).toBe(id);
  });

  it.each([
    ['PUT', '/v1/customers', { properties: {} }, '/identity', 'is missing'],
    [
      'PUT',
      '/v1/customers',
      { identity: { email: 'a@example.com' }, consent: { email: { state: 'maybe' } } },
      '/consent/email/state',
      'has to be one of subscribed, unsubscribed, never',
    ],
    ['PUT', '/v1/customers/x/consent', { channel: 'email', state: 'never' }, '/source', 'is missing'],
    ['POST', '/v1/sends/authorize', { items: [{ ref: 1 }] }, '/items/0/customerId', 'is missing'],
    ['GET', '/v1/runs?limit=0', undefined, '/limit', 'has to be a number from 1 to 1000, default 50'],
  ] as const)('%s %s names the field', async (method, url, body, path, message) => {
    const answer = await service.call(method, url, body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0]).toEqual({ path, message });
  });

  const cursor = (text: string) => Buffer.from(text).toString('base64url');
  it.each([
    '/v1/customers/%zz',
    '/v1/customers/%00',
    `/v1/customers/${'x'.repeat(501)}`,
    '/v1/runs?journey=%00',
    `/v1/runs?cursor=${cursor('5 \0')}`,
    `/v1/runs?cursor=${cursor('99999999999999999999 x')}`,
  ])('answers GET %s with a problem of the caller', async (url) => {
    const { status, body, headers } = await service.call('GET', url);
    // SQLite knows NUL for a character: then there is nothing of that name.
    if (status === 200) return expect(body.items).toEqual([]);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(headers['content-type']).toContain('application/problem+json');
    expect(body).toMatchObject({ type: 'about:blank', status, errors: expect.any(Array) });
  });

  it("refuses a cursor of another list's kind", async () => {
    const id = await service.send(event('viewed_page', 'paged'));
    const { status } = await service.call('GET', `/v1/customers/${id}/events?cursor=${cursor('5 run_x')}`);
    expect(status).toBe(400);
  });

  it('refuses a wait whose item is nested without end, and answers the waits beside it', async () => {
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const wait = (ref: number) => ({
      ...{ ref, runId: 'run_nobody', segment: 1, workflowId: 'w', nodeId: 'n', nodeName: 'Wait' },
      ...{ spec: { kind: 'duration', ms: 1000, restartable: false }, item: { a: ref === 1 ? 'DEEP' : 1 } },
    });
    const text = JSON.stringify({ items: [wait(0), wait(1)] }).replace('"DEEP"', deep);
    const { status, body } = await service.call('POST', '/v1/waits', text, JSON_TYPE);
    expect(status).toBe(200);
    expect(body.items).toMatchObject([
      { ref: 0, until: null, ended: true },
      { ref: 1, error: { path: '/items/1/item' } },
    ]);
  });

  it('takes a message whose data are nested without end as an error of that message', async () => {
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const message = { subject: '{{ a }}', html: '', text: '', data: { a: 'DEEP' } };
    const item = {
      ref: 0,
      customerId: 'cus_test',
      channel: 'email',
      category: 'marketing',
      node: 'n',
      key: 'k',
      dryRun: true,
      message,
    };
    const text = JSON.stringify({ items: [item] }).replace('"DEEP"', deep);
    const { status, body } = await service.call('POST', '/v1/sends/authorize', text, JSON_TYPE);
    expect(status).toBe(200);
    expect(body.items).toMatchObject([{ ref: 0, error: { path: '/items/0/message/data' } }]);
  });

  it('refuses properties that are nested without end, and takes the events beside them', async () => {
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const good = event('viewed_page', 'good');
    const bad = JSON.stringify(event('viewed_page', 'bad', undefined, { properties: { a: 'DEEP' } }));
    const text = `{"events":[${JSON.stringify(good)},${bad.replace('"DEEP"', deep)}]}`;
    const { status, body } = await service.call('POST', '/v1/events', text, JSON_TYPE);
    expect(status).toBe(202);
    expect(body.accepted).toHaveLength(1);
    expect(body.rejected).toMatchObject([{ index: 1, path: '/properties' }]);
    const put = `{"identity":{"email":"bad@example.com"},"properties":{"a":${deep}}}`;
    expect((await service.call('PUT', '/v1/customers', put, JSON_TYPE)).body.errors).toMatchObject([
      { path: '/properties' },
    ]);
  });

  const refused = expect.objectContaining({ type: 'about:blank', status: 400, errors: expect.any(Array) });

  it('refuses what is no UTF-8, instead of putting other characters into names', async () => {
    const sent = JSON.stringify(event('viewed_page', { externalId: 'Zoë' }));
    const latin1 = Buffer.from(sent, 'latin1');
    expect(await service.call('POST', '/v1/events', latin1, JSON_TYPE)).toMatchObject({
      status: 400,
      body: { detail: 'The body is no valid UTF-8.' },
    });
    const withMark = await service.call('POST', '/v1/events', Buffer.from(`\ufeff${sent}`), JSON_TYPE);
    expect(withMark.status).toBe(202);
  });

  const deep = (levels: number): string => `${'['.repeat(levels)}5234567890123456789${']'.repeat(levels)}`;
  it.each([
    ['POST', '/v1/events', (): string => deep(2_500_000)],
    ['POST', '/v1/events', (): string => `{"events":[${deep(100_000)}]}`],
    [
      'POST',
      '/v1/events',
      (): string => JSON.stringify(event('viewed_page', 'x')).replace('"x@example.com"', deep(100_000)),
    ],
    // Two mistakes in each of a million items.
    [
      'POST',
      '/v1/events',
      (): string =>
        JSON.stringify(event('added_to_cart', 'x')).replace('"items":[', `"items":[${'1,'.repeat(1_000_000)}`),
    ],
    ['POST', '/v1/sends/authorize', (): string => `{"items":[${'1,'.repeat(1_000_000)}1]}`],
    ['PUT', '/v1/customers', (): string => `{"identity":${deep(100_000)}}`],
    [
      'PUT',
      '/v1/customers',
      (): string => `{"identity":{"email":"x@example.com"},"consent":{"email":${deep(100_000)}}}`,
    ],
    ['POST', '/v1/sends/authorize', (): string => `{"items":${deep(100_000)}}`],
    ['POST', '/v1/journeys/cart/runs', (): string => `{"customerId":${deep(100_000)}}`],
    ['POST', '/v1/events', (): string => '{"__proto__":{"id":"1"}}'],
    ['POST', '/v1/events', (): string => '{"constructor":{"prototype":{"id":"1"}}}'],
    ['POST', '/v1/events', (): string => '{"id":"1"'],
    ['POST', '/v1/events', (): string => 'null'],
  ] as const)('%s %s with a hostile body is a problem of the caller (%#)', async (method, url, body) => {
    const answer = await service.call(method, url, body(), JSON_TYPE);
    expect(answer.body).toEqual(refused);
    expect(answer.body.errors.length).toBeLessThanOrEqual(100);
  });

  it('takes numbers without end for what they are: ids keep their digits, amounts are refused', async () => {
    const digits = '9'.repeat(400);
    const sent = JSON.stringify(event('completed_purchase', { externalId: 'huge' }));
    const asValue = sent.replace('"84.00"', digits);
    expect((await service.call('POST', '/v1/events', asValue, JSON_TYPE)).body.errors).toMatchObject([
      { path: '/properties/value' },
    ]);
    const asFloat = sent.replace('"84.00"', '1e400');
    expect((await service.call('POST', '/v1/events', asFloat, JSON_TYPE)).body.errors).toMatchObject([
      { path: '/properties/value' },
    ]);
    const asId = sent.replace('"huge"', digits);
    const { body } = await service.call('POST', '/v1/events', asId, JSON_TYPE);
    const { identifiers } = (await service.call('GET', `/v1/customers/${body.accepted[0].customerId}`)).body;
    expect(identifiers).toEqual([{ kind: 'externalId', value: digits }]);
  });

  it('lets a client that is still writing see that its body is too large', async () => {
    const url = await service.app.listen({ port: 0 });
    const answers = await Promise.all(
      Array.from({ length: 5 }, () =>
        fetch(`${url}/v1/events`, {
          method: 'POST',
          headers: { authorization: 'Bearer test-key', ...JSON_TYPE },
          body: JSON.stringify({ padding: 'x'.repeat(30_000_000) }),
        }).then(({ status }) => status),
      ),
    );
    expect(answers).toEqual([413, 413, 413, 413, 413]);
  });
});
