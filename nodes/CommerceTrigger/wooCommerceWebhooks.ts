/**
 * Webhooks by WooCommerce's REST API, version 3: https://developer.woocommerce.com/docs/apis/rest-api/v3/webhooks/
 * WooCommerce switches one off (`disabled`) after five failed deliveries in a row, and never gives its secret out.
 */
import { createHash, createHmac } from 'node:crypto';
import type { IDataObject } from 'n8n-workflow';
import { fieldText } from '../fields/fieldText.ts';
import { wooCommerceAddress } from './shopAddress.ts';
import { ShopError } from './shopError.ts';
import { askShop, type Caller, type ShopAnswer, type ShopRequest } from './shopRequest.ts';
import type { Refusal, ShopWebhook, ShopWebhooks } from './shopWebhooks.ts';

const ROUTE = '/wp-json/wc/v3/webhooks';
const PER_PAGE = 100;
const MOST_PAGES = 20;
/** WooCommerce takes up to 100 objects in one batch. */
const BATCH = 100;
const SECRET_PURPOSE = 'commerce-journeys woocommerce webhooks v1';

interface RawWebhook {
  id?: number;
  name?: string;
  status?: string;
  topic?: string;
  delivery_url?: string;
  error?: { code?: string; message?: string };
}

/**
 * The secret of our webhooks: made from the key's own secret, so that it is the same at every publishing and check, is kept
 * nowhere, and changes with the key.
 */
export function wooCommerceSecret(credentials: IDataObject, connection: string): string {
  const key = fieldText(credentials.consumerSecret);
  return createHmac('sha256', key).update(`${SECRET_PURPOSE} ${connection}`).digest('base64url');
}

export function wooCommerceWebhooks(caller: Caller, credentials: IDataObject, secret: string): ShopWebhooks {
  const address = wooCommerceAddress(credentials);
  // Part of the name: the only place that tells later whether a webhook has this secret or an older one.
  const mark = createHash('sha256').update(secret).digest('hex').slice(0, 8);
  const nameOf = (topic: string) => `Commerce journeys ${topic} (${mark})`;

  const ask = async (request: Pick<ShopRequest, 'method' | 'qs' | 'body' | 'isRepeatable'> & { path?: string }) => {
    const { path = '', ...rest } = request;
    const url = `${address}${ROUTE}${path}`;
    const answer = await askShop(caller, {
      credential: 'commerceWooCommerceApi',
      shop: 'WooCommerce',
      url,
      ...rest,
    });
    if (answer.status >= 400) throw refused(answer, address);
    return answer;
  };

  /** @returns what was refused of it */
  const batch = async (kind: 'create' | 'update' | 'delete', objects: IDataObject[] | number[], topics: string[]) => {
    const refusals: Refusal[] = [];
    for (let from = 0; from < objects.length; from += BATCH) {
      const body = { [kind]: objects.slice(from, from + BATCH) };
      const answer = await ask({ method: 'POST', path: '/batch', body, isRepeatable: kind !== 'create' });
      const results = ((answer.body ?? {}) as Record<string, RawWebhook[] | undefined>)[kind] ?? [];
      results.forEach(({ error }, index) => {
        const message = error && !/invalid_id|already_trashed/.test(error.code ?? '') ? error.message : undefined;
        if (error && message) refusals.push({ topic: topics[from + index] ?? '', message });
      });
    }
    return refusals;
  };

  return {
    async list() {
      const found: ShopWebhook[] = [];
      for (let page = 1; page <= MOST_PAGES; page++) {
        const { body, headers } = await ask({ method: 'GET', qs: { per_page: PER_PAGE, page }, isRepeatable: true });
        if (!Array.isArray(body)) throw notWooCommerce(address);
        found.push(...(body as RawWebhook[]).map((raw) => webhookOf(raw, mark)));
        if (page >= Number(headers['x-wp-totalpages'] ?? 1)) break;
      }
      return found;
    },
    async create(topics, url) {
      const objects = topics.map((topic) => ({
        name: nameOf(topic),
        topic,
        delivery_url: url,
        secret,
        status: 'active',
      }));
      return await batch('create', objects, [...topics]);
    },
    async renew(webhooks) {
      const objects = webhooks.map(({ id, topic }) => ({
        id: Number(id),
        name: nameOf(topic),
        secret,
        status: 'active',
      }));
      return await batch(
        'update',
        objects,
        webhooks.map(({ topic }) => topic),
      );
    },
    async remove(webhooks) {
      return await batch(
        'delete',
        webhooks.map(({ id }) => Number(id)),
        webhooks.map(({ topic }) => topic),
      );
    },
  };
}

function webhookOf(raw: RawWebhook, mark: string): ShopWebhook {
  const hasSecret = (raw.name ?? '').endsWith(`(${mark})`);
  const states: Record<string, ShopWebhook['state']> = { active: hasSecret ? 'active' : 'stale', paused: 'paused' };
  return {
    id: String(raw.id ?? ''),
    topic: raw.topic ?? '',
    url: raw.delivery_url ?? '',
    state: states[raw.status ?? ''] ?? 'off',
  };
}

function refused({ status, body }: ShopAnswer, address: string): ShopError {
  const httpCode = String(status);
  const { code, message } = (typeof body === 'object' && body !== null ? body : {}) as {
    code?: string;
    message?: string;
  };
  const said = message ? ` WooCommerce says: ${message}` : '';
  const { host } = new URL(address);
  if (status === 404) {
    return new ShopError(`There is no WooCommerce REST API at ${address} (404)`, {
      httpCode,
      description: `Check the shop URL in the credential, that WooCommerce is active, and that Settings, Permalinks is not "Plain".${code === 'rest_no_route' ? said : ''}`,
    });
  }
  if (status === 401 || status === 403) {
    return new ShopError(`WooCommerce does not accept the key for ${host} (${httpCode})`, {
      httpCode,
      description: `Check consumer key and secret in the "Commerce WooCommerce API" credential: the key needs the permission Read/Write and a user who may manage the shop, and the address has to be https. Some web servers drop the Authorization header: then switch on "Send the Key in the Query".${said}`,
    });
  }
  return new ShopError(`WooCommerce refuses the request (${httpCode})`, {
    httpCode,
    description: said.trim() || 'Check the "Commerce WooCommerce API" credential.',
  });
}

function notWooCommerce(address: string): ShopError {
  return new ShopError(`What answers at ${new URL(address).host} is not WooCommerce's REST API`, {
    description: 'Check the shop URL in the "Commerce WooCommerce API" credential.',
  });
}
