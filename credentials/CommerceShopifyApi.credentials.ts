/** A Shopify shop's app: its Admin API access, and the secret that Shopify signs the app's webhooks with. */
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

/** The same address in an expression, for the credential's test. */
const BASE_URL_EXPRESSION =
  '={{ ($credentials.baseUrl || "https://" + ($credentials.shopDomain.includes(".") ? $credentials.shopDomain : $credentials.shopDomain + ".myshopify.com").replace(/^https?:\\/\\//, "")).replace(/\\/+$/, "") }}';

export class CommerceShopifyApi implements ICredentialType {
  name = 'commerceShopifyApi';

  displayName = 'Commerce Shopify API';

  icon: Icon = { light: 'file:commerceShopifyApi.svg', dark: 'file:commerceShopifyApi.dark.svg' };

  documentationUrl = 'https://www.npmjs.com/package/n8n-nodes-commerce-journeys';

  properties: INodeProperties[] = [
    {
      displayName: 'Shop Domain',
      name: 'shopDomain',
      type: 'string',
      required: true,
      default: '',
      placeholder: 'e.g. my-shop.myshopify.com',
      description: 'The address that ends in .myshopify.com, not the one that customers see',
    },
    {
      displayName: 'App',
      name: 'authentication',
      type: 'options',
      default: 'accessToken',
      options: [
        {
          name: 'Admin API Access Token',
          value: 'accessToken',
          description: 'A custom app made in the Shopify admin before 2026; its token begins with shpat_',
        },
        {
          name: 'Client ID and Secret',
          value: 'clientCredentials',
          description: 'An app of the Dev Dashboard; a token is asked for when it is needed',
        },
      ],
    },
    {
      displayName: 'Admin API Access Token',
      name: 'accessToken',
      type: 'string',
      typeOptions: { password: true },
      required: true,
      default: '',
      displayOptions: { show: { authentication: ['accessToken'] } },
    },
    {
      displayName: 'Client ID',
      name: 'clientId',
      type: 'string',
      required: true,
      default: '',
      displayOptions: { show: { authentication: ['clientCredentials'] } },
    },
    {
      displayName: 'API Secret Key',
      name: 'apiSecretKey',
      type: 'string',
      typeOptions: { password: true },
      required: true,
      default: '',
      description:
        'The client secret of the app. Shopify signs the webhooks with it; the journeys service checks them.',
    },
    {
      displayName: 'API Version',
      name: 'apiVersion',
      type: 'string',
      required: true,
      default: '2026-10',
      description: 'Of the Admin API. Shopify brings out a new one each quarter and keeps each for a year.',
    },
    {
      displayName: 'Base URL',
      name: 'baseUrl',
      type: 'string',
      default: '',
      placeholder: "the shop's own",
      description: 'Only for a proxy before Shopify; empty is the shop domain itself',
    },
    {
      displayName: 'Session Token',
      name: 'sessionToken',
      type: 'hidden',
      typeOptions: { expirable: true, password: true },
      default: '',
    },
  ];

  /** Only for apps of the Dev Dashboard: their tokens live for a day, and n8n asks for a new one at the first 401. */
  async preAuthentication(this: IHttpRequestHelper, credentials: ICredentialDataDecryptedObject): Promise<IDataObject> {
    if (credentials.authentication !== 'clientCredentials') return {};
    const { access_token } = (await this.helpers.httpRequest({
      method: 'POST',
      url: `${baseUrl(credentials)}/admin/oauth/access_token`,
      body: {
        client_id: credentials.clientId,
        client_secret: credentials.apiSecretKey,
        grant_type: 'client_credentials',
      },
      json: true,
    })) as { access_token?: string };
    return { sessionToken: access_token ?? '' };
  }

  async authenticate(
    credentials: ICredentialDataDecryptedObject,
    request: IHttpRequestOptions,
  ): Promise<IHttpRequestOptions> {
    const token =
      credentials.authentication === 'clientCredentials' ? credentials.sessionToken : credentials.accessToken;
    return await Promise.resolve({ ...request, headers: { ...request.headers, 'X-Shopify-Access-Token': token } });
  }

  test: ICredentialTestRequest = {
    request: {
      baseURL: BASE_URL_EXPRESSION,
      url: '=/admin/api/{{ $credentials.apiVersion }}/graphql.json',
      method: 'POST',
      body: { query: '{ shop { name } }' },
      json: true,
    },
  };
}

/** `https://my-shop.myshopify.com`, or what stands before it. */
function baseUrl({ baseUrl: given, shopDomain }: ICredentialDataDecryptedObject): string {
  const text = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');
  const host = text(shopDomain).replace(/^https?:\/\//i, '');
  const whole = text(given) || `https://${host.includes('.') ? host : `${host}.myshopify.com`}`;
  return whole.replace(/\/+$/, '');
}
