/** A Twilio account that sends text messages, for Channel Send. */
import type {
  ICredentialDataDecryptedObject,
  ICredentialTestRequest,
  ICredentialType,
  IHttpRequestOptions,
  INodeProperties,
  Icon,
} from 'n8n-workflow';
import { paceFields } from './paceFields.ts';

export class CommerceTwilioApi implements ICredentialType {
  name = 'commerceTwilioApi';

  displayName = 'Commerce Twilio API';

  icon: Icon = { light: 'file:commerceTwilioApi.svg', dark: 'file:commerceTwilioApi.dark.svg' };

  documentationUrl = 'https://www.npmjs.com/package/n8n-nodes-commerce-journeys';

  properties: INodeProperties[] = [
    {
      displayName: 'Account SID',
      name: 'accountSid',
      type: 'string',
      required: true,
      default: '',
      placeholder: 'e.g. AC...',
    },
    {
      displayName: 'Log In With',
      name: 'authentication',
      type: 'options',
      default: 'authToken',
      options: [
        { name: 'API Key', value: 'apiKey', description: 'Can be taken back without changing the whole account' },
        { name: 'Auth Token', value: 'authToken' },
      ],
    },
    {
      displayName: 'Auth Token',
      name: 'authToken',
      type: 'string',
      typeOptions: { password: true },
      required: true,
      default: '',
      displayOptions: { show: { authentication: ['authToken'] } },
    },
    {
      displayName: 'API Key SID',
      name: 'apiSid',
      type: 'string',
      required: true,
      default: '',
      placeholder: 'e.g. SK...',
      displayOptions: { show: { authentication: ['apiKey'] } },
    },
    {
      displayName: 'API Key Secret',
      name: 'keySecret',
      type: 'string',
      typeOptions: { password: true },
      required: true,
      default: '',
      displayOptions: { show: { authentication: ['apiKey'] } },
    },
    {
      displayName: 'Sender',
      name: 'sender',
      type: 'string',
      required: true,
      default: '',
      placeholder: 'e.g. +15005550006 or MG...',
      description:
        'One of your numbers, a name that your countries allow, or the SID of a Messaging Service, which chooses a number by itself',
    },
    {
      displayName: 'Delivery Events URL',
      name: 'deliveryEventsUrl',
      type: 'string',
      default: '',
      placeholder: 'e.g. https://journeys.example.com/hooks/twilio/my-twilio',
      description:
        'Where Twilio tells what has arrived: the public address of the journeys service with the name of a connection for Twilio. Without it, what the Messaging Service says holds.',
    },
    {
      displayName: 'Base URL',
      name: 'baseUrl',
      type: 'string',
      required: true,
      default: 'https://api.twilio.com',
      description: 'Another one for a region of Twilio or a proxy',
    },
    ...paceFields(10, 50, 'Twilio queues what a sender cannot send at once.'),
  ];

  async authenticate(
    credentials: ICredentialDataDecryptedObject,
    request: IHttpRequestOptions,
  ): Promise<IHttpRequestOptions> {
    const { authentication, accountSid, authToken, apiSid, keySecret } = credentials;
    const [username, password] = authentication === 'apiKey' ? [apiSid, keySecret] : [accountSid, authToken];
    const auth = { username: text(username), password: text(password) };
    return await Promise.resolve({ ...request, auth });
  }

  test: ICredentialTestRequest = {
    request: {
      baseURL: '={{ $credentials.baseUrl.trim().replace(/\\/+$/, "") }}',
      url: '=/2010-04-01/Accounts/{{ $credentials.accountSid.trim() }}/Messages.json',
      qs: { PageSize: 1 },
    },
  };
}

const text = (value: unknown) => (typeof value === 'string' ? value.trim() : '');
