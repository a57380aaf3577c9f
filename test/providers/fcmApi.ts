/**
 * Google's token endpoint (https://developers.google.com/identity/protocols/oauth2/service-account#httprest) and Firebase Cloud
 * Messaging, HTTP v1 (https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages), which takes no unknown field.
 */
import { createVerify, generateKeyPairSync, randomUUID } from 'node:crypto';
import type { ProviderAnswer, ProviderCall, ProviderHandler } from './faultyServer.ts';
import { Type } from 'typebox';
import { faultsOf, strict } from './strictBody.ts';

const text = Type.String({ minLength: 1 });
const texts = (names: string) =>
  Type.Record(Type.String({ pattern: names }), Type.String(), { additionalProperties: false });
const https = Type.String({ pattern: '^https://' });
const content = {
  notification: Type.Optional(
    strict({ title: Type.Optional(text), body: Type.Optional(text), image: Type.Optional(https) }),
  ),
  data: Type.Optional(texts('^(?!from$|message_type$|google|gcm)')),
  android: Type.Optional(strict({ ttl: Type.Optional(Type.String({ pattern: '^\\d+(\\.\\d{1,9})?s$' })) })),
  apns: Type.Optional(strict({ headers: Type.Optional(texts('^apns-')) })),
  webpush: Type.Optional(
    strict({
      headers: Type.Optional(texts('.')),
      fcm_options: Type.Optional(strict({ link: Type.Optional(https) })),
    }),
  ),
};
/** A message has one target. */
const request = strict({
  validate_only: Type.Optional(Type.Boolean()),
  message: Type.Union([strict({ ...content, token: text }), strict({ ...content, topic: text })]),
});

export class FcmApi {
  readonly projectId = 'my-shop-4711';
  readonly clientEmail = 'sender@my-shop-4711.iam.gserviceaccount.com';
  readonly privateKey: string;
  readonly #publicKey: string;
  /** Access tokens that hold. */
  readonly tokens = new Set<string>();
  /** Errors by registration token. */
  refusals: Record<string, ProviderAnswer> = {};
  /** Set by the test: the address of the server. */
  url = '';

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    this.privateKey = privateKey;
    this.#publicKey = publicKey;
  }

  readonly handler: ProviderHandler = (call) => (call.path === '/token' ? this.#token(call) : this.#send(call));

  #token({ text: form, headers }: ProviderCall): ProviderAnswer {
    const refused = (description: string) => ({
      status: 400,
      body: { error: 'invalid_grant', error_description: description },
    });
    const given = new URLSearchParams(form);
    if (!headers['content-type']?.startsWith('application/x-www-form-urlencoded')) return refused('Bad Request');
    if (given.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer') {
      return { status: 400, body: { error: 'unsupported_grant_type' } };
    }
    const [head = '', claimed = '', signature = ''] = (given.get('assertion') ?? '').split('.');
    const claims = parsed(claimed);
    const { iat = 0, exp = 0 } = claims as { iat?: number; exp?: number };
    const isSigned = createVerify('RSA-SHA256')
      .update(`${head}.${claimed}`)
      .verify(this.#publicKey, signature, 'base64url');
    if (!isSigned || parsed(head).alg !== 'RS256') return refused('Invalid JWT Signature.');
    if (claims.iss !== this.clientEmail) return refused('Invalid grant: account not found');
    if (claims.aud !== `${this.url}/token`) return refused('Invalid JWT: Failed audience check.');
    if (claims.scope !== 'https://www.googleapis.com/auth/firebase.messaging') return refused('Invalid scope');
    const now = Date.now() / 1000;
    if (exp - iat > 3600 || iat > now + 60 || exp < now)
      return refused('Invalid JWT: Token must be a short-lived token');
    const token = `ya29.${randomUUID()}`;
    this.tokens.add(token);
    return { body: { access_token: token, expires_in: 3599, token_type: 'Bearer' } };
  }

  #send({ path, headers, json }: ProviderCall): ProviderAnswer {
    if (!this.tokens.has((headers.authorization ?? '').replace('Bearer ', ''))) {
      return fcmProblem(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.');
    }
    if (path !== `/v1/projects/${this.projectId}/messages:send`) {
      return fcmProblem(403, 'PERMISSION_DENIED', "Permission 'cloudmessaging.messages.create' denied");
    }
    const mistake = faultsOf(request, json);
    if (mistake) {
      return fcmProblem(400, 'INVALID_ARGUMENT', `Invalid JSON payload received: ${mistake}`, {
        '@type': 'type.googleapis.com/google.rpc.BadRequest',
        fieldViolations: [{ field: mistake.split(' ')[0], description: mistake }],
      });
    }
    const refusal = this.refusals[(json as { message: { token: string } }).message.token];
    if (refusal) return refusal;
    return { body: { name: `projects/${this.projectId}/messages/${randomUUID()}` } };
  }
}

/** @param detail of FCM's own kind, with this code, when it is a text */
export const fcmProblem = (code: number, status: string, words: string, detail?: string | object): ProviderAnswer => ({
  status: code,
  body: {
    error: {
      code,
      message: words,
      status,
      ...(detail === undefined
        ? {}
        : {
            details: [
              typeof detail === 'string'
                ? { '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode: detail }
                : detail,
            ],
          }),
    },
  },
});

const parsed = (part: string): Record<string, unknown> => {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
  } catch {
    return {};
  }
};
