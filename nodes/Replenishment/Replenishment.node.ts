/** When what customers have bought runs out, who is due, and what has been learned of each product. */
import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { runBatched } from '../transport/batchedItems.ts';
import * as getDue from './actions/getDue.operation.ts';
import * as getWindows from './actions/getWindows.operation.ts';
import * as plan from './actions/plan.operation.ts';

type Operation = 'getDue' | 'getWindows' | 'plan';

export class Replenishment implements INodeType {
  description: INodeTypeDescription = {
    displayName: 'Replenishment',
    name: 'replenishment',
    icon: { light: 'file:replenishment.svg', dark: 'file:replenishment.dark.svg' },
    group: ['transform'],
    version: 1,
    subtitle:
      '={{ { getDue: "who is due", getWindows: "get windows", plan: "when does it run out" }[$parameter["operation"]] }}',
    description: 'When what customers have bought is expected to run out, and who is due',
    defaults: { name: 'Replenishment' },
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
        default: 'plan',
        options: [
          {
            name: 'Get Windows',
            value: 'getWindows',
            description: 'Get after how many days each product is bought again',
            action: 'Get the windows of products',
          },
          {
            name: 'When Does It Run Out',
            value: 'plan',
            description: 'Add the dates at which the products of an order or customer are expected to run out',
            action: 'Get when products run out',
          },
          {
            name: 'Who Is Due',
            value: 'getDue',
            description: 'Get the customers whose purchases are expected to run out in the next days',
            action: 'Get who is due',
          },
        ],
      },
      ...getDue.description,
      ...getWindows.description,
      ...plan.description,
    ],
  };

  async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
    switch (this.getNodeParameter('operation', 0) as Operation) {
      case 'getDue':
        return [await runBatched(this, getDue)];
      case 'getWindows':
        return [await runBatched(this, getWindows)];
      case 'plan':
        return [await runBatched(this, plan)];
    }
  }
}
