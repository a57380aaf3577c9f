/** Address and key of the journeys service. */
import type {
  IAuthenticateGeneric,
  ICredentialTestRequest,
  ICredentialType,
  INodeProperties,
  Icon,
} from 'n8n-workflow';

export class CommerceJourneysApi implements ICredentialType {
  name = 'commerceJourneysApi';

  displayName = 'Commerce Journeys API';

  icon: Icon = { light: 'file:commerceJourneysApi.svg', dark: 'file:commerceJourneysApi.dark.svg' };

  documentationUrl = 'https://www.npmjs.com/package/n8n-nodes-commerce-journeys';

  properties: INodeProperties[] = [
    {
      displayName: 'Base URL',
      name: 'baseUrl',
      type: 'string',
      required: true,
      default: 'http://127.0.0.1:4600',
      description: 'Where the journeys service listens, as n8n sees it',
    },
    {
      displayName: 'API Key',
      name: 'apiKey',
      type: 'string',
      typeOptions: { password: true },
      required: true,
      default: '',
      description: 'The JOURNEYS_API_KEY of the service; npm start keeps it in the file api-key of its data folder',
    },
  ];

  authenticate: IAuthenticateGeneric = {
    type: 'generic',
    properties: { headers: { Authorization: '=Bearer {{$credentials.apiKey}}' } },
  };

  test: ICredentialTestRequest = {
    request: { baseURL: '={{$credentials.baseUrl.replace(/\\/+$/, "")}}', url: '/v1/journeys', method: 'GET' },
  };
}
