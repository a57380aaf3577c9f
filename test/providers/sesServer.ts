/**
 * Amazon SES v2: SendEmail and GetAccount (docs.aws.amazon.com/ses/latest/APIReference-V2), with the signature checked as
 * docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html describes it.
 */
import { createHash, createHmac } from 'node:crypto';
import { Type } from 'typebox';
import { FaultyServer, type ProviderCall, type ProviderHandler } from './faultyServer.ts';
import { faultsOf, strict } from './strictBody.ts';

export const SES_KEYS = { region: 'eu-central-1', accessKeyId: 'AKIATEST', secretAccessKey: 'secret/key+of=test' };

const ascii = Type.String({ pattern: '^[\\x20-\\x7e]*$' });
const text = strict({ Data: Type.String(), Charset: Type.Optional(Type.String()) });
const send = strict({
  FromEmailAddress: ascii,
  Destination: strict({ ToAddresses: Type.Array(ascii, { minItems: 1 }) }),
  ReplyToAddresses: Type.Optional(Type.Array(ascii)),
  Content: strict({
    Simple: strict({
      Subject: text,
      Body: strict({ Text: Type.Optional(text), Html: Type.Optional(text) }),
      Headers: Type.Optional(
        Type.Array(
          strict({
            Name: Type.String({ pattern: '^[!-9;-~]{1,126}$' }),
            Value: Type.String({ pattern: '^[ -~]{1,870}$' }),
          }),
          {
            maxItems: 15,
          },
        ),
      ),
    }),
  }),
  EmailTags: Type.Array(
    strict({ Name: Type.String({ pattern: '^[\\w-]{1,256}$' }), Value: Type.String({ pattern: '^[\\w.@-]{1,256}$' }) }),
  ),
  ConfigurationSetName: Type.Optional(Type.String({ pattern: '^[\\w-]{1,64}$' })),
});

/** As AWS has it: the kind of error in a header, with an address behind it. */
export const sesError = (status: number, name: string, message: string) => ({
  status,
  headers: { 'x-amzn-ErrorType': `${name}:http://internal.amazon.com/coral/com.amazonaws.sesv2/` },
  body: { message },
});

const handler: ProviderHandler = (call) => {
  if (!isSigned(call)) {
    return sesError(
      403,
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the one provided.',
    );
  }
  const { method, path, json } = call;
  if (method === 'GET' && path === '/v2/email/account') return { body: { SendingEnabled: true } };
  if (method !== 'POST' || path !== '/v2/email/outbound-emails')
    return sesError(404, 'NotFoundException', 'No such route');
  const faults = faultsOf(send, json);
  if (faults) return sesError(400, 'BadRequestException', faults);
  if (json.FromEmailAddress.includes('unverified')) {
    const message = `Email address is not verified. The following identities failed the check in region EU-CENTRAL-1: ${json.FromEmailAddress}`;
    return sesError(400, 'MessageRejected', message);
  }
  return { body: { MessageId: `ses-${json.EmailTags[0].Value}` } };
};

const sha256 = (value: string) => createHash('sha256').update(value).digest('hex');
const hmac = (key: string | Buffer, value: string) => createHmac('sha256', key).update(value).digest();

function isSigned({ method, path, query, headers, text: body }: ProviderCall): boolean {
  const { authorization = '' } = headers;
  const [, keyId, scope = '', names = '', signature] =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      authorization,
    ) ?? [];
  const [date = '', region, service, end] = scope.split('/');
  if (keyId !== SES_KEYS.accessKeyId || region !== SES_KEYS.region || service !== 'ses' || end !== 'aws4_request')
    return false;
  const signed = names.split(';');
  if (!['host', 'x-amz-date'].every((name) => signed.includes(name))) return false;
  const canonical = [
    method,
    path,
    new URLSearchParams(query).toString(),
    ...signed.map((name) => `${name}:${(headers[name] ?? '').trim()}`),
    '',
    names,
    sha256(body),
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = [date, region, service, end].reduce<string | Buffer>(
    (secret, part) => hmac(secret, part ?? ''),
    `AWS4${SES_KEYS.secretAccessKey}`,
  );
  return hmac(key, toSign).toString('hex') === signature;
}

export const sesServer = () => new FaultyServer(handler);
