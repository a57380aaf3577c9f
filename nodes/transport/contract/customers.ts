/** Customers, their consent and what they did. */
import type { IDataObject } from 'n8n-workflow';
import type { ItemError } from './items.ts';

export type CustomerIdentity = Partial<Record<'customerId' | 'email' | 'phone' | 'externalId' | 'deviceId', string>>;

export interface CustomerRecord extends IDataObject {
  id: string;
  identifiers: Array<{ kind: string; value: string }>;
  properties: IDataObject;
}

export interface CustomerAnswer {
  ref: string;
  customer: CustomerRecord | null;
  error?: ItemError;
}

/** Double opt-in: a customer is to confirm that they want messages. */
export interface OptInAsk {
  customerId: string;
  channel: string;
  source: string;
  /** ISO 8601. */
  expiresIn: string;
  /** The same key is the same request. */
  key: string;
}

export interface OptInAnswer {
  ref: string;
  request: { id: string; confirmUrl: string; expiresAt: string } | null;
  error?: ItemError;
}

export interface HistoryItem {
  ref: string;
  customerId: string;
  limit: number;
  types?: string[];
}

export interface EventsAnswer {
  ref: string;
  events: IDataObject[];
  error?: ItemError;
}

export interface OrdersAnswer {
  ref: string;
  orders: IDataObject[];
  error?: ItemError;
}
