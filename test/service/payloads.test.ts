/** Real bodies through the gateway into the store: accepted as they are signed, refused when touched, the same however often. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Payload } from '../unit/payloads/expectations.ts';
import { DIALECTS } from './stores.ts';
import { TestService } from './service.ts';
import { connect, deliver, rowCounts, SECRET } from './shops.ts';

const OWN = join(import.meta.dirname, '../unit/payloads');
const SHARED = process.env['PAYLOADS_DIR'] || join(import.meta.dirname, '../../../shared/payloads');
const sets = [OWN, ...(existsSync(join(SHARED, 'index.json')) ? [SHARED] : [])];
const cases = sets.flatMap((folder) => DIALECTS.map((dialect) => ({ folder, dialect })));

const HEADERS = {
  shopify: { topic: 'x-shopify-topic', id: 'x-shopify-webhook-id', signature: 'x-shopify-hmac-sha256' },
  woocommerce: { topic: 'x-wc-webhook-topic', id: 'x-wc-webhook-delivery-id', signature: 'x-wc-webhook-signature' },
} as const;

/** A refusal is no event, which the set allows for some bodies. */
const mayBeRefused = ({ expect: { rejectOk, type, typeAnyOf = [type] } }: Payload): boolean =>
  rejectOk === true || (typeAnyOf as unknown[]).includes(null);

describe.each(cases)('payloads of $folder on $dialect', ({ folder, dialect }) => {
  const payloads = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as Payload[];
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    for (const kind of ['shopify', 'woocommerce', 'segment', 'ga4']) await connect(service, kind, `${kind}-shop`);
    const secrets = payloads.flatMap(({ signature }) => signature?.secret ?? []);
    for (const kind of ['shopify', 'woocommerce']) {
      await connect(service, kind, `${kind}-shop`, { previousSecrets: [...new Set(secrets)] });
    }
  });
  afterAll(() => service.close());

  function send({ file, platform, topic, signature }: Payload, touch = (body: Buffer): Buffer => body) {
    const body = touch(readFileSync(join(folder, file)));
    const path = `/in/${platform}/${platform}-shop${platform === 'ga4' ? `?api_secret=${SECRET}` : ''}`;
    const authorization = `Basic ${Buffer.from(`${SECRET}:`).toString('base64')}`;
    if (platform !== 'shopify' && platform !== 'woocommerce') return deliver(service, path, body, { authorization });
    const headers = HEADERS[platform];
    return deliver(service, path, body, {
      [headers.topic]: topic,
      [headers.id]: file,
      [headers.signature]: signature?.value ?? '',
    });
  }

  it('are taken in, or refused where that is as good', async () => {
    for (const payload of payloads) {
      const { status, body } = await send(payload);
      expect(mayBeRefused(payload) ? [200, 400] : [200], `${payload.file} ${JSON.stringify(body)}`).toContain(status);
      if (status === 400) expect(body.errors[0].message).toBeTruthy();
    }
    const orders = await service.store.db.selectFrom('orders').select('order_id').execute();
    expect(orders.length).toBeGreaterThan(0);
  });

  it('change nothing when they come again', async () => {
    const before = await rowCounts(service);
    for (const payload of [...payloads].reverse()) await send(payload);
    expect(await rowCounts(service)).toEqual(before);
  });

  it('are refused without a trace when a byte has been added', async () => {
    const before = await rowCounts(service);
    for (const payload of payloads.filter(({ signature }) => signature !== undefined)) {
      const { status } = await send(payload, (body) => Buffer.concat([body, Buffer.from(' ')]));
      expect(status, payload.file).toBe(401);
    }
    expect(await rowCounts(service)).toEqual(before);
  });
});
