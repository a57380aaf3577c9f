/** Where customers enter a journey. Its definition goes to the service when the workflow is published. */
import type {
  IHookFunctions,
  INodeType,
  INodeTypeDescription,
  IWebhookFunctions,
  IWebhookResponseData,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { createEndpoint, deleteEndpoint } from '../transport/endpoint.ts';
import { receiveSegment } from '../transport/segmentWebhook.ts';
import { journeyProperties } from './properties.ts';

export class JourneyTrigger implements INodeType {
  description: INodeTypeDescription = {
    displayName: 'Journey Trigger',
    name: 'journeyTrigger',
    icon: { light: 'file:journeyTrigger.svg', dark: 'file:journeyTrigger.dark.svg' },
    group: ['trigger'],
    version: 1,
    subtitle: '={{$parameter["journeyKey"]}}',
    description: 'Starts a journey for each customer who does what you choose',
    eventTriggerDescription: '',
    activationMessage: 'From now on customers enter this journey. You can watch each of them in the Temporal UI.',
    defaults: { name: 'Journey Trigger' },
    inputs: [],
    outputs: [NodeConnectionTypes.Main],
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
    triggerPanel: {
      header: 'Bring one customer in for a test',
      executionsHelp: {
        inactive:
          'For a test you need not wait for a customer: the journeys service sends the newest matching one, or a made-up one. <b>Waits are skipped and nothing is sent.</b> Publish the workflow to let customers in.',
        active:
          'For a test you need not wait for a customer: the journeys service sends the newest matching one, or a made-up one. <b>Waits are skipped and nothing is sent.</b> Real runs are in the Temporal UI; failed segments are in the <a data-key="executions">executions list</a>.',
      },
      activationHint: {
        active: 'The workflow is published: customers come in by themselves.',
        inactive: 'Publish the workflow to let customers in.',
      },
    },
    properties: journeyProperties,
  };

  webhookMethods = {
    default: {
      /** The service keeps what it was told last: always tell it anew. */
      async checkExists(this: IHookFunctions): Promise<boolean> {
        return await Promise.resolve(false);
      },
      async create(this: IHookFunctions): Promise<boolean> {
        return await createEndpoint(this, 'trigger');
      },
      async delete(this: IHookFunctions): Promise<boolean> {
        return await deleteEndpoint(this);
      },
    },
  };

  async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
    return await receiveSegment.call(this);
  }
}
