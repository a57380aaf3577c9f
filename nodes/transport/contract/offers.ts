/** Does a discount pay: what nodes ask, and what the service answers. All figures are percent. */
import type { ItemError } from './items.ts';

export interface OfferItem {
  ref: string;
  marginPercent: number;
  discountPercent: number;
  ordersWithoutPercent: number;
  ordersWithPercent: number;
}

export interface OfferAnswer {
  ref: string;
  pays?: boolean;
  breakEvenMarginPercent?: number;
  /** In words for people. */
  reason?: string;
  error?: ItemError;
}
