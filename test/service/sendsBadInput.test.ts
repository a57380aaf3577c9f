/** `/v1/sends` given what it cannot take, on both stores: each item fails for itself, and no report is lost. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from './stores.ts';
import { TestService } from './service.ts';
import { authorize, enter, publishTrigger, sendItem } from './travellers.ts';

describe.each(DIALECTS)('bad sends on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    await publishTrigger(service, 'cart');
  });
  afterAll(() => service.close());

  const started = async (sendIds: string[], by?: string) =>
    (await service.call('POST', '/v1/sends/started', { sendIds, ...(by && { by }) })).body;
  const report = async (...items: object[]) => (await service.call('POST', '/v1/sends/report', { items })).body;

  it('refuses items that do not fit, each for itself', async () => {
    const fay = await enter(service, 'fay');
    const gus = await enter(service, 'gus');
    const answers = await authorize(
      service,
      sendItem(fay, { segment: undefined }),
      sendItem({ customerId: fay.customerId }),
      sendItem({ ...fay, runId: 'run_unknown' }),
      sendItem({ customerId: gus.customerId, runId: fay.runId }),
      sendItem(fay, { segment: 2 }),
      sendItem({ customerId: '42' }, { key: 'k42' }),
      sendItem(fay, { message: { subject: '{{ customer.frist }}', text: 'x', data: { customer: {} } } }),
      sendItem(fay, { node: 'fine' }),
    );
    expect(answers.map(({ error, decision }) => error?.path ?? decision)).toEqual([
      '/items/0/segment',
      '/items/1/key',
      '/items/2/runId',
      '/items/3/customerId',
      '/items/4/segment',
      '/items/5/customerId',
      '/items/6/message/subject',
      'send',
    ]);
    expect((await service.call('GET', `/v1/sends?customerId=${fay.customerId}`)).body.items).toHaveLength(1);
    expect(await service.call('POST', '/v1/sends/authorize', { items: [{ ref: 1, channel: 'fax' }] })).toMatchObject({
      status: 400,
    });
  });

  it('goes on with the others of a batch whatever one of them is', async () => {
    const ivo = await enter(service, 'ivo');
    const receipt = (more: object) => sendItem(ivo, { category: 'transactional', ...more });
    const answers = await authorize(
      service,
      receipt({ address: 'x'.repeat(1001) }),
      receipt({ address: 'ivo\0@example.com' }),
      receipt({ productIds: ['p1', 'p\0'] }),
      receipt({ channel: 'fax' }),
      receipt({ segment: '1' }),
      receipt({ address: 'ivo@example.com\nBcc: eve@example.com' }),
      receipt({ node: 'other', address: 'ivo\u0001@example.com' }),
      receipt({ node: 'fine' }),
    );
    expect(answers.map(({ ref, error, reasons }) => [ref, error?.path ?? reasons])).toEqual([
      ['0', '/items/0/address'],
      ['1', '/items/1/address'],
      ['2', '/items/2/productIds/1'],
      ['3', '/items/3/channel'],
      ['4', '/items/4/segment'],
      ['5', ['invalid_address']],
      ['6', ['invalid_address']],
      ['7', []],
    ]);
    const strange = { items: [null, { ref: {} }, { ...receipt({ node: 'fine' }), ref: 'ours' }] };
    const { body } = await service.call('POST', '/v1/sends/authorize', strange);
    expect(body.items).toMatchObject([{ ref: 0, error: { path: '/items/0' } }, { ref: 1 }, { ref: 'ours' }]);
  });

  it('is not held up by a template that never ends: after three customers the rest of the batch is spared it', async () => {
    const customers = await Promise.all(['u1', 'u2', 'u3', 'u4', 'u5'].map((person) => enter(service, person)));
    const template = { subject: 'x', text: '{% for i in (1..times) %}{% endfor %}x' };
    const ask = async (times: number[], node: string) =>
      await authorize(
        service,
        ...customers.map((customer, index) =>
          sendItem(customer, {
            node,
            category: 'transactional',
            message: { ...template, data: { times: times[index] } },
          }),
        ),
      );
    const stopped = { error: { message: expect.stringContaining('takes too much to render') } };
    const FOREVER = 1e9;
    const sent = { decision: 'send' };
    expect(await ask([FOREVER, FOREVER, 1, 1, 1], 'n1')).toMatchObject([stopped, stopped, sent, sent, sent]);
    expect(await ask([FOREVER, 1, FOREVER, FOREVER, 1], 'n2')).toMatchObject([
      stopped,
      sent,
      stopped,
      stopped,
      stopped,
    ]);
    expect(await ask([1, 1, 1, 1, 1], 'n2')).toMatchObject(Array(5).fill(sent));
  });

  it('loses no report for its words', async () => {
    const tom = await enter(service, 'tom');
    const [{ sendId }] = await authorize(service, sendItem(tom));
    const words = { error: `\0${'x'.repeat(9000)}`, providerMessageId: `m\0${'y'.repeat(9000)}` };
    expect(await report({ sendId, outcome: 'unknown', ...words })).toEqual({ updated: 1 });
    const { body } = await service.call('GET', `/v1/sends/${sendId}`);
    expect(body).toMatchObject({ status: 'unknown', error: expect.stringMatching(/^x{4999}$/) });
    expect(body.providerMessageId).toMatch(/^my{498}$/);
  });

  it('keeps ids and addresses of as many bytes as characters can have, or refuses them', async () => {
    const { customerId } = await enter(service, 'xin');
    // Not to be compressed: each character another one, of three or four bytes.
    const letters = (count: number, first: number) =>
      Array.from({ length: count }, (_, index) => String.fromCodePoint(first + ((index * 7919) % 20_000))).join('');
    const push = (more: object) => sendItem({ customerId }, { channel: 'push', category: 'transactional', ...more });
    const answers = await authorize(
      service,
      push({ key: letters(500, 0x20000), address: letters(600, 0x4e00) }),
      push({ key: letters(501, 0x4e00), address: 'token' }),
      push({ key: 'long', address: letters(1000, 0x4e00) }),
      push({ key: 'lines', address: 'token\nother' }),
    );
    expect(answers).toMatchObject([
      { decision: 'send' },
      { error: { path: '/items/1/key' } },
      { reasons: ['invalid_address'] },
      { reasons: ['invalid_address'] },
    ]);
    const { sendId } = answers[0];
    expect((await authorize(service, push({ key: letters(500, 0x20000), address: 'token' })))[0]).toMatchObject({
      reasons: ['already_sent'],
    });
    const invalid = { outcome: 'failed', permanent: true, recipient: 'invalid' };
    expect(await report({ sendId, ...invalid, providerMessageId: letters(1000, 0x4e00) })).toEqual({ updated: 1 });
    const { body } = await service.call('GET', `/v1/customers/${customerId}`);
    expect(body.suppression).toMatchObject([{ channel: 'push', reason: 'bounced' }]);
  });

  it('passes over reports of sends that are not there', async () => {
    expect(await report({ sendId: 'snd_nothing', outcome: 'sent' })).toEqual({ updated: 0 });
    expect(await started(['snd_nothing'])).toEqual({ started: [], refused: [{ sendId: 'snd_nothing', status: null }] });
    expect(await authorize(service)).toEqual([]);
  });
});
