/**
 * Webhook subscriptions by Shopify's GraphQL Admin API: https://shopify.dev/docs/api/admin-graphql/latest/objects/WebhookSubscription
 * Only those of this app are seen and changed; Shopify removes one after repeated failures of its address.
 */
import type { IDataObject } from 'n8n-workflow';
import { sleep } from 'n8n-workflow';
import { fieldText } from '../fields/fieldText.ts';
import { ShopError } from './shopError.ts';
import { askShop, LONGEST_WAIT_MS, type Caller } from './shopRequest.ts';
import { shopifyAddress, shopifyDomain } from './shopAddress.ts';
import type { Refusal, ShopWebhook, ShopWebhooks } from './shopWebhooks.ts';

const LIST = `query CommerceJourneysWebhooks($after: String) {
  webhookSubscriptions(first: 100, after: $after) {
    nodes { id topic uri }
    pageInfo { hasNextPage endCursor }
  }
}`;
const CREATE = `mutation webhookSubscriptionCreate($topic: WebhookSubscriptionTopic!, $webhookSubscription: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $webhookSubscription) {
    webhookSubscription { id topic uri }
    userErrors { field message }
  }
}`;
const DELETE = `mutation webhookSubscriptionDelete($id: ID!) {
  webhookSubscriptionDelete(id: $id) {
    deletedWebhookSubscriptionId
    userErrors { field message }
  }
}`;

/** Each costs 10 points of a bucket of at least 1,000. */
const AT_ONCE = 4;
const THROTTLED_ATTEMPTS = 6;
const MOST_PAGES = 20;
/** When Shopify does not say how fast its bucket fills. */
const POINTS_PER_SECOND = 50;

interface Payload {
  userErrors?: Array<{ field?: string[] | null; message: string }>;
}

interface GraphqlAnswer {
  data?: IDataObject | null;
  errors?: Array<{ message?: string; extensions?: { code?: string } }> | string;
  extensions?: {
    cost?: {
      requestedQueryCost?: number;
      throttleStatus?: { currentlyAvailable?: number; restoreRate?: number };
    };
  };
}

