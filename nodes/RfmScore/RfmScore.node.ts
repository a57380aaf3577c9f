/** What customers are worth, and how likely they come back: for branches on the canvas, and to get whole segments. */
import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { runBatched } from '../transport/batchedItems.ts';
import * as getCustomers from './actions/getCustomers.operation.ts';
import * as getSegments from './actions/getSegments.operation.ts';
import * as refresh from './actions/refresh.operation.ts';
import * as score from './actions/score.operation.ts';

type Operation = 'getCustomers' | 'getSegments' | 'refresh' | 'score';

export class RfmScore implements INodeType {
  description: INodeTypeDescription = {
    displayName: 'RFM Score',
    name: 'rfmScore',
    icon: { light: 'file:rfmScore.svg', dark: 'file:rfmScore.dark.svg' },
    group: ['transform'],
    version: 1,
    subtitle:
      '={{ { getCustomers: "get customers of segments", getSegments: "get segments", refresh: "recalculate", score: "score customers" }[$parameter["operation"]] }}',
    description: 'Recency, frequency and money, segment, predicted value and churn risk of customers',
    defaults: { name: 'RFM Score' },
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
        default: 'score',
        options: [
          {
            name: 'Get Customers of Segments',
            value: 'getCustomers',
            description: 'Get everybody who is in a segment, with their scores',
            action: 'Get customers of segments',
          },
          {
            name: 'Get Segments',
            value: 'getSegments',
            description: 'Get how many customers each segment has, and their part of the revenue',
            action: 'Get the segments',
          },
          {
            name: 'Recalculate',
            value: 'refresh',
            description: 'Have everything calculated now, for example after an import',
            action: 'Recalculate all scores',
          },
          {
            name: 'Score Customers',
            value: 'score',
            description: 'Add segment, predicted value, churn risk and affinities to the items',
            action: 'Score customers',
          },
        ],
      },
      ...getCustomers.description,
      ...getSegments.description,
      ...refresh.description,
      ...score.description,
    ],
  };

  async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
    switch (this.getNodeParameter('operation', 0) as Operation) {
      case 'getCustomers':
        return [await runBatched(this, getCustomers)];
      case 'getSegments':
        return [await runBatched(this, getSegments)];
      case 'refresh':
        return [await runBatched(this, refresh)];
      case 'score':
        return [await runBatched(this, score)];
    }
  }
}
