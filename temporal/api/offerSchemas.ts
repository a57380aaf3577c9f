/** Shapes of what `/v1/offers/check` takes and answers. */
import { Type } from 'typebox';
import { ItemError, ItemRef } from './batchSchemas.ts';

export const MAX_OFFERS = 500;

const percent = (description: string) => Type.Number({ description });

export const OfferItem = Type.Object(
  {
    ref: ItemRef,
    marginPercent: percent('Gross margin: what is left of the full price after the cost of the goods'),
    discountPercent: percent('Of the full price'),
    ordersWithoutPercent: percent('Of those who are asked, how many order when nothing is offered'),
    ordersWithPercent: percent('How many order with the offer'),
  },
  {
    examples: [{ ref: 0, marginPercent: 45, discountPercent: 15, ordersWithoutPercent: 2, ordersWithPercent: 4 }],
  },
);

export const OfferAnswer = Type.Object(
  {
    ref: ItemRef,
    pays: Type.Optional(Type.Boolean()),
    breakEvenMarginPercent: Type.Optional(
      Type.Number({ description: 'The offer pays above this gross margin; above 100: at none' }),
    ),
    reason: Type.Optional(Type.String()),
    error: Type.Optional(ItemError),
  },
  {
    examples: [
      {
        ...{ ref: 0, pays: true, breakEvenMarginPercent: 30 },
        reason:
          'A discount of 15 % that lifts orders from 2 % to 4 % pays above a gross margin of 30 %; yours is 45 %.',
      },
    ],
  },
);
