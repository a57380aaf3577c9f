/**
 * Publishing a Commerce Trigger: the service learns the connection's secret and where the node can be called, then the shop
 * learns where to send. Each step may be done again, so that a second publishing mends what a failed one has left.
 */
import type { IHookFunctions, IWebhookFunctions } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import { endpointStatement, isTest, markTest, webhookUrl } from '../transport/endpoint.ts';
import { JourneysApi } from '../transport/journeysApi.ts';
import { asNodeError, inOneLine } from './shopError.ts';
import { shopOfNode, type ShopOfNode } from './shopOfNode.ts';
import { mendWebhooks, removeWebhooks, type Refusal } from './shopWebhooks.ts';

type Context = IHookFunctions | IWebhookFunctions;

export async function publishShop(context: IHookFunctions): Promise<boolean> {
  if (context.getActivationMode() === 'manual') {
    await askForSample(context);
    return true;
  }
  const api = new JourneysApi(context);
  const shop = await shopOfNode(context);
  const url = await tellConnection(api, context, shop);
  const endpoint = endpointStatement(context, 'commerce');
  await api.publishEndpoint({ ...endpoint, connection: shop.connection, topics: shop.topics });
  if (!shop.webhooks || url === null) return true;
  try {
    const topics = [...new Set([...shop.topics, ...(await topicsOfOthers(api, context, shop))])];
    const { refusals } = await mendWebhooks(shop.webhooks, { url, topics, isPublishing: true });
    if (refusals.length > 0) throw refusedTopics(context, shop, url, refusals);
    return true;
  } catch (error) {
    // n8n does not publish the workflow then: nobody would be there to take events.
    await api.removeEndpoint(endpoint.workflowId, endpoint.nodeId).catch(() => {});
    throw asNodeError(context.getNode(), error);
  }
}

export async function unpublishShop(context: IHookFunctions): Promise<boolean> {
  if (isTest(context)) return true;
  const api = new JourneysApi(context);
  await api.removeEndpoint(context.getWorkflow().id ?? '', context.getNode().id);
  try {
    const shop = await shopOfNode(context);
    const url = shop.webhooks && (await api.connection(shop.connection))?.webhookUrl;
    if (shop.webhooks && url) {
      await removeWebhooks(shop.webhooks, url, await topicsOfOthers(api, context, shop));
    }
  } catch (error) {
    // Unpublishing has to work without the shop, too: what it goes on sending is taken in, and a later publishing adopts it.
    context.logger.warn(`The webhooks of "${context.getNode().name}" could not be removed. ${inOneLine(error)}`);
  }
  return true;
}

/** As `temporal/n8n/postCheck.ts` reads it. */
export interface CheckAnswer {
  connection: string;
  topics: string[];
  kept: number;
  created: string[];
  reactivated: string[];
  removed: string[];
  problems: string[];
}

/** The service asks every few hours: secret and webhooks are brought back to what this node needs. Never throws. */
export async function checkShop(context: IWebhookFunctions): Promise<CheckAnswer> {
  const answer: CheckAnswer = {
    connection: '',
    topics: [],
    kept: 0,
    created: [],
    reactivated: [],
    removed: [],
    problems: [],
  };
  try {
    const api = new JourneysApi(context);
    const shop = await shopOfNode(context);
    Object.assign(answer, { connection: shop.connection, topics: shop.topics });
    const url = await tellConnection(api, context, shop);
    if (!shop.webhooks || url === null) return answer;
    const { refusals, paused, ...done } = await mendWebhooks(shop.webhooks, {
      url,
      topics: shop.topics,
      isPublishing: false,
    });
    Object.assign(answer, done);
    for (const { topic, message } of refusals)
      answer.problems.push(`${topic}: the shop refuses its webhook: ${message}`);
    if (paused.length > 0) {
      answer.problems.push(
        `somebody paused the webhooks of ${paused.join(', ')} in the shop: activate them there, or publish the workflow again`,
      );
    }
  } catch (error) {
    answer.problems.push(inOneLine(error));
  }
  return answer;
}

/** In a manual test neither the shop nor what is published is touched. */
async function askForSample(context: IHookFunctions): Promise<void> {
  markTest(context);
  const node = context.getNode();
  // Without a credential a sample can be shown all the same.
  const connection = await shopOfNode(context).then(
    (shop) => shop.connection,
    () => undefined,
  );
  await new JourneysApi(context).requestSample(webhookUrl(context).href, node.name, node.parameters, {
    kind: 'commerce',
    ...(connection ? { connection } : {}),
  });
}

/** @returns where the shop sends to; null for an own shop without a connection, whose events come with the API key */
async function tellConnection(api: JourneysApi, context: Context, shop: ShopOfNode): Promise<string | null> {
  const { kind, connection, secret, currency } = shop;
  const there = await api.connection(connection);
  if (secret === null) {
    if (there && currency) await api.putConnection(connection, { currency });
    return there?.webhookUrl ?? null;
  }
  if (there && there.kind !== kind) {
    throw new NodeOperationError(
      context.getNode(),
      `The connection "${connection}" is one of another kind: ${there.kind}`,
      {
        description: 'Give this shop a name of its own in the field "Connection".',
      },
    );
  }
  return await api.putConnection(connection, { kind, secret, ...(currency ? { currency } : {}) });
}

/** Another workflow may listen to the same connection, and need what this one does not. */
async function topicsOfOthers(
  api: JourneysApi,
  context: IHookFunctions,
  { connection }: ShopOfNode,
): Promise<string[]> {
  const me = { workflowId: context.getWorkflow().id ?? '', nodeId: context.getNode().id };
  const listeners = await api.commerceTriggers(connection);
  return listeners
    .filter(({ workflowId, nodeId }) => workflowId !== me.workflowId || nodeId !== me.nodeId)
    .flatMap(({ topics }) => topics);
}

function refusedTopics(context: IHookFunctions, { kind }: ShopOfNode, url: string, refusals: Refusal[]): NodeApiError {
  const name = kind === 'shopify' ? 'Shopify' : 'WooCommerce';
  const lines = refusals.map(({ topic, message }) => `${topic}: ${message}`);
  const needsAddress = /address|url|https/i.test(lines.join(' '));
  const wayOut = needsAddress
    ? `The shop has to reach ${url}: set JOURNEYS_PUBLIC_URL of the journeys service to its public https address.`
    : 'Give the app or key the access that is named, or take these topics away, and publish again.';
  return new NodeApiError(
    context.getNode(),
    { message: lines.join('\n') },
    {
      message: `${name} refuses ${refusals.length === 1 ? 'a webhook' : `${refusals.length} webhooks`}: ${lines[0]}`,
      description: [...lines.slice(1), wayOut].join('\n'),
    },
  );
}
