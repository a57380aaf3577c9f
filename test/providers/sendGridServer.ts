/** SendGrid's POST /v3/mail/send (twilio.com/docs/sendgrid/api-reference/mail-send/mail-send), and GET /v3/scopes. */
import { Type } from 'typebox';
import { FaultyServer, type ProviderHandler } from './faultyServer.ts';
import { faultsOf, strict } from './strictBody.ts';

export const SENDGRID_KEY = 'SG.test-key';

const person = strict({ email: Type.String({ pattern: '^[^@ ]+@[^@ ]+$' }), name: Type.Optional(Type.String()) });
const enable = { enable: Type.Boolean() };
const mail = strict({
  personalizations: Type.Array(
    strict({ to: Type.Array(person, { minItems: 1 }), custom_args: Type.Record(Type.String(), Type.String()) }),
    { minItems: 1, maxItems: 1000 },
  ),
  from: person,
  reply_to: Type.Optional(person),
  subject: Type.String({ minLength: 1 }),
  content: Type.Array(strict({ type: Type.String(), value: Type.String({ minLength: 1 }) }), { minItems: 1 }),
  headers: Type.Optional(
    Type.Record(Type.String({ pattern: '^[!-9;-~]+$' }), Type.String({ pattern: '^[^\\r\\n]*$' })),
  ),
  tracking_settings: strict({
    click_tracking: strict({ ...enable, enable_text: Type.Boolean() }),
    open_tracking: strict(enable),
    subscription_tracking: strict(enable),
  }),
});

const error = (status: number, message: string, field: string | null = null) => ({
  status,
  body: { errors: [{ message, field, help: null }] },
});

const handler: ProviderHandler = ({ method, path, headers, json }) => {
  if (headers.authorization !== `Bearer ${SENDGRID_KEY}`) {
    return error(401, 'The provided authorization grant is invalid, expired, or revoked');
  }
  if (method === 'GET' && path === '/v3/scopes') return { body: { scopes: ['mail.send'] } };
  if (method !== 'POST' || path !== '/v3/mail/send') return error(404, 'not found');
  const faults = faultsOf(mail, json);
  if (faults) return error(400, `Bad Request: ${faults}`);
  const types = json.content.map(({ type }: { type: string }) => type);
  if (types.length > 1 && types[0] !== 'text/plain') {
    return error(400, 'If present, text/plain and text/html may only be provided once, text/plain first.', 'content');
  }
  if (json.personalizations[0].to[0].email.startsWith('broken')) {
    return error(400, 'Does not contain a valid address.', 'personalizations.0.to.0.email');
  }
  if (json.from.email.startsWith('unverified')) {
    const message =
      'The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved.';
    return error(403, message, 'from');
  }
  return { status: 202, headers: { 'X-Message-Id': `sg-${json.personalizations[0].custom_args.send_id}` } };
};

export const sendGridServer = () => new FaultyServer(handler);
