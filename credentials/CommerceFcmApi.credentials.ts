/**
 * A Firebase project that sends push messages, for Channel Send. Its service account's key signs a request for an access token:
 * https://developers.google.com/identity/protocols/oauth2/service-account#httprest
 */
import { createSign } from 'node:crypto';
import type {
  ICredentialDataDecryptedObject,
  ICredentialTestRequest,
  ICredentialType,
  IDataObject,
  IHttpRequestHelper,
  IHttpRequestOptions,
  INodeProperties,
  Icon,
} from 'n8n-workflow';
import { paceFields } from './paceFields.ts';

const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging';
/** The longest that Google allows. */
const ASSERTION_SECONDS = 3600;
const TOKEN_TIMEOUT_MS = 20_000;

export class CommerceFcmApi implements ICredentialType {
  name = 'commerceFcmApi';

  displayName = 'Commerce FCM API';

  icon: Icon = { light: 'file:commerceFcmApi.svg', dark: 'file:commerceFcmApi.dark.svg' };

  documentationUrl = 'https://www.npmjs.com/package/n8n-nodes-commerce-journeys';

  properties: INodeProperties[] = [
    {
      displayName: 'Project ID',
      name: 'projectId',
      type: 'string',
      required: true,
      default: '',
      placeholder: 'e.g. my-shop-4711',
      description: 'project_id in the key file: Firebase console, Project settings, Service accounts',
    },
    {
      displayName: 'Service Account Email',
      name: 'clientEmail',
      type: 'string',
      required: true,
      default: '',
      description: 'client_email in the key file',
    },
    {
      displayName: 'Private Key',
      name: 'privateKey',
      type: 'string',
      typeOptions: { password: true },
      required: true,
      default: '',
      description: 'private_key in the key file, with BEGIN and END; as it stands there, with \\n, is fine',
    },
    {
      displayName: 'Base URL',
      name: 'baseUrl',
      type: 'string',
      required: true,
      default: 'https://fcm.googleapis.com',
      description: 'Another one for a proxy',
    },
    {
      displayName: 'Token URL',
      name: 'tokenUrl',
      type: 'string',
      typeOptions: { password: false },
      required: true,
      default: 'https://oauth2.googleapis.com/token',
      description: 'Where access tokens come from; another one for a proxy',
    },
    ...paceFields(10, 100, 'A Firebase project sends 600,000 a minute.'),
    {
      displayName: 'Access Token',
      name: 'accessToken',
      type: 'hidden',
      typeOptions: { expirable: true, password: true },
      default: '',
    },
  ];

  /** Tokens live for an hour; n8n keeps this one and asks for another at the first 401. */
  async preAuthentication(this: IHttpRequestHelper, credentials: ICredentialDataDecryptedObject): Promise<IDataObject> {
    try {
      const { access_token } = (await this.helpers.httpRequest({
        method: 'POST',
        url: text(credentials.tokenUrl),
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({
          grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
          assertion: assertionOf(credentials, Math.floor(Date.now() / 1000)),
        }).toString(),
        json: true,
        timeout: TOKEN_TIMEOUT_MS,
      })) as { access_token?: string };
      return { accessToken: access_token ?? '' };
    } catch (error) {
      // An error of its own: the message was not sent, whatever went wrong here.
      throw new Error(`Google gives no access token: ${reasonOf(error)}`);
    }
  }

  async authenticate(
    { accessToken }: ICredentialDataDecryptedObject,
    request: IHttpRequestOptions,
  ): Promise<IHttpRequestOptions> {
    const headers = { ...request.headers, Authorization: `Bearer ${text(accessToken)}` };
    return await Promise.resolve({ ...request, headers });
  }

  /** Only checked, not sent. */
  test: ICredentialTestRequest = {
    request: {
      baseURL: '={{ $credentials.baseUrl.trim().replace(/\\/+$/, "") }}',
      url: '=/v1/projects/{{ $credentials.projectId.trim() }}/messages:send',
      method: 'POST',
      body: { validate_only: true, message: { topic: 'credential-test', data: { test: 'true' } } },
      json: true,
    },
  };
}

function assertionOf(credentials: ICredentialDataDecryptedObject, nowSeconds: number): string {
  const claims = {
    iss: text(credentials.clientEmail),
    scope: SCOPE,
    aud: text(credentials.tokenUrl),
    iat: nowSeconds,
    exp: nowSeconds + ASSERTION_SECONDS,
  };
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const unsigned = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`;
  const key = text(credentials.privateKey).replace(/\\n/g, '\n').replace(/^"|"$/g, '');
  return `${unsigned}.${createSign('RSA-SHA256').update(unsigned).sign(key, 'base64url')}`;
}

const text = (value: unknown) => (typeof value === 'string' ? value.trim() : '');

/** Google's own words, where it has some. */
function reasonOf(error: unknown): string {
  const { response, message } = error as { response?: { data?: unknown }; message?: string };
  const { error: code, error_description: said } = (response?.data ?? {}) as Record<string, unknown>;
  const words = [code, said].filter((one) => typeof one === 'string').join(', ');
  return words || message || 'no answer';
}
