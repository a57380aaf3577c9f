/** `/v1/connections` on both stores: made, changed, listed, removed; secrets never come back; changes are audited and seen at once. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acceptedSecrets } from '../../temporal/domain/connection.ts';
import { ConnectionReader } from '../../temporal/store/connectionReader.ts';
import { writeConnection } from '../../temporal/store/connections.ts';
import { DIALECTS } from './stores.ts';
import { NOW, TestService } from './service.ts';

describe.each(DIALECTS)('connections on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect, { publicUrl: 'https://journeys.example.com' });
  });
  afterAll(() => service.close());

  const put = (name: string, body: object) => service.call('PUT', `/v1/connections/${name}`, body);

  it('makes a connection, shows it and lists it, without its secret', async () => {
    const made = await put('main-shop', {
      kind: 'shopify',
      secret: 'hush-hush',
      currency: ' eur ',
      origins: ['https://Shop.example.com/'],
    });
    expect(made).toMatchObject({
      status: 200,
      body: {
        name: 'main-shop',
        kind: 'shopify',
        webhookUrl: 'https://journeys.example.com/in/shopify/main-shop',
        publicKey: expect.stringMatching(/^pk_[\w-]{24}$/),
        currency: 'EUR',
        origins: ['https://shop.example.com'],
        secretIsSet: true,
        secretChangedAt: '2026-11-22T12:00:00.000Z',
        previousSecrets: [],
        lastReceivedAt: null,
      },
    });
    const shown = await service.call('GET', '/v1/connections/main-shop');
    expect(shown).toMatchObject({ status: 200, body: made.body });
    const list = await service.call('GET', '/v1/connections');
    expect(list).toMatchObject({ status: 200, body: { items: [made.body], nextCursor: null } });
    expect(JSON.stringify([made, shown, list])).not.toContain('hush-hush');
  });

  it('changes only what is said, and says what changed in the audit', async () => {
    const { body: before } = await put('rotated', { kind: 'woocommerce', secret: 'one', currency: 'EUR' });
    service.now = NOW + 1000;
    const { body: after } = await put('rotated', { secret: 'two' });
    service.now = NOW;
    expect(after).toMatchObject({ kind: 'woocommerce', currency: 'EUR', publicKey: before.publicKey });
    expect(after.previousSecrets).toEqual([{ acceptedUntil: '2026-11-29T12:00:01.000Z' }]);
    await put('rotated', { previousSecrets: [], currency: null });
    expect((await service.call('GET', '/v1/connections/rotated')).body).toMatchObject({
      previousSecrets: [],
      currency: null,
    });
    // Said again: nothing has changed, and nobody is noted.
    expect((await put('rotated', { kind: 'woocommerce', secret: 'two' })).status).toBe(200);
    const audit = await service.store.db
      .selectFrom('audit')
      .select(['actor', 'action', 'details_json'])
      .where('details_json', 'like', '%"rotated"%')
      .orderBy('id')
      .execute();
    expect(audit.map(({ action, details_json }) => [action, JSON.parse(details_json)])).toEqual([
      ['connection.created', { connection: 'rotated', kind: 'woocommerce' }],
      ['connection.changed', { connection: 'rotated', changed: ['secret', 'previousSecrets'] }],
      ['connection.changed', { connection: 'rotated', changed: ['previousSecrets', 'currency'] }],
    ]);
    expect(audit.every(({ actor }) => actor === 'api')).toBe(true);
  });

  it.each([
    [{ secret: 's' }, '/kind'],
    [{ kind: 'magento', secret: 's' }, '/kind'],
    [{ kind: 'shopify' }, '/secret'],
    [{ kind: 'shopify', secret: '' }, '/secret'],
    [{ kind: 'shopify', secret: 7 }, '/secret'],
    [{ kind: 'shopify', secret: 'copied\n' }, '/secret'],
    [{ kind: 'shopify', secret: 's\0s' }, '/secret'],
    [{ kind: 'shopify', secret: 's', previousSecrets: ['a', ' b'] }, '/previousSecrets/1'],
    [{ kind: 'shopify', secret: 's', currency: 'EURO' }, '/currency'],
    [{ kind: 'shopify', secret: 's', currency: 978 }, '/currency'],
    [{ kind: 'custom', secret: 's', origins: ['https://a.example.com', '*'] }, '/origins/1'],
    [{ kind: 'custom', secret: 's', sceret: 's' }, '/sceret'],
  ])('refuses %j and names %s', async (body, path) => {
    const answer = await put('never-made', body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map((error: { path: string }) => error.path)).toContain(path);
    expect(JSON.stringify(answer.body)).not.toContain('copied');
    expect((await service.call('GET', '/v1/connections/never-made')).status).toBe(404);
  });

  it.each(['Shop', 'a%2Fb', '-a', 'a b', 'ä', 'x'.repeat(65)])('refuses the name %s', async (name) => {
    expect((await put(encodeURI(name), { kind: 'custom', secret: 's' })).status).toBe(400);
  });

  it('removes a connection once', async () => {
    await put('short-lived', { kind: 'custom', secret: 's' });
    expect((await service.call('DELETE', '/v1/connections/short-lived')).status).toBe(204);
    expect((await service.call('DELETE', '/v1/connections/short-lived')).status).toBe(404);
    expect((await service.call('GET', '/v1/connections/short-lived')).status).toBe(404);
    expect((await service.call('GET', '/v1/connections/%00')).status).toBeLessThan(500);
  });

  it('needs the API key', async () => {
    expect((await service.call('GET', '/v1/connections', undefined, { authorization: '' })).status).toBe(401);
  });

  it('is seen by readers: own changes at once, those of others when somebody would be refused', async () => {
    const reader = new ConnectionReader(service.store);
    expect(await reader.named('elsewhere')).toBeNull();
    await writeConnection(service.store, {
      name: 'elsewhere',
      kind: 'custom',
      secrets: { current: 's', changedAt: NOW, previous: [] },
      currency: null,
      origins: [],
      publicKey: `pk_elsewhere`,
      externalIdPrefix: '',
      createdAt: NOW,
      updatedAt: NOW,
      lastReceivedAt: null,
    });
    const found = await reader.named('elsewhere', true);
    expect(found && acceptedSecrets(found.secrets, NOW)).toEqual(['s']);
    expect((await reader.withPublicKey('pk_elsewhere'))?.name).toBe('elsewhere');
    await service.call('DELETE', '/v1/connections/elsewhere');
    reader.changed();
    expect(await reader.named('elsewhere')).toBeNull();
  });
});
