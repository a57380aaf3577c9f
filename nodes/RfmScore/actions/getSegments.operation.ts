/** RFM Score → Get Segments: how many customers each segment has, and what part of the revenue. */
import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { outputField, outputOf } from '../../fields/listOutput.ts';
import { itemWith, type Referenced } from '../../transport/batchedItems.ts';
import type { ScoresOverview } from '../../transport/contract/scores.ts';
import type { JourneysApi } from '../../transport/journeysApi.ts';

export const description: INodeProperties[] = [
  outputField('getSegments', 'items', 'segments', {
    name: 'One Item per Segment',
    description: 'From the best customers to those who are all but gone',
  }),
];

interface SegmentsAnswer {
  ref: string;
  rfm: ScoresOverview['rfm'];
}

export const request = (): object => ({});

export async function call(api: JourneysApi, requests: Array<Referenced<object>>): Promise<SegmentsAnswer[]> {
  const { rfm } = await api.scoresOverview();
  return requests.map(({ ref }) => ({ ref, rfm }));
}

export function output({ rfm }: SegmentsAnswer, context: IExecuteFunctions, itemIndex: number): INodeExecutionData[] {
  if (rfm === null) {
    throw new NodeOperationError(context.getNode(), 'No scores have been calculated yet', {
      itemIndex,
      description:
        'They are calculated each day, the first time when the service starts. To have them now, run the operation "Recalculate" and try again a little later.',
    });
  }
  const segments: IDataObject[] = rfm.segments.map((segment) => ({ ...segment, currency: rfm.currency }));
  if (outputOf(context, itemIndex, 'items') === 'list') return itemWith(context, itemIndex, { segments });
  return segments.map((json) => ({ json }));
}
