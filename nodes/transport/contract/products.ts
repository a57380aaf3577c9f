/** Products, as the catalogue has them, and what is bought after them. */
import type { IDataObject } from 'n8n-workflow';
import type { ItemError } from './items.ts';

export interface ProductAnswer {
  ref: string;
  product: IDataObject | null;
}

export interface AlternativesItem {
  ref: string;
  productIds: string[];
  limit?: number;
}

export interface AlternativesAnswer {
  ref: string;
  products: IDataObject[];
  /** Why there are none. */
  reason?: string | null;
}

export interface NextProductsItem {
  ref: string;
  customerId: string;
  orderId?: string;
  productIds?: string[];
  limit?: number;
}

export interface NextProduct extends IDataObject {
  productId: string;
  /** What it is bought after. */
  after: string;
  share: number;
}

export interface NextProductsAnswer {
  ref: string;
  products: NextProduct[];
  /** Why there are none. */
  reason?: string | null;
  error?: ItemError;
}
