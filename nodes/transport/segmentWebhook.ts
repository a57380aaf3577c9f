/** How a segment starts in n8n: the service posts the due customers, the node starts an execution with them. */
import type { IDataObject, INodeExecutionData, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { CREDENTIAL } from './serviceCalls.ts';
import { isSignedByService } from './segmentSignature.ts';
import { fieldText } from '../fields/fieldText.ts';

export async function receiveSegment(this: IWebhookFunctions): Promise<IWebhookResponseData> {
  if (!(await isSigned(this))) return refuseSignature(this);
  const items: unknown = this.getBodyData().items;
  if (!Array.isArray(items) || !items.every(isItem)) {
    return answer(this, 400, { message: 'The body must be {"items": [ … ]} with at least one object.' });
  }
  const workflowItems = items.map<INodeExecutionData>((json) => ({ json }));
  return { workflowData: [workflowItems] };
}

/** Whether the call comes from the journeys service with the same API key. */
export async function isSigned(context: IWebhookFunctions): Promise<boolean> {
  const { apiKey } = await context.getCredentials(CREDENTIAL);
  const { rawBody } = context.getRequestObject() as unknown as { rawBody?: Buffer };
  const headers = context.getHeaderData();
  return isSignedByService({
    apiKey: fieldText(apiKey),
    timestamp: headers['x-journeys-timestamp'],
    signature: headers['x-journeys-signature'],
    rawBody,
  });
}

export function refuseSignature(context: IWebhookFunctions): IWebhookResponseData {
  const message = 'This webhook takes calls signed by the journeys service with the same API key only.';
  return answer(context, 401, { message });
}

/** Answers without starting an execution. */
export function answer(context: IWebhookFunctions, status: number, body: object): IWebhookResponseData {
  const response = context.getResponseObject() as unknown as HttpResponse;
  response.status(status).json(body);
  return { noWebhookResponse: true };
}

/** What is used of Express's response; its types are not among n8n's peer dependencies. */
interface HttpResponse {
  status(code: number): HttpResponse;
  json(body: object): void;
}

function isItem(value: unknown): value is IDataObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
