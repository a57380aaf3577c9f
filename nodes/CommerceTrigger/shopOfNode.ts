/** What the node's fields and credentials say about its shop: which connection, which topics, which secret, how it is asked. */
import type { IDataObject } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { fieldText } from '../fields/fieldText.ts';
import { connectionNameOf, shopifyDomain, wooCommerceAddress } from './shopAddress.ts';
import { shopifyWebhooks } from './shopifyWebhooks.ts';
import type { Caller } from './shopRequest.ts';
import type { ShopWebhooks } from './shopWebhooks.ts';
import { wooCommerceSecret, wooCommerceWebhooks } from './wooCommerceWebhooks.ts';

export type ShopKind = 'shopify' | 'woocommerce' | 'custom';

export interface ShopOfNode {
  kind: ShopKind;
  /** Name of the connection: part of the address that the shop sends to, and `source` of its events. */
  connection: string;
  /** In the shop's words; none for an own shop. */
  topics: string[];
  /** null for an own shop: whoever made the connection has it. */
  secret: string | null;
  /** ISO 4217; null: not said. */
  currency: string | null;
  /** null for an own shop: it sends by itself. */
  webhooks: ShopWebhooks | null;
}

/** Made by `npm start`; the service has the same default. */
const OWN_SHOP = 'shop';

export async function shopOfNode(caller: Caller): Promise<ShopOfNode> {
  const kind = caller.getNodeParameter('shop') as ShopKind;
  const named = fieldText(caller.getNodeParameter('connection', '')).trim();
  const options = caller.getNodeParameter('options', {}) as IDataObject;
  const currency = fieldText(options.currency).trim().toUpperCase() || null;
  if (kind === 'custom') {
    return { kind, connection: named || OWN_SHOP, topics: [], secret: null, currency, webhooks: null };
  }
  const topics = caller.getNodeParameter(kind === 'shopify' ? 'shopifyTopics' : 'wooCommerceTopics') as string[];
  if (topics.length === 0) {
    throw new NodeOperationError(caller.getNode(), 'No topics are chosen', {
      description: 'Choose at least one under Topics, or "Own Shop" if nothing is to be registered with a shop.',
    });
  }
  if (kind === 'shopify') {
    const credentials = await caller.getCredentials<IDataObject>('commerceShopifyApi');
    const connection = named || connectionNameOf(shopifyDomain(credentials));
    const secret = fieldText(credentials.apiSecretKey).trim();
    return { kind, connection, topics, secret, currency, webhooks: shopifyWebhooks(caller, credentials) };
  }
  const credentials = await caller.getCredentials<IDataObject>('commerceWooCommerceApi');
  const connection = named || connectionNameOf(wooCommerceAddress(credentials));
  const secret = wooCommerceSecret(credentials, connection);
  return { kind, connection, topics, secret, currency, webhooks: wooCommerceWebhooks(caller, credentials, secret) };
}
