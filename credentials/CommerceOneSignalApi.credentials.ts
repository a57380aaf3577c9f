/** A OneSignal app that sends push messages, for Channel Send. */
import type {
  ICredentialDataDecryptedObject,
  ICredentialTestRequest,
  ICredentialType,
  IHttpRequestOptions,
  INodeProperties,
  Icon,
} from 'n8n-workflow';
import { paceFields } from './paceFields.ts';

export class CommerceOneSignalApi implements ICredentialType {
  name = 'commerceOneSignalApi';

  displayName = 'Commerce OneSignal API';

  icon: Icon = { light: 'file:commerceOneSignalApi.svg', dark: 'file:commerceOneSignalApi.dark.svg' };

  documentationUrl = 'https://www.npmjs.com/package/n8n-nodes-commerce-journeys';

  properties: INodeProperties[] = [
    {
      displayName: 'App ID',
      name: 'appId',
      type: 'string',
      required: true,
      default: '',
      placeholder: 'e.g. 00000000-0000-0000-0000-000000000000',
      description: 'Settings, Keys & IDs',
    },
    {
      displayName: 'App API Key',
      name: 'apiKey',
      type: 'string',
      typeOptions: { password: true },
      required: true,
      default: '',
      placeholder: 'e.g. os_v2_app_...',
    },
    {
      displayName: 'Base URL',
      name: 'baseUrl',
      type: 'string',
      required: true,
      default: 'https://api.onesignal.com',
      description: 'Another one for a proxy',
    },
    ...paceFields(10, 100, 'OneSignal takes 150 a second on its free plans.'),
  ];

  async authenticate(
    { apiKey }: ICredentialDataDecryptedObject,
    request: IHttpRequestOptions,
  ): Promise<IHttpRequestOptions> {
    const headers = { ...request.headers, Authorization: `Key ${typeof apiKey === 'string' ? apiKey.trim() : ''}` };
    return await Promise.resolve({ ...request, headers });
  }

  test: ICredentialTestRequest = {
    request: {
      baseURL: '={{ $credentials.baseUrl.trim().replace(/\\/+$/, "") }}',
      url: '/notifications',
      qs: { app_id: '={{ $credentials.appId.trim() }}', limit: 1 },
    },
  };
}
