/** A Twilio SendGrid account, for Channel Send. */
import type {
  ICredentialDataDecryptedObject,
  ICredentialTestRequest,
  ICredentialType,
  IHttpRequestOptions,
  INodeProperties,
  Icon,
} from 'n8n-workflow';
import { paceFields } from './paceFields.ts';

export class CommerceSendGridApi implements ICredentialType {
  name = 'commerceSendGridApi';

  displayName = 'Commerce SendGrid API';

  icon: Icon = { light: 'file:commerceSendGridApi.svg', dark: 'file:commerceSendGridApi.dark.svg' };

  documentationUrl = 'https://www.npmjs.com/package/n8n-nodes-commerce-journeys';

  properties: INodeProperties[] = [
    {
      displayName: 'API Key',
      name: 'apiKey',
      type: 'string',
      typeOptions: { password: true },
      required: true,
      default: '',
      placeholder: 'e.g. SG....',
      description: 'With the permission "Mail Send", made in SendGrid under Settings, API Keys',
    },
    {
      displayName: 'Base URL',
      name: 'baseUrl',
      type: 'string',
      required: true,
      default: 'https://api.sendgrid.com',
      description: 'For accounts in the EU: https://api.eu.sendgrid.com',
    },
    ...paceFields(10, 0, 'SendGrid publishes none for sending.'),
  ];

  async authenticate(
    { apiKey }: ICredentialDataDecryptedObject,
    request: IHttpRequestOptions,
  ): Promise<IHttpRequestOptions> {
    const headers = { ...request.headers, Authorization: `Bearer ${apiKey as string}` };
    return await Promise.resolve({ ...request, headers });
  }

  test: ICredentialTestRequest = {
    request: {
      baseURL: '={{ $credentials.baseUrl.replace(/\\/+$/, "") }}',
      // Any key may ask this one.
      url: '/v3/scopes',
    },
  };
}
