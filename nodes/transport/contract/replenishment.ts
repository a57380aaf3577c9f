/** When purchases are expected to run out. */
import type { IDataObject } from 'n8n-workflow';
import type { ItemError } from './items.ts';

export interface PlanItem {
  ref: string;
  customerId: string;
  /** Every line of that order. */
  orderId?: string;
  /** That one; without both: everything of theirs that is expected to run out. */
  productId?: string;
  /** Left out: as bought. */
  quantity?: number;
  /** RFC 3339; left out: the last purchase. */
  orderedAt?: string;
}

export interface PlannedProduct extends IDataObject {
  productId: string;
  /** null, as `orderedAt`: never bought. */
  quantity: number | null;
  orderedAt: string | null;
  basis: string;
  /** Why there are no dates. */
  reason: string | null;
  startAt: string | null;
  middleAt: string | null;
  endAt: string | null;
  /** It comes by a subscription. */
  subscribed: boolean;
}

export interface PlanAnswer {
  ref: string;
  products: PlannedProduct[];
  error?: ItemError;
}

export interface DuePurchase extends IDataObject {
  customerId: string;
  productId: string;
  startAt: string;
}
