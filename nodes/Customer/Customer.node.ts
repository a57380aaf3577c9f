/** Reads and writes customer profiles and consent in the journeys service. */
import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { runBatched } from '../transport/batchedItems.ts';
import { runOperation } from './actions/runOperation.ts';
import * as get from './actions/get.operation.ts';
import * as getHistory from './actions/getHistory.operation.ts';
import * as getNextProducts from './actions/getNextProducts.operation.ts';
import * as getTotals from './actions/getTotals.operation.ts';
import * as markDisengaged from './actions/markDisengaged.operation.ts';
import * as merge from './actions/merge.operation.ts';
import * as requestOptIn from './actions/requestOptIn.operation.ts';
import * as search from './actions/search.operation.ts';
import * as setConsent from './actions/setConsent.operation.ts';
import * as upsert from './actions/upsert.operation.ts';

type Operation =
  | 'get'
  | 'getHistory'
  | 'getNextProducts'
  | 'getTotals'
  | 'markDisengaged'
  | 'merge'
  | 'requestOptIn'
  | 'search'
  | 'setConsent'
  | 'upsert';

export class Customer implements INodeType {
  description: INodeTypeDescription = {
    displayName: 'Customer',
    name: 'customer',
    icon: { light: 'file:customer.svg', dark: 'file:customer.dark.svg' },
    group: ['transform'],
    version: 1,
    subtitle:
      '={{ { get: "get customer", getHistory: "get history", getNextProducts: "get next products", getTotals: "get totals", markDisengaged: "mark as disengaged", merge: "merge customers", requestOptIn: "request opt-in", search: "search customers", setConsent: "set consent", upsert: "create or update customer" }[$parameter["operation"]] }}',
    description: 'Get, create, update and merge customers, their consent, history and totals',
    defaults: { name: 'Customer' },
    inputs: [NodeConnectionTypes.Main],
    outputs: [NodeConnectionTypes.Main],
    usableAsTool: true,
    credentials: [{ name: 'commerceJourneysApi', required: true }],
    properties: [
      {
        displayName: 'Resource',
        name: 'resource',
        type: 'options',
        noDataExpression: true,
        default: 'customer',
        options: [
          { name: 'Activity', value: 'activity' },
          { name: 'Customer', value: 'customer' },
        ],
      },
      {
        displayName: 'Operation',
        name: 'operation',
        type: 'options',
        noDataExpression: true,
        default: 'getHistory',
        displayOptions: { show: { resource: ['activity'] } },
        options: [
          {
            name: 'Get History',
            value: 'getHistory',
            description: 'Get what the customer did or bought, newest first',
            action: 'Get the history of a customer',
          },
          {
            name: 'Get Next Products',
            value: 'getNextProducts',
            description: 'Get what others who have bought the same bought next, without what the customer has',
            action: 'Get the next products for a customer',
          },
          {
            name: 'Get Totals',
            value: 'getTotals',
            description: 'Get orders, refunds and revenue',
            action: 'Get the totals of a customer',
          },
        ],
      },
      {
        displayName: 'Operation',
        name: 'operation',
        type: 'options',
        noDataExpression: true,
        default: 'get',
        displayOptions: { show: { resource: ['customer'] } },
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
            name: 'Mark as Disengaged',
            value: 'markDisengaged',
            description: 'Stop marketing on a channel until the customer opens, clicks, subscribes or orders again',
            action: 'Mark a customer as disengaged',
          },
          {
            name: 'Merge',
            value: 'merge',
            description: 'Make another profile of the same person part of the customer',
            action: 'Merge two customers',
          },
          {
            name: 'Request Opt-In',
            value: 'requestOptIn',
            description: 'Make a link by which the customer confirms a subscription (double opt-in)',
            action: 'Request opt in of a customer',
          },
          {
            name: 'Search',
            value: 'search',
            description: 'Find customers by the beginning of a name, address or number',
            action: 'Search customers',
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
      ...getHistory.description,
      ...getNextProducts.description,
      ...getTotals.description,
      ...markDisengaged.description,
      ...merge.description,
      ...upsert.description,
      ...requestOptIn.description,
      ...search.description,
      ...setConsent.description,
    ],
  };

  async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
    switch (this.getNodeParameter('operation', 0) as Operation) {
      case 'get':
        return [await runOperation(this, get)];
      case 'getHistory':
        return [await runBatched(this, getHistory)];
      case 'getNextProducts':
        return [await runBatched(this, getNextProducts)];
      case 'getTotals':
        return [await runOperation(this, getTotals)];
      case 'markDisengaged':
        return [await runOperation(this, markDisengaged)];
      case 'merge':
        return [await runOperation(this, merge)];
      case 'requestOptIn':
        return [await runOperation(this, requestOptIn)];
      case 'upsert':
        return [await runOperation(this, upsert)];
      case 'search':
        return [await runBatched(this, search)];
      case 'setConsent':
        return [await runOperation(this, setConsent)];
    }
  }
}
