/** Whom a schedule, a segment list or a win-back is about, in terms of what is calculated of customers. Conditions all have to hold. */
import type { RfmSegment } from './rfm/segments.ts';

export const CHURN_RISKS = ['low', 'medium', 'high'] as const;
export type ChurnRisk = (typeof CHURN_RISKS)[number];

export interface Audience {
  /** One of these; empty: any. */
  segments: readonly RfmSegment[];
  /** One of these; empty: any, also those of whom nothing can be predicted. */
  churn: readonly ChurnRisk[];
  /** Orders so far, at least. */
  minimumOrders: number;
  /** Average order strictly above the median of all buyers' averages. */
  averageOrderAboveMedian: boolean;
}

/**
 * The condition by which the customers of an audience are looked for. Few of those who meet it may meet the others, but a page of
 * them is found without looking at anybody else.
 */
export function narrowest(audience: Audience): Audience {
  const nothing: Audience = { segments: [], churn: [], minimumOrders: 0, averageOrderAboveMedian: false };
  const { segments, churn, minimumOrders, averageOrderAboveMedian } = audience;
  if (segments.length > 0) return { ...nothing, segments };
  if (churn.length > 0) return { ...nothing, churn };
  return minimumOrders > 0 || averageOrderAboveMedian ? { ...nothing, minimumOrders: 1 } : nothing;
}
