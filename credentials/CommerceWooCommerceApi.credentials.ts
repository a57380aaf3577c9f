/** A WooCommerce shop's REST API key. The secret of its webhooks is made by Commerce Trigger. */
import type {
  ICredentialDataDecryptedObject,
  ICredentialTestRequest,
  ICredentialType,
  IHttpRequestOptions,
  INodeProperties,
  Icon,
} from 'n8n-workflow';

export class CommerceWooCommerceApi implements ICredentialType {
  name = 'commerceWooCommerceApi';

  displayName = 'Commerce WooCommerce API';

  icon: Icon = { light: 'file:commerceWooCommerceApi.svg', dark: 'file:commerceWooCommerceApi.dark.svg' };

  documentationUrl = 'https://www.npmjs.com/package/n8n-nodes-commerce-journeys';

  properties: INodeProperties[] = [
    {
      displayName: 'Shop URL',
      name: 'shopUrl',
      type: 'string',
      required: true,
      default: '',
      placeholder: 'e.g. https://shop.example.com',
      description: 'Where WordPress is installed. It has to be https: WooCommerce takes the key over nothing else.',
    },
    // eslint-disable-next-line @n8n/community-nodes/credential-unnecessary-password -- half of a pair that opens the shop
    {
      displayName: 'Consumer Key',
      name: 'consumerKey',
      type: 'string',
      typeOptions: { password: true },
      required: true,
      default: '',
      placeholder: 'e.g. ck_...',
      description: 'Made in WooCommerce under Settings, Advanced, REST API, with the permission Read/Write',
    },
    {
      displayName: 'Consumer Secret',
      name: 'consumerSecret',
      type: 'string',
      typeOptions: { password: true },
      required: true,
      default: '',
      placeholder: 'e.g. cs_...',
    },
    {
      displayName: 'Send the Key in the Query',
      name: 'keyInQuery',
      type: 'boolean',
      default: false,
      description:
        'Whether the key goes into the address instead of a header. For web servers that drop the Authorization header, so that WooCommerce says "consumer key is missing".',
    },
  ];

  async authenticate(
    credentials: ICredentialDataDecryptedObject,
    request: IHttpRequestOptions,
  ): Promise<IHttpRequestOptions> {
    const { consumerKey, consumerSecret, keyInQuery } = credentials;
    if (keyInQuery === true) {
      const qs = { ...request.qs, consumer_key: consumerKey, consumer_secret: consumerSecret };
      return await Promise.resolve({ ...request, qs });
    }
    const auth = { username: consumerKey as string, password: consumerSecret as string };
    return await Promise.resolve({ ...request, auth });
  }

  test: ICredentialTestRequest = {
    request: {
      baseURL: '={{ $credentials.shopUrl.replace(/\\/+$/, "") }}',
      url: '/wp-json/wc/v3/webhooks',
      qs: { per_page: 1 },
    },
  };
}
