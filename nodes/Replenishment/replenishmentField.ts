/** What the field `replenishment` of an item looks like, whichever operation has made it. */
import type { IDataObject } from 'n8n-workflow';

interface WithDates extends IDataObject {
  startAt: string | null;
  subscribed?: boolean;
}

/** @returns the products, and of those with a date the one that runs out first, unless it comes by a subscription */
export function replenishmentField(products: WithDates[]): IDataObject {
  const datedFirst = products
    .filter(({ startAt, subscribed }) => startAt !== null && subscribed !== true)
    .sort((one, other) => Date.parse(one.startAt ?? '') - Date.parse(other.startAt ?? ''));
  return { next: datedFirst[0] ?? null, products };
}
