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

/** What a customer is by calculation, as far as audiences look at it. */
export interface AudienceFacts {
  segment: string;
  /** null: nothing can be predicted. */
  churn: string | null;
  orders: number;
  /** Net of refunds. */
  revenueMinor: number;
  currency: string | null;
}

/** @param medians of all buyers' average orders, by currency: sums in different currencies say nothing beside each other */
export function isInAudience(
  { segments, churn, minimumOrders, averageOrderAboveMedian }: Audience,
  facts: AudienceFacts,
  medians: Readonly<Record<string, number>>,
): boolean {
  if (segments.length > 0 && !segments.some((segment) => segment === facts.segment)) return false;
  if (churn.length > 0 && !churn.some((risk) => risk === facts.churn)) return false;
  if (facts.orders < minimumOrders) return false;
  if (!averageOrderAboveMedian) return true;
  const median = facts.currency === null ? undefined : medians[facts.currency];
  return median !== undefined && facts.orders > 0 && facts.revenueMinor / facts.orders > median;
}
