/** A Resend account, for Channel Send, which also tests it: a key that may only send cannot ask for anything. */
import type {
  ICredentialDataDecryptedObject,
  ICredentialType,
  IHttpRequestOptions,
  INodeProperties,
  Icon,
} from 'n8n-workflow';
import { paceFields } from './paceFields.ts';

export class CommerceResendApi implements ICredentialType {
  name = 'commerceResendApi';

  displayName = 'Commerce Resend API';

  icon: Icon = { light: 'file:commerceResendApi.svg', dark: 'file:commerceResendApi.dark.svg' };

  documentationUrl = 'https://www.npmjs.com/package/n8n-nodes-commerce-journeys';

  properties: INodeProperties[] = [
    {
      displayName: 'API Key',
      name: 'apiKey',
      type: 'string',
      typeOptions: { password: true },
      required: true,
      default: '',
      placeholder: 'e.g. re_...',
      description: 'One that may send; it needs no full access',
    },
    {
      displayName: 'Base URL',
      name: 'baseUrl',
      type: 'string',
      required: true,
      default: 'https://api.resend.com',
    },
    ...paceFields(2, 2, 'Resend allows 2 for each team, more on request.'),
  ];

  async authenticate(
    { apiKey }: ICredentialDataDecryptedObject,
    request: IHttpRequestOptions,
  ): Promise<IHttpRequestOptions> {
    const headers = { ...request.headers, Authorization: `Bearer ${apiKey as string}` };
    return await Promise.resolve({ ...request, headers });
  }
}
