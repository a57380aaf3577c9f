/** How a segment starts in n8n: the service posts the due customers, the node starts an execution with them. */
import type { IDataObject, INodeExecutionData, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { CREDENTIAL } from './journeysApi.ts';
import { isSignedByService } from './segmentSignature.ts';
import { fieldText } from '../fields/fieldText.ts';

export async function receiveSegment(this: IWebhookFunctions): Promise<IWebhookResponseData> {
  const { apiKey } = await this.getCredentials(CREDENTIAL);
  const { rawBody } = this.getRequestObject() as unknown as { rawBody?: Buffer };
  const headers = this.getHeaderData();
  const signed = isSignedByService({
    apiKey: fieldText(apiKey),
    timestamp: headers['x-journeys-timestamp'],
    signature: headers['x-journeys-signature'],
    rawBody,
  });
  if (!signed) {
    return refuse(this, 401, 'This webhook takes calls signed by the journeys service with the same API key only.');
  }
  const items: unknown = this.getBodyData().items;
  if (!Array.isArray(items) || !items.every(isItem)) {
    return refuse(this, 400, 'The body must be {"items": [ … ]} with at least one object.');
  }
  const workflowItems = items.map<INodeExecutionData>((json) => ({ json }));
  return { workflowData: [workflowItems] };
}

/** What is used of Express's response; its types are not among n8n's peer dependencies. */
interface HttpResponse {
  status(code: number): HttpResponse;
  json(body: object): void;
}

function isItem(value: unknown): value is IDataObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(context: IWebhookFunctions, status: number, message: string): IWebhookResponseData {
  const response = context.getResponseObject() as unknown as HttpResponse;
  response.status(status).json({ message });
  return { noWebhookResponse: true };
}
