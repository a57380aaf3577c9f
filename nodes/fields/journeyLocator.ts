/** Which journey: chosen from those that the service knows, or by its key. */
import type { IExecuteFunctions, ILoadOptionsFunctions, INodeListSearchResult, INodeProperties } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { JourneysApi } from '../transport/journeysApi.ts';
import { fieldText } from './fieldText.ts';

export const journeyLocator = (
  show: Record<string, string[]>,
  more: Pick<Partial<INodeProperties>, 'required' | 'description'> = { required: true },
): INodeProperties => ({
  displayName: 'Journey',
  name: 'journey',
  type: 'resourceLocator',
  default: { mode: 'list', value: '' },
  displayOptions: { show },
  modes: [
    {
      displayName: 'From List',
      name: 'list',
      type: 'list',
      placeholder: 'Select a journey…',
      typeOptions: { searchListMethod: 'searchJourneys', searchable: true },
    },
    {
      displayName: 'By Key',
      name: 'key',
      type: 'string',
      placeholder: 'e.g. win-back',
      hint: 'The journey key in the Journey Trigger',
    },
  ],
  ...more,
});

const STATES = { active: '', paused: ' (paused)', unpublished: ' (not published)' } as const;

export async function searchJourneys(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
  const journeys = await new JourneysApi(this).journeys();
  const wanted = filter?.trim().toLowerCase() ?? '';
  const results = journeys
    .filter(({ key, name }) => `${name} ${key}`.toLowerCase().includes(wanted))
    .sort((a, b) => a.name.localeCompare(b.name))
    .map(({ key, name, state }) => ({ name: `${name}${STATES[state]}`, value: key }));
  return { results };
}

/** @returns the key; '' when none is chosen */
export function journeyOf(context: IExecuteFunctions, itemIndex: number): string {
  return fieldText(context.getNodeParameter('journey', itemIndex, '', { extractValue: true })).trim();
}

export function requiredJourney(context: IExecuteFunctions, itemIndex: number): string {
  const key = journeyOf(context, itemIndex);
  if (key !== '') return key;
  throw new NodeOperationError(context.getNode(), 'No journey is chosen for this item', {
    itemIndex,
    description: 'Choose one under "Journey", and check that its expression has a value for this item.',
  });
}
