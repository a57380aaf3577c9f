/** Tells the journeys service where a node of a published workflow can be called, and when it is no longer there. */
import type { IHookFunctions } from 'n8n-workflow';
import { NodeHelpers, NodeOperationError } from 'n8n-workflow';
import type { EndpointKind, EndpointStatement } from './contract/endpoints.ts';
import { JourneysApi } from './journeysApi.ts';

const WEBHOOK_PATH = 'journey';

/**
 * n8n deletes a test webhook with the same mode and activation as a real one; only what `create` left in the static
 * data of the test tells them apart. Mistaking one for the other would unpublish the journey after each manual test.
 */
const TEST_MARK = 'commerceJourneysTest';

export async function createEndpoint(context: IHookFunctions, kind: EndpointKind): Promise<boolean> {
  const api = new JourneysApi(context);
  if (context.getActivationMode() === 'manual') {
    markTest(context);
    const node = context.getNode();
    if (kind === 'trigger') await api.requestSample(webhookUrl(context).href, node.name, node.parameters);
    return true;
  }
  await api.publishEndpoint(endpointStatement(context, kind));
  return true;
}

export async function deleteEndpoint(context: IHookFunctions): Promise<boolean> {
  if (isTest(context)) return true;
  await new JourneysApi(context).removeEndpoint(context.getWorkflow().id ?? '', context.getNode().id);
  return true;
}

/** To be called by `create` in a manual test, so that `delete` leaves alone what is published. */
export function markTest(context: IHookFunctions): void {
  context.getWorkflowStaticData('node')[TEST_MARK] = true;
}

export function isTest(context: IHookFunctions): boolean {
  return context.getActivationMode() === 'manual' || context.getWorkflowStaticData('node')[TEST_MARK] === true;
}

/** What the service has to know to call this node. */
export function endpointStatement(context: IHookFunctions, kind: EndpointKind): EndpointStatement {
  const node = context.getNode();
  const { id, name } = context.getWorkflow();
  return {
    kind,
    workflowId: id ?? '',
    workflowName: name ?? '',
    nodeId: node.id,
    nodeName: node.name,
    path: endpointPath(webhookUrl(context), NodeHelpers.getNodeWebhookPath(id ?? '', node, WEBHOOK_PATH)),
    parameters: node.parameters,
  };
}

/**
 * The service calls n8n under its own `N8N_BASE_URL`, whatever public address (and path prefix of a proxy) n8n has:
 * what counts is n8n's webhook endpoint, one path segment, and the node's path behind it.
 */
function endpointPath(url: URL, nodePath: string): string {
  const path = url.pathname.replace(/^\/+|\/+$/g, '');
  if (!path.endsWith(nodePath)) return path;
  const endpoint = path.slice(0, -nodePath.length).split('/').filter(Boolean).at(-1);
  return endpoint ? `${endpoint}/${nodePath}` : nodePath;
}

export function webhookUrl(context: IHookFunctions): URL {
  const url = context.getNodeWebhookUrl('default');
  if (url && URL.canParse(url)) return new URL(url);
  throw new NodeOperationError(context.getNode(), 'n8n gives this node no webhook address', {
    description: 'Set WEBHOOK_URL of n8n to the address under which n8n can be reached.',
  });
}
