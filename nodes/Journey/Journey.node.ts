/** Brings customers into journeys and out of them, and says where they are. */
import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { searchJourneys } from '../fields/journeyLocator.ts';
import { runBatched } from '../transport/batchedItems.ts';
import * as enrol from './actions/enrol.operation.ts';
import * as exit from './actions/exit.operation.ts';
import * as getAlternatives from './actions/getAlternatives.operation.ts';
import * as getProducts from './actions/getProducts.operation.ts';
import * as listRuns from './actions/listRuns.operation.ts';
import * as setState from './actions/setState.operation.ts';
import * as split from './actions/split.operation.ts';

type Operation = 'enrol' | 'exit' | 'getAlternatives' | 'getProducts' | 'listRuns' | 'setState' | 'split';

/** Only a split sends items several ways: one for each arm, and the last for those who are held out. */
const OUTPUTS = `={{
  $parameter["operation"] !== "split" ? [{ type: "main" }]
    : [
        ...($parameter["arms"]?.["arm"] ?? []).map((arm) => ({ type: "main", displayName: arm.name })),
        ...($parameter["holdoutPercent"] > 0 ? [{ type: "main", displayName: "Holdout" }] : []),
      ]
}}` as const;

export class Journey implements INodeType {
  description: INodeTypeDescription = {
    displayName: 'Journey',
    name: 'journey',
    icon: { light: 'file:journey.svg', dark: 'file:journey.dark.svg' },
    group: ['transform'],
    version: 1,
    subtitle:
      '={{ { enrol: "enrol", exit: "exit", getAlternatives: "get alternatives", getProducts: "get products", listRuns: "list runs", setState: "pause or resume", split: "split " + $parameter["experimentKey"] }[$parameter["operation"]] }}',
    description:
      'Bring customers into journeys and out of them, see where they are, pause journeys, split customers for an experiment, look up products',
    defaults: { name: 'Journey' },
    inputs: [NodeConnectionTypes.Main],
    outputs: OUTPUTS,
    usableAsTool: true,
    credentials: [{ name: 'commerceJourneysApi', required: true }],
    properties: [
      {
        displayName: 'Resource',
        name: 'resource',
        type: 'options',
        noDataExpression: true,
        default: 'journey',
        options: [
          { name: 'Experiment', value: 'experiment' },
          { name: 'Journey', value: 'journey' },
        ],
      },
      {
        displayName: 'Operation',
        name: 'operation',
        type: 'options',
        noDataExpression: true,
        default: 'split',
        displayOptions: { show: { resource: ['experiment'] } },
        options: [
          {
            name: 'Split',
            value: 'split',
            description: 'Send customers different ways for an A/B test, each the same way every time',
            action: 'Split customers for an experiment',
          },
        ],
      },
      {
        displayName: 'Operation',
        name: 'operation',
        type: 'options',
        noDataExpression: true,
        default: 'enrol',
        displayOptions: { show: { resource: ['journey'] } },
        options: [
          {
            name: 'Enrol',
            value: 'enrol',
            description: 'Bring a customer into a journey, as far as its rules allow',
            action: 'Enrol a customer in a journey',
          },
          {
            name: 'Exit',
            value: 'exit',
            description: 'End the open runs of a customer',
            action: 'Exit a customer from journeys',
          },
          {
            name: 'Get Alternatives',
            value: 'getAlternatives',
            description: 'Find what can be had in place of products that are out of stock',
            action: 'Get alternatives to products',
          },
          {
            name: 'Get Products',
            value: 'getProducts',
            description: 'Look up stock, price and more of the products of an item',
            action: 'Get products from the catalogue',
          },
          {
            name: 'List Runs',
            value: 'listRuns',
            description: 'List runs by customer, journey or status',
            action: 'List runs of journeys',
          },
          {
            name: 'Pause or Resume',
            value: 'setState',
            description: 'Hold a journey with everybody in it, or let it go on',
            action: 'Pause or resume a journey',
          },
        ],
      },
      ...enrol.description,
      ...exit.description,
      ...getAlternatives.description,
      ...getProducts.description,
      ...listRuns.description,
      ...setState.description,
      ...split.description,
    ],
  };

  methods = { listSearch: { searchJourneys } };

  async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
    switch (this.getNodeParameter('operation', 0) as Operation) {
      case 'enrol':
        return [await runBatched(this, enrol)];
      case 'exit':
        return [await runBatched(this, exit)];
      case 'getAlternatives':
        return [await runBatched(this, getAlternatives)];
      case 'getProducts':
        return [await runBatched(this, getProducts)];
      case 'listRuns':
        return [await runBatched(this, listRuns)];
      case 'setState':
        return [await runBatched(this, setState)];
      case 'split':
        return split.ways(this, await runBatched(this, split));
    }
  }
}
