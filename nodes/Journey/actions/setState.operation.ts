/** Journey → Pause or Resume: nobody enters and waiting customers are held, or they go on. */
import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { journeyLocator, requiredJourney } from '../../fields/journeyLocator.ts';
import { itemWith, type Referenced } from '../../transport/batchedItems.ts';
import type { JourneyStateAnswer } from '../../transport/contract/journeys.ts';
import type { JourneysApi } from '../../transport/journeysApi.ts';

const show = { operation: ['setState'] };

export const description: INodeProperties[] = [
  journeyLocator(show),
  {
    displayName: 'State',
    name: 'state',
    type: 'options',
    default: 'paused',
    displayOptions: { show },
    options: [
      { name: 'Active', value: 'active', description: 'Customers who were held go on, paced' },
      { name: 'Paused', value: 'paused', description: 'Nobody enters, and waiting customers are held' },
    ],
  },
];

interface StateRequest {
  journey: string;
  state: 'active' | 'paused';
}

export const request = (context: IExecuteFunctions, itemIndex: number): StateRequest => ({
  journey: requiredJourney(context, itemIndex),
  state: context.getNodeParameter('state', itemIndex, 'paused') === 'active' ? 'active' : 'paused',
});

/** Items that ask for the same do it once. */
export async function call(api: JourneysApi, requests: Array<Referenced<StateRequest>>): Promise<JourneyStateAnswer[]> {
  const answers = new Map<string, Omit<JourneyStateAnswer, 'ref'>>();
  for (const { journey, state } of requests) {
    const key = `${state}/${journey}`;
    if (!answers.has(key)) answers.set(key, await api.setJourneyState(journey, state));
  }
  return requests.map(({ ref, journey, state }) => ({ journey: null, ...answers.get(`${state}/${journey}`), ref }));
}

export async function rehearse(
  context: IExecuteFunctions,
  api: JourneysApi,
  requests: Array<Referenced<StateRequest>>,
): Promise<JourneyStateAnswer[]> {
  const known = new Map((await api.journeys()).map((journey) => [journey.key, journey]));
  context.addExecutionHints({
    message: 'Test run: no journey was paused or resumed. The item shows how it is.',
    location: 'outputPane',
  });
  return requests.map(({ ref, journey: key }): JourneyStateAnswer => {
    const journey = known.get(key);
    if (journey) return { ref, journey: { ...journey } };
    return { ref, journey: null, error: { path: '/journey', message: `There is no journey "${key}"` } };
  });
}

export const output = (
  { journey }: JourneyStateAnswer,
  context: IExecuteFunctions,
  itemIndex: number,
): INodeExecutionData[] => itemWith(context, itemIndex, { journey });
