/** Suppression → Get Policy: caps, gaps, quiet hours and the other rules, on each item. */
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { itemWith, type Referenced } from '../../transport/batchedItems.ts';
import type { PolicyAnswer } from '../../transport/contract/sends.ts';
import type { JourneysApi } from '../../transport/journeysApi.ts';

export const request = (): object => ({});

export async function call(api: JourneysApi, requests: Array<Referenced<object>>): Promise<PolicyAnswer[]> {
  const policy = await api.policy();
  return requests.map(({ ref }) => ({ ref, policy }));
}

export const output = ({ policy }: PolicyAnswer, context: IExecuteFunctions, itemIndex: number): INodeExecutionData[] =>
  itemWith(context, itemIndex, { policy });
