/** Resend's POST /emails with idempotency keys, and GET /domains (resend.com/docs/api-reference: emails/send-email, errors). */
import { Type } from 'typebox';
import { FaultyServer, type ProviderHandler } from './faultyServer.ts';
import { faultsOf, strict } from './strictBody.ts';

export const RESEND_KEY = 're_test';
/** May send, and nothing else. */
export const RESEND_SENDING_KEY = 're_sending';

const line = Type.String({ pattern: '^[^\\r\\n]*$' });
const word = Type.String({ pattern: '^[A-Za-z0-9_-]{1,256}$' });
const email = strict({
  from: Type.String({ pattern: '^(.+ <[^@<> ]+@[^@<> ]+>|[^@<> ]+@[^@<> ]+)$' }),
  to: Type.Array(line, { minItems: 1, maxItems: 50 }),
  reply_to: Type.Optional(Type.Array(line)),
  subject: line,
  text: Type.String(),
  html: Type.Optional(Type.String()),
  headers: Type.Optional(Type.Record(line, line)),
  tags: Type.Array(strict({ name: word, value: word })),
});

const error = (status: number, name: string, message: string) => ({
  status,
  body: { statusCode: status, name, message },
});

export function resendServer(): FaultyServer {
  /** By idempotency key: what was asked, and the id of the mail. Kept for 24 hours there. */
  const known = new Map<string, { text: string; id: string }>();
  const handler: ProviderHandler = ({ method, path, headers, text, json }) => {
    if (!headers['user-agent']) return error(403, 'validation_error', 'User-Agent header is required');
    const key = headers.authorization?.replace('Bearer ', '');
    if (key !== RESEND_KEY && key !== RESEND_SENDING_KEY) return error(403, 'invalid_api_key', 'API key is invalid');
    if (method === 'GET' && path === '/domains') {
      if (key === RESEND_KEY) return { body: { object: 'list', data: [] } };
      return error(401, 'restricted_api_key', 'This API key is restricted to only send emails');
    }
    if (method !== 'POST' || path !== '/emails')
      return error(404, 'not_found', 'The requested endpoint does not exist');
    const idempotencyKey = headers['idempotency-key'] ?? '';
    if (idempotencyKey.length < 1 || idempotencyKey.length > 256) {
      return error(400, 'invalid_idempotency_key', 'The key must be between 1-256 chars');
    }
    const before = known.get(idempotencyKey);
    if (before && before.text !== text) {
      return error(409, 'invalid_idempotent_request', 'Same idempotency key used with a different request payload');
    }
    if (before) return { body: { id: before.id } };
    const faults = faultsOf(email, json);
    if (faults) return error(422, 'validation_error', faults);
    if (json.to[0].startsWith('broken')) return error(422, 'validation_error', 'Invalid `to` field.');
    if (json.from.includes('unverified')) return error(403, 'validation_error', 'The domain is not verified.');
    const id = `re-${json.tags.find(({ name }: { name: string }) => name === 'send_id').value}`;
    known.set(idempotencyKey, { text, id });
    return { body: { id } };
  };
  return new FaultyServer(handler);
}
