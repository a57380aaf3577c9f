/** Amazon SES in one region, for Channel Send: signs each request (AWS Signature Version 4). */
import { sign } from 'aws4';
import type {
  ICredentialDataDecryptedObject,
  ICredentialTestRequest,
  ICredentialType,
  IDataObject,
  IHttpRequestOptions,
  INodeProperties,
  Icon,
} from 'n8n-workflow';
import { paceFields } from './paceFields.ts';

export class CommerceSesApi implements ICredentialType {
  name = 'commerceSesApi';

  displayName = 'Commerce Amazon SES API';

  icon: Icon = { light: 'file:commerceSesApi.svg', dark: 'file:commerceSesApi.dark.svg' };

  documentationUrl = 'https://www.npmjs.com/package/n8n-nodes-commerce-journeys';

  properties: INodeProperties[] = [
    {
      displayName: 'Region',
      name: 'region',
      type: 'string',
      required: true,
      default: '',
      placeholder: 'e.g. eu-central-1',
      description: 'Where the sending domain is verified',
    },
    {
      displayName: 'Access Key ID',
      name: 'accessKeyId',
      type: 'string',
      required: true,
      default: '',
      placeholder: 'e.g. AKIA...',
      description: 'Of an IAM user that may ses:SendEmail and, for the test, ses:GetAccount',
    },
    {
      displayName: 'Secret Access Key',
      name: 'secretAccessKey',
      type: 'string',
      typeOptions: { password: true },
      required: true,
      default: '',
    },
    {
      displayName: 'Session Token',
      name: 'sessionToken',
      type: 'string',
      typeOptions: { password: true },
      default: '',
      description: 'Only for temporary keys',
    },
    {
      displayName: 'Configuration Set',
      name: 'configurationSet',
      type: 'string',
      default: '',
      description: 'The one whose event destination tells the journeys service of deliveries, bounces and complaints',
    },
    {
      displayName: 'Base URL',
      name: 'baseUrl',
      type: 'string',
      default: '',
      placeholder: "the region's own",
      description: 'Only for a proxy or a VPC endpoint; empty is https://email.REGION.amazonaws.com',
    },
    ...paceFields(10, 14, 'Accounts begin with 14, in the sandbox with 1; the SES console shows yours.'),
  ];

  async authenticate(
    credentials: ICredentialDataDecryptedObject,
    request: IHttpRequestOptions,
  ): Promise<IHttpRequestOptions> {
    const { region, accessKeyId, secretAccessKey, sessionToken } = credentials as Record<string, string>;
    const url = new URL(`${request.baseURL ?? ''}${request.url}`);
    const signed = sign(
      {
        service: 'ses',
        region,
        host: url.host,
        method: request.method ?? 'GET',
        path: `${url.pathname}${url.search}`,
        headers: request.headers as Record<string, string>,
        ...(typeof request.body === 'string' ? { body: request.body } : {}),
      },
      { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) },
    );
    return await Promise.resolve({ ...request, headers: signed.headers as IDataObject });
  }

  test: ICredentialTestRequest = {
    request: {
      baseURL:
        '={{ ($credentials.baseUrl || "https://email." + $credentials.region + ".amazonaws.com").replace(/\\/+$/, "") }}',
      url: '/v2/email/account',
    },
  };
}
