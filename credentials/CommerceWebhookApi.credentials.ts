/**
 * Any other service that delivers messages, for Channel Send. Requests are signed as Standard Webhooks say:
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
import { createHmac, randomUUID } from 'node:crypto';
import type {
  ICredentialDataDecryptedObject,
  ICredentialTestRequest,
  ICredentialType,
  IHttpRequestOptions,
  INodeProperties,
  Icon,
} from 'n8n-workflow';
import { paceFields } from './paceFields.ts';

export class CommerceWebhookApi implements ICredentialType {
  name = 'commerceWebhookApi';

  displayName = 'Commerce Webhook API';

  icon: Icon = { light: 'file:commerceWebhookApi.svg', dark: 'file:commerceWebhookApi.dark.svg' };

  documentationUrl = 'https://www.npmjs.com/package/n8n-nodes-commerce-journeys';

  properties: INodeProperties[] = [
    {
      displayName: 'URL',
      name: 'baseUrl',
      type: 'string',
      required: true,
      default: '',
      placeholder: 'e.g. https://messages.example.com/send',
      description: 'Gets one POST with JSON for each message. The same webhook-ID again is the same message.',
    },
    {
      displayName: 'Signing Secret',
      name: 'secret',
      type: 'string',
      typeOptions: { password: true },
      required: true,
      default: '',
      placeholder: 'e.g. whsec_...',
      description:
        'Known to the receiver as well, which checks the header webhook-signature with it. With whsec_ before it, it is base64.',
    },
    {
      displayName: 'Header Name',
      name: 'headerName',
      type: 'string',
      default: '',
      placeholder: 'e.g. Authorization',
      description: 'When the receiver asks for a header of its own, such as an API key',
    },
    // eslint-disable-next-line @n8n/community-nodes/credential-unnecessary-password -- usually an API key
    {
      displayName: 'Header Value',
      name: 'headerValue',
      type: 'string',
      typeOptions: { password: true },
      default: '',
    },
    ...paceFields(5, 20, 'Ask the receiver.'),
  ];

  async authenticate(
    credentials: ICredentialDataDecryptedObject,
    request: IHttpRequestOptions,
  ): Promise<IHttpRequestOptions> {
    const { headerName, headerValue } = credentials;
    const { body: given = '' } = request;
    const body = typeof given === 'string' ? given : JSON.stringify(given);
    const id = text(request.headers?.['webhook-id']) || randomUUID();
    const timestamp = String(Math.floor(Date.now() / 1000));
    const own = text(headerName) ? { [text(headerName)]: text(headerValue) } : {};
    const headers = {
      ...request.headers,
      ...own,
      'Content-Type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature(text(credentials.secret), `${id}.${timestamp}.${body}`)}`,
    };
    return await Promise.resolve({ ...request, body, headers, json: false });
  }

  /** A message of another type than `message.send`: to be answered, not delivered. */
  test: ICredentialTestRequest = {
    request: { url: '={{ $credentials.baseUrl.trim() }}', method: 'POST', body: { type: 'test', data: {} } },
  };
}

const text = (value: unknown) => (typeof value === 'string' ? value.trim() : '');

function signature(secret: string, content: string): string {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : secret;
  return createHmac('sha256', key).update(content).digest('base64');
}
