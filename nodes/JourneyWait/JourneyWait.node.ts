/**
 * Cuts a journey into segments. Reached from the canvas it hands its customers to the service and outputs nothing: in n8n
 * nobody waits. When their time has come, the service calls its webhook and the execution starts here.
 */
import type {
  IExecuteFunctions,
  IHookFunctions,
  INodeExecutionData,
  INodeType,
  INodeTypeDescription,
  IWebhookFunctions,
  IWebhookResponseData,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { createEndpoint, deleteEndpoint } from '../transport/endpoint.ts';
import { receiveSegment } from '../transport/segmentWebhook.ts';
import { waitProperties } from './properties.ts';
import { registerWaits } from './registerWaits.ts';
import { releaseCustomers, skipWaits, startedByService } from './releaseCustomers.ts';

export class JourneyWait implements INodeType {
  description: INodeTypeDescription = {
    displayName: 'Journey Wait',
    name: 'journeyWait',
    icon: { light: 'file:journeyWait.svg', dark: 'file:journeyWait.dark.svg' },
    group: ['organization'],
    version: 1,
    subtitle:
      '={{ { duration: "for " + $parameter["amount"] + " " + $parameter["unit"], event: "until an event", date: "until a date", localTime: "until " + $parameter["time"] + " local time", replenishment: "until it runs out", preferredHour: "until the preferred hour" }[$parameter["resume"]] }}',
    description: 'Lets each customer wait, as long as it takes and safe from restarts',
    defaults: { name: 'Journey Wait' },
    inputs: [NodeConnectionTypes.Main],
    outputs:
      '={{ ($parameter["resume"] === "event" ? ($parameter["limitWait"] === false ? ["Event"] : ["Event", "Time Ran Out"]) : ["Waited"]).map((displayName) => ({ type: "main", displayName })) }}',
    usableAsTool: undefined,
    credentials: [{ name: 'commerceJourneysApi', required: true }],
    webhooks: [
      {
        name: 'default',
        httpMethod: 'POST',
        path: 'journey',
        responseMode: 'lastNode',
        responseData: 'noData',
        ndvHideUrl: true,
      },
    ],
    hints: [
      {
        message:
          "After this node <code>$('…')</code> does not reach the nodes before it: what they added is on the item, and <code>run.entry</code> has what brought the customer in.",
        type: 'info',
        location: 'outputPane',
        whenToDisplay: 'beforeExecution',
      },
    ],
    properties: waitProperties,
  };

  webhookMethods = {
    default: {
      /** The service keeps what it was told last: always tell it anew. */
      async checkExists(this: IHookFunctions): Promise<boolean> {
        return await Promise.resolve(false);
      },
      async create(this: IHookFunctions): Promise<boolean> {
        return await createEndpoint(this, 'wait');
      },
      async delete(this: IHookFunctions): Promise<boolean> {
        return await deleteEndpoint(this);
      },
    },
  };

  async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
    return await receiveSegment.call(this);
  }

  async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
    if (startedByService(this)) return releaseCustomers(this);
    if (this.getMode() === 'manual') return skipWaits(this);
    return await registerWaits(this);
  }
}
