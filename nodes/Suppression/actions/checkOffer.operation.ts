/** Suppression → Check Offer: does a discount earn more than it costs? The rule is the service's (`/v1/offers/check`). */
import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { fieldText } from '../../fields/fieldText.ts';
import { itemWith, type Referenced } from '../../transport/batchedItems.ts';
import type { OfferAnswer, OfferItem } from '../../transport/contract/offers.ts';
import type { JourneysApi } from '../../transport/journeysApi.ts';

const show = { operation: ['checkOffer'] };

type Figure = Exclude<keyof OfferItem, 'ref'>;

interface FigureWords {
  displayName: string;
  default: number;
  description: string;
}

/** In the order of the panel. */
const FIGURES: Record<Figure, FigureWords> = {
  marginPercent: {
    displayName: 'Gross Margin (%)',
    default: 0,
    description: 'What is left of the full price after the cost of the goods: 45 for 45 %',
  },
  discountPercent: {
    displayName: 'Discount (%)',
    default: 15,
    description: 'Of the full price: 15 for 15 %',
  },
  ordersWithoutPercent: {
    displayName: 'Order Without the Offer (%)',
    default: 2,
    description: 'Of 100 customers like these, how many order when nothing is offered',
  },
  ordersWithPercent: {
    displayName: 'Order With the Offer (%)',
    default: 4,
    description: 'Of 100 customers like these, how many order with the offer',
  },
};

export const description: INodeProperties[] = [
  {
    displayName:
      'An offer pays when <code>margin &gt; discount × with / (with − without)</code>: who would have ordered anyway gets it, too. 15 % that lifts orders from 2 % to 4 % needs a gross margin above 30 %. The item gets the field <code>offer</code>, with the break-even and the reason in words.',
    name: 'offerNotice',
    type: 'notice',
    default: '',
    displayOptions: { show },
  },
  ...Object.entries(FIGURES).map(([name, words]): INodeProperties => ({
    ...words,
    name,
    type: 'number',
    typeOptions: { minValue: 0, maxValue: 100, numberPrecision: 2 },
    required: true,
    displayOptions: { show },
  })),
];

type OfferFigures = Omit<OfferItem, 'ref'>;

export function request(context: IExecuteFunctions, itemIndex: number): OfferFigures {
  const percent = (name: Figure): number => {
    // "15 %" is what people write into a settings node.
    const text = fieldText(context.getNodeParameter(name, itemIndex, ''))
      .replace(/%\s*$/, '')
      .trim();
    const number = Number(text);
    if (text !== '' && Number.isFinite(number)) return number;
    throw new NodeOperationError(context.getNode(), `"${FIGURES[name].displayName}" is not a number`, {
      itemIndex,
      description: `It is "${text}". Enter percent, such as 15 for 15 %, with a point and not a comma, and check that the expression has a value for this item.`,
    });
  };
  return {
    marginPercent: percent('marginPercent'),
    discountPercent: percent('discountPercent'),
    ordersWithoutPercent: percent('ordersWithoutPercent'),
    ordersWithPercent: percent('ordersWithPercent'),
  };
}

export async function call(api: JourneysApi, requests: Array<Referenced<OfferFigures>>): Promise<OfferAnswer[]> {
  return await api.checkOffers(requests);
}

export const output = (
  { pays, breakEvenMarginPercent, reason }: OfferAnswer,
  context: IExecuteFunctions,
  itemIndex: number,
): INodeExecutionData[] => itemWith(context, itemIndex, { offer: { pays, breakEvenMarginPercent, reason } });

/** What failed is not offered: an item with an error goes the way of those for whom it does not pay. */
export function ways(items: INodeExecutionData[]): INodeExecutionData[][] {
  const pays = ({ json, error }: INodeExecutionData) =>
    error === undefined && (json.offer as { pays?: boolean })?.pays === true;
  return [items.filter(pays), items.filter((item) => !pays(item))];
}