export function shopifyWebhooks(caller: Caller, credentials: IDataObject): ShopWebhooks {
  const version = fieldText(credentials.apiVersion).trim();
  const url = `${shopifyAddress(credentials)}/admin/api/${encodeURIComponent(version)}/graphql.json`;
  const place = { domain: shopifyDomain(credentials), version };

  const ask = async (query: string, variables: IDataObject, isRepeatable: boolean): Promise<IDataObject> => {
    for (let attempt = 1; ; attempt++) {
      const answer = await askShop(caller, {
        credential: 'commerceShopifyApi',
        shop: 'Shopify',
        method: 'POST',
        url,
        body: { query, variables },
        isRepeatable,
      });
      if (answer.status >= 400) throw refusedStatus(answer.status, place);
      const body = (answer.body ?? {}) as GraphqlAnswer;
      const errors = Array.isArray(body.errors) ? body.errors : [];
      // A throttled query has not been run, whatever it was.
      if (errors.some(({ extensions }) => extensions?.code === 'THROTTLED')) {
        if (attempt >= THROTTLED_ATTEMPTS) throw throttled();
        await sleep(refillMs(body));
        continue;
      }
      if (body.errors !== undefined && body.errors.length > 0) throw graphqlError(body.errors);
      if (!body.data) throw notGraphql(url);
      return body.data;
    }
  };

  const mutate = async (query: string, name: string, variables: IDataObject): Promise<string | null> => {
    const data = await ask(query, variables, false);
    const { userErrors = [] } = (data[name] ?? {}) as Payload;
    return userErrors.length === 0 ? null : userErrors.map(({ message }) => message).join(' ');
  };

  return {
    async list() {
      const found: ShopWebhook[] = [];
      let after: string | null = null;
      for (let page = 0; page < MOST_PAGES; page++) {
        const data: IDataObject = await ask(LIST, { after }, true);
        const { nodes = [], pageInfo } = (data.webhookSubscriptions ?? {}) as {
          nodes?: Array<{ id: string; topic: string; uri: string }>;
          pageInfo?: { hasNextPage?: boolean; endCursor?: string | null };
        };
        // What Shopify lists is active: one that it has given up is no longer there.
        found.push(...nodes.map(({ id, topic, uri }): ShopWebhook => ({ id, topic, url: uri, state: 'active' })));
        if (!pageInfo?.hasNextPage || !pageInfo.endCursor) break;
        after = pageInfo.endCursor;
      }
      return found;
    },
    async create(topics, uri) {
      return await eachOf(topics, async (topic) => {
        const variables = { topic, webhookSubscription: { uri, format: 'JSON' } };
        const message = await mutate(CREATE, 'webhookSubscriptionCreate', variables);
        // Another process, or a request whose answer was lost, has made it already.
        if (message === null || /already been taken/i.test(message)) return null;
        return { topic, message };
      });
    },
    renew: () => Promise.resolve([]),
    async remove(webhooks) {
      return await eachOf(webhooks, async ({ id, topic }) => {
        const message = await mutate(DELETE, 'webhookSubscriptionDelete', { id });
        if (message === null || /(does not|doesn't) exist|not found/i.test(message)) return null;
        return { topic, message };
      });
    },
  };
}

/** A few at the same time; the first that cannot be asked at all ends it. */
async function eachOf<T>(values: readonly T[], work: (value: T) => Promise<Refusal | null>): Promise<Refusal[]> {
  const refusals: Refusal[] = [];
  const queue = [...values];
  const worker = async () => {
    for (let value = queue.shift(); value !== undefined; value = queue.shift()) {
      const refusal = await work(value);
      if (refusal) refusals.push(refusal);
    }
  };
  const results = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return refusals;
}

/** Until the bucket has what the query costs; https://shopify.dev/docs/api/usage/limits */
function refillMs({ extensions }: GraphqlAnswer): number {
  const { requestedQueryCost = POINTS_PER_SECOND, throttleStatus } = extensions?.cost ?? {};
  const missing = requestedQueryCost - (throttleStatus?.currentlyAvailable ?? 0);
  const perSecond = throttleStatus?.restoreRate || POINTS_PER_SECOND;
  return Math.min(Math.max((missing / perSecond) * 1000, 250), LONGEST_WAIT_MS);
}

function throttled(): ShopError {
  return new ShopError('Shopify asks for fewer requests (THROTTLED)', {
    description:
      'Other programs use up what this app may ask. Publish again in a minute; what has been done so far stays.',
    httpCode: '429',
  });
}

function refusedStatus(status: number, { domain, version }: { domain: string; version: string }): ShopError {
  const httpCode = String(status);
  switch (status) {
    case 400:
    case 401:
      return new ShopError(`Shopify does not accept the credential for ${domain} (${httpCode})`, {
        httpCode,
        description:
          'Check the access token, or Client ID and API secret key, in the "Commerce Shopify API" credential: they belong to one app, and it has to be installed in this shop.',
      });
    case 402:
    case 423:
      return new ShopError(`The shop ${domain} is frozen or locked (${httpCode})`, {
        httpCode,
        description: 'Shopify says why in its admin; when that is settled, publish again.',
      });
    case 403:
      return new ShopError(`Shopify does not let this app in (403)`, {
        httpCode,
        description: `The app lacks an access scope for ${domain}, or the shop is not accessible. It needs read_orders, read_customers, read_products, read_inventory, read_fulfillments and read_checkouts.`,
      });
    case 404:
      return new ShopError(`There is no Admin API ${version} at ${domain} (404)`, {
        httpCode,
        description:
          'Check the shop domain (it ends in .myshopify.com) and the API version in the "Commerce Shopify API" credential.',
      });
    default:
      return new ShopError(`Shopify refuses the request (${httpCode})`, {
        httpCode,
        description: 'Check the "Commerce Shopify API" credential.',
      });
  }
}

function graphqlError(errors: NonNullable<GraphqlAnswer['errors']>): ShopError {
  const list = typeof errors === 'string' ? [{ message: errors }] : errors;
  const messages = list.map(({ message }) => message ?? 'no reason given').join(' ');
  const isDenied = list.some((error) => 'extensions' in error && error.extensions?.code === 'ACCESS_DENIED');
  return new ShopError(`Shopify refuses: ${messages}`, {
    description: isDenied
      ? 'Give the app the access scopes that are named, install it again, and publish again.'
      : 'If the API version in the credential is old or very new, try the one that the field has by default.',
  });
}

function notGraphql(url: string): ShopError {
  return new ShopError(`What answers at ${new URL(url).host} is not Shopify's Admin API`, {
    description: 'Check shop domain and base URL in the "Commerce Shopify API" credential.',
  });
}
