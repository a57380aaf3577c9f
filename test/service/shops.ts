/** Senders for tests of the gateway: connections, and deliveries signed as their shops sign them. */
import { createHmac } from 'node:crypto';
import { sql } from 'kysely';
import { signatureOfProgram } from '../../temporal/domain/webhookSignature.ts';
import type { Answer, TestService } from './service.ts';

export const SECRET = 'hush-hush-secret';

export async function connect(
  service: TestService,
  kind: string,
  name: string,
  more: Record<string, unknown> = {},
): Promise<void> {
  const { status, body } = await service.call('PUT', `/v1/connections/${name}`, { kind, secret: SECRET, ...more });
  if (status !== 200) throw new Error(JSON.stringify(body));
}

export type Raw = string | Buffer;

/** As it comes over the wire: without the API key. */
export async function deliver(
  service: TestService,
  path: string,
  body: Raw,
  headers: Record<string, string | string[]> = {},
): Promise<Answer> {
  const response = await service.app.inject({
    method: 'POST',
    url: path,
    headers: { 'content-type': 'application/json', ...headers },
    payload: body,
  });
  const isJson = String(response.headers['content-type']).includes('json');
  return {
    status: response.statusCode,
    body: isJson ? response.json<unknown>() : response.body,
    headers: response.headers,
  };
}

export const hmac = (body: Raw, secret = SECRET): string => createHmac('sha256', secret).update(body).digest('base64');

export const shopifyHeaders = (body: Raw, topic: string, id?: string, secret = SECRET): Record<string, string> => ({
  'x-shopify-topic': topic,
  'x-shopify-hmac-sha256': hmac(body, secret),
  ...(id !== undefined && { 'x-shopify-webhook-id': id }),
});

export const wooHeaders = (body: Raw, topic: string, id?: string, secret = SECRET): Record<string, string> => ({
  'x-wc-webhook-topic': topic,
  'x-wc-webhook-signature': hmac(body, secret),
  ...(id !== undefined && { 'x-wc-webhook-delivery-id': id }),
});

/** @param at epoch ms */
export const programHeaders = (body: Raw, at: number, secret = SECRET): Record<string, string> => {
  const seconds = String(Math.floor(at / 1000));
  return { 'x-journeys-signature': `t=${seconds},v1=${signatureOfProgram(Buffer.from(body), seconds, secret)}` };
};

/** Everything that is in the store, to see that nothing has been added: table → rows. */
export async function rowCounts(service: TestService): Promise<Record<string, number>> {
  const { store } = service;
  const tables = await store.db.introspection.getTables();
  const counts = tables.map(({ name }) => sql`select ${name} as name, count(*) as rows from ${sql.table(name)}`);
  const { rows } = await sql<{ name: string; rows: number }>`${sql.join(counts, sql` union all `)}`.execute(store.db);
  return Object.fromEntries(rows.map(({ name, rows: number }) => [name, Number(number)]));
}
