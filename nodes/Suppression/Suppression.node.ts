/** The send gate for messages that another node sends: may it go out, does its offer pay, what became of it, and the policy that decides. */
import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { runBatched } from '../transport/batchedItems.ts';
import * as check from './actions/check.operation.ts';
import * as checkOffer from './actions/checkOffer.operation.ts';
import * as getPolicy from './actions/getPolicy.operation.ts';
import * as report from './actions/report.operation.ts';
import * as updatePolicy from './actions/updatePolicy.operation.ts';

type Operation = 'check' | 'checkOffer' | 'getPolicy' | 'report' | 'updatePolicy';

/** Only a check sends items two ways, or three. */
const OUTPUTS = `={{
  $parameter["operation"] === "checkOffer" ? [{ type: "main", displayName: "Pays" }, { type: "main", displayName: "Does Not Pay" }]
    : $parameter["operation"] !== "check" ? [{ type: "main" }]
    : $parameter["alreadySent"] === "ownOutput"
      ? [{ type: "main", displayName: "Send" }, { type: "main", displayName: "Suppressed" }, { type: "main", displayName: "Already Sent" }]
      : [{ type: "main", displayName: "Send" }, { type: "main", displayName: "Suppressed" }]
}}` as const;

export class Suppression implements INodeType {
  description: INodeTypeDescription = {
    displayName: 'Suppression',
    name: 'suppression',
    icon: { light: 'file:suppression.svg', dark: 'file:suppression.dark.svg' },
    group: ['transform'],
    version: 1,
    subtitle:
      '={{ { check: "check before sending", checkOffer: "does an offer pay", getPolicy: "get policy", report: "report what was sent", updatePolicy: "update policy" }[$parameter["operation"]] }}',
    description: 'Check consent, caps and the rest of the policy before another node sends, and report what it sent',
    defaults: { name: 'Suppression' },
    inputs: [NodeConnectionTypes.Main],
    outputs: OUTPUTS,
    usableAsTool: true,
    credentials: [{ name: 'commerceJourneysApi', required: true }],
    hints: [
      {
        message:
          'Put the node that sends behind "Send", and after it a Suppression node with the operation "Report". Set "On Error" of the sending node to "Continue (using error output)" and report that output as well: what is not reported counts as sent.',
        type: 'info',
        location: 'outputPane',
        whenToDisplay: 'beforeExecution',
        displayCondition: '={{ $parameter["operation"] === "check" }}',
      },
    ],
    properties: [
      {
        displayName: 'Operation',
        name: 'operation',
        type: 'options',
        noDataExpression: true,
        default: 'check',
        options: [
          {
            name: 'Check',
            value: 'check',
            description: 'Ask whether a message may be sent to the customer now, and claim it',
            action: 'Check whether a message may be sent',
          },
          {
            name: 'Check Offer',
            value: 'checkOffer',
            description: 'Find out whether a discount earns more than it costs',
            action: 'Check whether an offer pays',
          },
          {
            name: 'Get Policy',
            value: 'getPolicy',
            description: 'Get caps, gaps, quiet hours and the other rules',
            action: 'Get the policy',
          },
          {
            name: 'Report',
            value: 'report',
            description: 'Say what became of a message that another node has sent',
            action: 'Report what was sent',
          },
          {
            name: 'Update Policy',
            value: 'updatePolicy',
            description: 'Change some of the rules, or stop all messages',
            action: 'Update the policy',
          },
        ],
      },
      ...check.description,
      ...checkOffer.description,
      ...report.description,
      ...updatePolicy.description,
    ],
  };

  async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
    switch (this.getNodeParameter('operation', 0) as Operation) {
      case 'check':
        return await check.execute(this);
      case 'checkOffer':
        return checkOffer.ways(await runBatched(this, checkOffer));
      case 'getPolicy':
        return [await runBatched(this, getPolicy)];
      case 'report':
        return [await runBatched(this, report)];
      case 'updatePolicy':
        return [await runBatched(this, updatePolicy)];
    }
  }
}
