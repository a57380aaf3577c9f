/** What is calculated of customers: RFM, predictions, affinities. */
import type { IDataObject } from 'n8n-workflow';
import type { ItemError } from './items.ts';

export interface CustomerScores extends IDataObject {
  /** null: no order so far. */
  rfm: (IDataObject & { r: number; f: number; m: number; segment: string }) | null;
  /** Or `notEnoughData`, and why. */
  prediction: IDataObject;
  affinities: IDataObject | null;
}

export interface ScoresAnswer {
  ref: string;
  scores: CustomerScores | null;
  error?: ItemError;
}

export interface ScoredCustomer {
  customerId: string;
  scores: CustomerScores;
}

export interface SegmentSummary extends IDataObject {
  segment: string;
  customers: number;
  revenueMinor: number;
  /** Of all revenue. */
  share: number | null;
  averageOrderMinor: number | null;
}

/** What the nodes read of the overview. */
export interface ScoresOverview {
  /** null: never calculated. */
  rfm: { customers: number; currency: string | null; segments: SegmentSummary[] } | null;
}
