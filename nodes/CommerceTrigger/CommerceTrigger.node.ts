/** Connects a shop, and starts a workflow with its events in canonical form. Its webhooks at the shop come and go with publishing. */
import type {
  IHookFunctions,
  INodeType,
  INodeTypeDescription,
  IWebhookFunctions,
  IWebhookResponseData,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { commerceProperties } from './properties.ts';
import { publishShop, unpublishShop } from './publishShop.ts';
import { receiveEvents } from './receiveEvents.ts';

export class CommerceTrigger implements INodeType {
  description: INodeTypeDescription = {
    displayName: 'Commerce Trigger',
    name: 'commerceTrigger',
    icon: { light: 'file:commerceTrigger.svg', dark: 'file:commerceTrigger.dark.svg' },
    group: ['trigger'],
    version: 1,
    subtitle:
      '={{ ({ shopify: "Shopify", woocommerce: "WooCommerce", custom: "Own shop" })[$parameter["shop"]] + ($parameter["connection"] ? ": " + $parameter["connection"] : "") }}',
    description: 'Connects Shopify, WooCommerce or your own shop, and starts with its events',
    eventTriggerDescription: '',
    activationMessage: 'From now on the events of this shop come in.',
    defaults: { name: 'Commerce Trigger' },
    inputs: [],
    outputs: [NodeConnectionTypes.Main],
    credentials: [
      { name: 'commerceJourneysApi', displayName: 'Journeys Service', required: true },
      {
        name: 'commerceShopifyApi',
        displayName: 'Shopify Shop',
        required: true,
        displayOptions: { show: { shop: ['shopify'] } },
      },
      {
        name: 'commerceWooCommerceApi',
        displayName: 'WooCommerce Shop',
        required: true,
        displayOptions: { show: { shop: ['woocommerce'] } },
      },
    ],
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
      header: 'Bring one event in for a test',
      executionsHelp: {
        inactive:
          'For a test you need not wait for the shop: the journeys service sends the newest event of this connection, or a made-up one. <b>The shop is not touched.</b> Publish the workflow to connect it.',
        active:
          'For a test you need not wait for the shop: the journeys service sends the newest event of this connection, or a made-up one. <b>The shop is not touched.</b> Executions with real events are in the <a data-key="executions">executions list</a>.',
      },
      activationHint: {
        active: 'The workflow is published: events come in by themselves.',
        inactive: 'Publish the workflow to connect the shop.',
      },
    },
    properties: commerceProperties,
  };

  webhookMethods = {
    default: {
      /** Whether service and shop know all they should is found out, and mended, by `create`. */
      async checkExists(this: IHookFunctions): Promise<boolean> {
        return await Promise.resolve(false);
      },
      async create(this: IHookFunctions): Promise<boolean> {
        return await publishShop(this);
      },
      async delete(this: IHookFunctions): Promise<boolean> {
        return await unpublishShop(this);
      },
    },
  };

  async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
    return await receiveEvents.call(this);
  }
}
