/**
 * No promotions for some days after a purchase that paid social brought: who has just answered an advertisement hears how to use
 * the thing first, which is a transactional message and passes. Held promotions are dropped, not put off: a message about
 * yesterday's cart or a first-purchase offer is wrong three days later, and the journey goes on to its next one, which is asked anew.
 */
import { scaledMs, type GateRules } from './gateRules.ts';
import { when, type Objection } from './objection.ts';

export interface PromoPauseFacts {
  /** Epoch ms of the last purchase that paid social brought and that still stands; null: none lately. */
  paidSocialPurchaseAt: number | null;
}

/**
 * A purchase without a campaign of its own is put down to the last touch before it, up to this long: the window of a click by
 * which Meta's advertisements count purchases unless told otherwise, https://www.facebook.com/business/help/460276478298895
 */
export const LAST_TOUCH_WITHIN = 'P7D';

export function promoPauseObjections({ paidSocialPurchaseAt }: PromoPauseFacts, rules: GateRules): Objection[] {
  const { promoPause } = rules.policy;
  if (promoPause === null || paidSocialPurchaseAt === null) return [];
  return when(paidSocialPurchaseAt > rules.now - scaledMs(promoPause.window, rules), 'promo_pause');
}
