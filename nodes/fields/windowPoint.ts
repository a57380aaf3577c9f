/** Where in the time in which a purchase is expected to run out: the point, and how many days before it. */
import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import type { WindowPoint } from '../../temporal/domain/consumptionWindow.ts';

const POINTS: Record<WindowPoint, Omit<INodePropertyOptions, 'value'>> = {
  start: {
    name: 'Start of the Window',
    description: 'By then 40 % of such purchases have been followed by the next one. Set by hand: the low end.',
  },
  middle: {
    name: 'Middle of the Window',
    description: 'By then 60 % have. Set by hand: the middle.',
  },
  end: {
    name: 'End of the Window',
    description: 'By then 80 % have. Set by hand: the high end.',
  },
};

/** In the order in which they come. */
const pointOptions: INodePropertyOptions[] = Object.entries(POINTS).map(([value, words]) => ({ value, ...words }));

interface WindowPointNames {
  point: string;
  daysBeforeLearned: string;
  daysBeforeByHand: string;
}

export const windowPointFields = (
  names: WindowPointNames,
  displayOptions: INodeProperties['displayOptions'],
): INodeProperties[] => [
  {
    displayName: 'When',
    name: names.point,
    type: 'options',
    default: 'start',
    description:
      'Point of the time in which the purchase is expected to run out. It is learned from how soon customers buy the product again, or set by hand with the product.',
    options: pointOptions,
    displayOptions,
  },
  {
    displayName: 'Days Before, Learned',
    name: names.daysBeforeLearned,
    type: 'number',
    default: 0,
    typeOptions: { minValue: 0 },
    description: 'So many days earlier, where the time was learned from orders',
    displayOptions,
  },
  {
    displayName: 'Days Before, Set by Hand',
    name: names.daysBeforeByHand,
    type: 'number',
    default: 5,
    typeOptions: { minValue: 0 },
    description: 'So many days earlier, where the time was set by hand with the product',
    displayOptions,
  },
];
