/** A phone number on Meta's WhatsApp Cloud API, for Channel Send. */
import type {
  IAuthenticateGeneric,
  ICredentialTestRequest,
  ICredentialType,
  INodeProperties,
  Icon,
} from 'n8n-workflow';
import { paceFields } from './paceFields.ts';

export class CommerceWhatsAppApi implements ICredentialType {
  name = 'commerceWhatsAppApi';

  displayName = 'Commerce WhatsApp API';

  icon: Icon = { light: 'file:commerceWhatsAppApi.svg', dark: 'file:commerceWhatsAppApi.dark.svg' };

  documentationUrl = 'https://www.npmjs.com/package/n8n-nodes-commerce-journeys';

  properties: INodeProperties[] = [
    {
      displayName: 'Access Token',
      name: 'apiKey',
      type: 'string',
      typeOptions: { password: true },
      required: true,
      default: '',
      description:
        'Of a system user with the permissions whatsapp_business_messaging and whatsapp_business_management. The token of the getting-started page ends after a day.',
    },
    {
      displayName: 'Phone Number ID',
      name: 'phoneNumberId',
      type: 'string',
      required: true,
      default: '',
      placeholder: 'e.g. 106540352242922',
      description: 'Not the number itself: the id beside it in the WhatsApp Manager',
    },
    {
      displayName: 'API Version',
      name: 'apiVersion',
      type: 'string',
      required: true,
      default: 'v26.0',
      description: 'Of the Graph API. Meta keeps each for at least two years.',
    },
    {
      displayName: 'Base URL',
      name: 'baseUrl',
      type: 'string',
      required: true,
      default: 'https://graph.facebook.com',
      description: 'Another one for a proxy',
    },
    ...paceFields(10, 50, 'A number sends 80 a second.'),
  ];

  authenticate: IAuthenticateGeneric = {
    type: 'generic',
    properties: { headers: { Authorization: '=Bearer {{ $credentials.apiKey.trim() }}' } },
  };

  test: ICredentialTestRequest = {
    request: {
      baseURL: '={{ $credentials.baseUrl.trim().replace(/\\/+$/, "") }}',
      url: '=/{{ $credentials.apiVersion.trim() }}/{{ $credentials.phoneNumberId.trim() }}',
      qs: { fields: 'id' },
    },
  };
}
