/** RFM Score → Recalculate: all scores, predictions and consumption windows, for example after an import. */
import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { itemWith, type Referenced } from '../../transport/batchedItems.ts';
import type { JourneysApi } from '../../transport/journeysApi.ts';

export const description: INodeProperties[] = [
  {
    displayName:
      'Only asks for it: the service calculates in the background, which takes seconds to minutes. It does so each day by itself, and a new order moves the score of its customer at once.',
    name: 'refreshNotice',
    type: 'notice',
    default: '',
    displayOptions: { show: { operation: ['refresh'] } },
  },
];

interface RefreshAnswer {
  ref: string;
  recalculation: IDataObject;
}

export const request = (): object => ({});

/** Once for all items. */
export async function call(api: JourneysApi, requests: Array<Referenced<object>>): Promise<RefreshAnswer[]> {
  const jobs = await api.refreshScores();
  return requests.map(({ ref }) => ({ ref, recalculation: { isAskedFor: true, jobs } }));
}

export function rehearse(
  context: IExecuteFunctions,
  _api: JourneysApi,
  requests: Array<Referenced<object>>,
): Promise<RefreshAnswer[]> {
  context.addExecutionHints({
    message: 'Test run: nothing is recalculated.',
    location: 'outputPane',
  });
  return Promise.resolve(requests.map(({ ref }) => ({ ref, recalculation: { isAskedFor: false, jobs: [] } })));
}

export const output = (
  { recalculation }: RefreshAnswer,
  context: IExecuteFunctions,
  itemIndex: number,
): INodeExecutionData[] => itemWith(context, itemIndex, { recalculation });
