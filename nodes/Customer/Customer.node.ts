/** Reads and writes customer profiles and consent in the journeys service. */
import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { runOperation } from './actions/runOperation.ts';
import * as get from './actions/get.operation.ts';
import * as requestOptIn from './actions/requestOptIn.operation.ts';
import * as setConsent from './actions/setConsent.operation.ts';
import * as upsert from './actions/upsert.operation.ts';

export class Customer implements INodeType {
  description: INodeTypeDescription = {
    displayName: 'Customer',
    name: 'customer',
    icon: { light: 'file:customer.svg', dark: 'file:customer.dark.svg' },
    group: ['transform'],
    version: 1,
    subtitle:
      '={{ { get: "get", upsert: "create or update", requestOptIn: "request opt-in", setConsent: "set consent" }[$parameter["operation"]] + ": customer" }}',
    description: 'Get, create or update customers and their consent',
    defaults: { name: 'Customer' },
    inputs: [NodeConnectionTypes.Main],
    outputs: [NodeConnectionTypes.Main],
    usableAsTool: true,
    credentials: [{ name: 'commerceJourneysApi', required: true }],
    properties: [
      {
        displayName: 'Operation',
        name: 'operation',
        type: 'options',
        noDataExpression: true,
        default: 'get',
        options: [
          {
            name: 'Create or Update',
            value: 'upsert',
            description: 'Create a new record, or update the current one if it already exists (upsert)',
            action: 'Create or update a customer',
          },
          {
            name: 'Get',
            value: 'get',
            description: 'Get the profile with consent and totals',
            action: 'Get a customer',
          },
          {
            name: 'Request Opt-In',
            value: 'requestOptIn',
            description: 'Make a link by which the customer confirms a subscription (double opt-in)',
            action: 'Request opt in of a customer',
          },
          {
            name: 'Set Consent',
            value: 'setConsent',
            description: 'Subscribe or unsubscribe one channel',
            action: 'Set consent of a customer',
          },
        ],
      },
      ...get.description,
      ...upsert.description,
      ...requestOptIn.description,
      ...setConsent.description,
    ],
  };

  async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
    switch (this.getNodeParameter('operation', 0) as 'get' | 'upsert' | 'requestOptIn' | 'setConsent') {
      case 'get':
        return [await runOperation(this, get)];
      case 'upsert':
        return [await runOperation(this, upsert)];
      case 'requestOptIn':
        return [await runOperation(this, requestOptIn)];
      case 'setConsent':
        return [await runOperation(this, setConsent)];
    }
  }
}
