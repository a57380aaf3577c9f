/** Deliveries signed as each provider signs them, for tests of `/hooks/…`. */
import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';
import type { TestService } from './service.ts';

export interface Signed {
  body: string;
  headers: Record<string, string>;
}

const sendGridKeys = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
export const SENDGRID_KEY = sendGridKeys.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
export const RESEND_SECRET = `whsec_${Buffer.from('a secret of twenty-four').toString('base64')}`;
export const PUBLIC_URL = 'https://journeys.example.com';

/** @param at epoch ms */
export function sendGridSigned(events: unknown, at: number, key = sendGridKeys.privateKey): Signed {
  const body = typeof events === 'string' ? events : JSON.stringify(events);
  const time = String(Math.floor(at / 1000));
  const signature = createSign('sha256')
    .update(time + body)
    .sign(key, 'base64');
  return {
    body,
    headers: {
      'x-twilio-email-event-webhook-signature': signature,
      'x-twilio-email-event-webhook-timestamp': time,
      'content-type': 'application/json',
    },
  };
}

/** @param names how the headers begin */
export function standardSigned(
  names: 'svix' | 'webhook',
  id: string,
  event: unknown,
  secret: string,
  at: number,
): Signed {
  const body = JSON.stringify(event);
  const time = String(Math.floor(at / 1000));
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : secret;
  const signature = createHmac('sha256', key).update(`${id}.${time}.${body}`).digest('base64');
  return {
    body,
    headers: {
      [`${names}-id`]: id,
      [`${names}-timestamp`]: time,
      [`${names}-signature`]: `v1,${signature}`,
      'content-type': 'application/json',
    },
  };
}

export function whatsAppSigned(value: object, secret: string): Signed {
  const body = JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [{ id: '1', changes: [{ field: 'messages', value: { messaging_product: 'whatsapp', ...value } }] }],
  });
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  return { body, headers: { 'x-hub-signature-256': `sha256=${signature}`, 'content-type': 'application/json' } };
}

/** @param path with its query */
export function twilioSigned(path: string, fields: Record<string, string>, token: string): Signed {
  const text = Object.keys(fields)
    .sort()
    .map((name) => name + fields[name])
    .join('');
  const signature = createHmac('sha1', token).update(`${PUBLIC_URL}${path}${text}`).digest('base64');
  return {
    body: new URLSearchParams(fields).toString(),
    headers: { 'x-twilio-signature': signature, 'content-type': 'application/x-www-form-urlencoded' },
  };
}

export async function connect(
  service: TestService,
  kind: string,
  secret: string,
  name = `${kind}-main`,
): Promise<{ publicKey: string; webhookUrl: string }> {
  const { status, body } = await service.call('PUT', `/v1/connections/${name}`, { kind, secret });
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body as { publicKey: string; webhookUrl: string };
}
