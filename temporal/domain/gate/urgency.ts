/** How urgent a run is, by the event that began it: the nearer the customer was to buying, the sooner somebody should speak. */
export const URGENCIES = ['checkout', 'cart', 'browse'] as const;
/** The first is the most urgent. */
export type Urgency = (typeof URGENCIES)[number];

const URGENCY_OF: Readonly<Record<string, Urgency>> = {
  started_checkout: 'checkout',
  added_to_cart: 'cart',
  removed_from_cart: 'cart',
  viewed_product: 'browse',
  wishlisted: 'browse',
  searched: 'browse',
  viewed_page: 'browse',
};

/** @returns null for what is no abandonment: a purchase, a subscription, an entry by hand */
export const urgencyOf = (entryType: string): Urgency | null => URGENCY_OF[entryType] ?? null;
