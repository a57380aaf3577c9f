/** Segments and churn risk, as fields offer them, and the fields that say which customers an audience is made of. */
import type { IDataObject, INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import type { Audience, ChurnRisk } from '../../temporal/domain/audience.ts';
import type { RfmSegment } from '../../temporal/domain/rfm/segments.ts';

/** From the best customers to those who are all but gone. */
const SEGMENTS: Record<RfmSegment, { name: string; description: string }> = {
  champions: { name: 'Champions', description: 'Bought just now, and often' },
  loyal: { name: 'Loyal', description: 'Buy often, the last time not long ago' },
  potential_loyalist: { name: 'Potential Loyalists', description: 'Bought lately, and not for the first time' },
  new: { name: 'New', description: 'Bought just now, as good as never before' },
  promising: { name: 'Promising', description: 'Bought lately, as good as never before' },
  need_attention: { name: 'Need Attention', description: 'In the middle: neither lately nor long ago, now and then' },
  about_to_sleep: { name: 'About to Sleep', description: 'Bought seldom, and it is a while ago' },
  at_risk: { name: 'At Risk', description: 'Bought often, but not for a long time' },
  cant_lose: {
    name: "Can't Lose",
    description: 'Were among those who buy most often, and have not come for a long time',
  },
  hibernating: { name: 'Hibernating', description: 'Bought seldom, and long ago' },
};

export const segmentOptions: INodePropertyOptions[] = Object.entries(SEGMENTS).map(([value, words]) => ({
  value,
  ...words,
}));

const CHURN: Record<ChurnRisk, string> = { low: 'Low', medium: 'Medium', high: 'High' };

const churnOptions: INodePropertyOptions[] = Object.entries(CHURN).map(([value, name]) => ({ name, value }));

type Show = NonNullable<INodeProperties['displayOptions']>['show'];

/** Conditions of an audience; all of them have to hold. */
export const audienceFields = (show: Show): INodeProperties[] => [
  {
    displayName: 'Segments',
    name: 'audienceSegments',
    type: 'multiOptions',
    default: [],
    description: 'Customers in any of these',
    hint: 'All when empty',
    options: segmentOptions,
    displayOptions: { show },
  },
  {
    displayName: 'Churn Risk',
    name: 'audienceChurn',
    type: 'multiOptions',
    default: [],
    description:
      'How likely it is that the customer does not order again soon. Where there is too little data for a prediction, nobody has a risk.',
    hint: 'Any when empty',
    options: churnOptions,
    displayOptions: { show },
  },
  {
    displayName: 'Minimum Orders',
    name: 'audienceMinimumOrders',
    type: 'number',
    default: 0,
    typeOptions: { minValue: 0, numberPrecision: 0 },
    description: 'Only customers with at least so many orders',
    displayOptions: { show },
  },
  {
    displayName: 'Average Order Above the Median',
    name: 'audienceAboveMedian',
    type: 'boolean',
    default: false,
    description: "Whether to take only customers whose average order is above the median of all buyers' averages",
    displayOptions: { show },
  },
];

/** @param field the evaluated fields of `audienceFields` */
export function audienceOf(field: (name: string) => unknown): IDataObject & Audience {
  const list = <T>(name: string) => (Array.isArray(field(name)) ? (field(name) as T[]) : []);
  return {
    segments: list<RfmSegment>('audienceSegments'),
    churn: list<ChurnRisk>('audienceChurn'),
    minimumOrders: Math.max(0, Math.trunc(Number(field('audienceMinimumOrders')) || 0)),
    averageOrderAboveMedian: field('audienceAboveMedian') === true,
  };
}
