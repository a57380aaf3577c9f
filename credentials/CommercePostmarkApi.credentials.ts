/** A Postmark server, for Channel Send. */
import type {
  ICredentialDataDecryptedObject,
  ICredentialTestRequest,
  ICredentialType,
  IHttpRequestOptions,
  INodeProperties,
  Icon,
} from 'n8n-workflow';
import { paceFields } from './paceFields.ts';

export class CommercePostmarkApi implements ICredentialType {
  name = 'commercePostmarkApi';

  displayName = 'Commerce Postmark API';

  icon: Icon = { light: 'file:commercePostmarkApi.svg', dark: 'file:commercePostmarkApi.dark.svg' };

  documentationUrl = 'https://www.npmjs.com/package/n8n-nodes-commerce-journeys';

  properties: INodeProperties[] = [
    {
      displayName: 'Server API Token',
      name: 'serverToken',
      type: 'string',
      typeOptions: { password: true },
      required: true,
      default: '',
      description: 'Of the Postmark server, under API Tokens; not the token of the account',
    },
    {
      displayName: 'Stream for Marketing',
      name: 'marketingStream',
      type: 'string',
      required: true,
      default: 'broadcast',
      description: 'ID of a broadcast message stream: Postmark takes marketing in no other',
    },
    {
      displayName: 'Stream for Transactional Messages',
      name: 'transactionalStream',
      type: 'string',
      required: true,
      default: 'outbound',
    },
    {
      displayName: 'Base URL',
      name: 'baseUrl',
      type: 'string',
      required: true,
      default: 'https://api.postmarkapp.com',
    },
    ...paceFields(5, 0, 'Postmark publishes none.'),
  ];

  async authenticate(
    { serverToken }: ICredentialDataDecryptedObject,
    request: IHttpRequestOptions,
  ): Promise<IHttpRequestOptions> {
    const headers = { ...request.headers, Accept: 'application/json', 'X-Postmark-Server-Token': serverToken };
    return await Promise.resolve({ ...request, headers });
  }

  test: ICredentialTestRequest = {
    request: {
      baseURL: '={{ $credentials.baseUrl.replace(/\\/+$/, "") }}',
      url: '/server',
    },
  };
}
