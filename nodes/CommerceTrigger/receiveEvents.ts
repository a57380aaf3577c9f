/** The node's webhook: events from the service start one execution; its question about the shop is answered and starts none. */
import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { answer, isSigned, receiveSegment, refuseSignature } from '../transport/segmentWebhook.ts';
import { checkShop } from './publishShop.ts';

export async function receiveEvents(this: IWebhookFunctions): Promise<IWebhookResponseData> {
  if (this.getBodyData().check !== true) return await receiveSegment.call(this);
  if (!(await isSigned(this))) return refuseSignature(this);
  return answer(this, 200, await checkShop(this));
}
