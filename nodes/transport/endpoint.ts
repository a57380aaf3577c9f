/** Tells the journeys service where a node of a published workflow can be called, and when it is no longer there. */
import type { IDataObject, IHookFunctions } from 'n8n-workflow';
import { NodeHelpers, NodeOperationError } from 'n8n-workflow';
import type { EndpointKind } from './contract.ts';
import { JourneysApi } from './journeysApi.ts';

export const WEBHOOK_PATH = 'journey';

/**
 * n8n deletes a test webhook with the same mode and activation as a real one; only what `create` left in the static
 * data of the test tells them apart. Mistaking one for the other would unpublish the journey after each manual test.
 */
const TEST_MARK = 'commerceJourneysTest';

export async function createEndpoint(context: IHookFunctions, kind: EndpointKind): Promise<boolean> {
  const node = context.getNode();
  const url = webhookUrl(context);
  const api = new JourneysApi(context);
  const parameters = node.parameters as IDataObject;
  if (context.getActivationMode() === 'manual') {
    context.getWorkflowStaticData('node')[TEST_MARK] = true;
    if (kind === 'trigger') await api.requestSample(url.href, node.name, parameters);
    return true;
  }
  const { id, name } = context.getWorkflow();
  await api.publishEndpoint({
    kind,
    workflowId: id ?? '',
    workflowName: name ?? '',
    nodeId: node.id,
    nodeName: node.name,
    path: endpointPath(url, NodeHelpers.getNodeWebhookPath(id ?? '', node, WEBHOOK_PATH)),
    parameters,
  });
  return true;
}

export async function deleteEndpoint(context: IHookFunctions): Promise<boolean> {
  const isTest = context.getActivationMode() === 'manual' || context.getWorkflowStaticData('node')[TEST_MARK] === true;
  if (isTest) return true;
  await new JourneysApi(context).removeEndpoint(context.getWorkflow().id ?? '', context.getNode().id);
  return true;
}

/**
 * The service calls n8n under its own `N8N_BASE_URL`, whatever public address (and path prefix of a proxy) n8n has:
 * what counts is n8n's webhook endpoint, one path segment, and the node's path behind it.
 */
export function endpointPath(url: URL, nodePath: string): string {
  const path = url.pathname.replace(/^\/+|\/+$/g, '');
  if (!path.endsWith(nodePath)) return path;
  const endpoint = path.slice(0, -nodePath.length).split('/').filter(Boolean).at(-1);
  return endpoint ? `${endpoint}/${nodePath}` : nodePath;
}

function webhookUrl(context: IHookFunctions): URL {
  const url = context.getNodeWebhookUrl('default');
  if (url && URL.canParse(url)) return new URL(url);
  throw new NodeOperationError(context.getNode(), 'n8n gives this node no webhook address', {
    description: 'Set WEBHOOK_URL of n8n to the address under which n8n can be reached.',
  });
}
