/** Who wants to hear of a product, as events say it; and which news answers which interest (expected features 13 and 14). */
import type { CanonicalEvent } from '../event.ts';

/**
 * - `back_in_stock`: asked to be told, or joined a waiting list.
 * - `wishlisted`: wants it: told when it is back, and when it is cheaper.
 * - `viewed`: looked at it lately: told when it is cheaper.
 */
export type InterestKind = 'back_in_stock' | 'wishlisted' | 'viewed';

export interface Interest {
  productId: string;
  /** '' for any variant. */
  variantId: string;
  kind: InterestKind;
  /** What the shopper saw; null where the event does not say. */
  priceMinor: number | null;
  currency: string | null;
}

const KIND_OF: Readonly<Record<string, InterestKind>> = {
  back_in_stock_requested: 'back_in_stock',
  joined_waitlist: 'back_in_stock',
  wishlisted: 'wishlisted',
  viewed_product: 'viewed',
};

/** The product stands in the items, or, where there is only one to speak of, in the properties themselves. */
export function interestsOf({ type, properties }: Pick<CanonicalEvent, 'type' | 'properties'>): Interest[] {
  const kind = KIND_OF[type];
  if (!kind) return [];
  return namedProducts(properties).map(({ productId, variantId, priceMinor }) => ({
    productId,
    variantId: variantId ?? '',
    kind,
    priceMinor: priceMinor ?? null,
    currency: priceMinor === undefined ? null : (properties.currency ?? null),
  }));
}

export interface NamedProduct {
  productId: string;
  variantId?: string;
  /** Minor units of the event's currency. */
  priceMinor?: number;
}

/** The products that an event names, in its order. */
export function namedProducts(properties: Readonly<Record<string, unknown>>): NamedProduct[] {
  const { items } = properties;
  const named = [...(Array.isArray(items) ? (items as unknown[]) : []), properties].flatMap(namedProduct);
  const distinct = new Map<string, NamedProduct>();
  for (const one of named) {
    const key = `${one.productId}\0${one.variantId ?? ''}`;
    if (!distinct.has(key)) distinct.set(key, one);
  }
  return [...distinct.values()];
}

function namedProduct(value: unknown): NamedProduct[] {
  if (typeof value !== 'object' || value === null) return [];
  const { productId, variantId, priceMinor } = value as Record<string, unknown>;
  if (typeof productId !== 'string' || productId === '') return [];
  return [
    {
      productId,
      ...(typeof variantId === 'string' && variantId !== '' && { variantId }),
      ...(typeof priceMinor === 'number' && { priceMinor }),
    },
  ];
}

/** Events about a product, not about what a person does. */
const NEWS_TYPES = ['stock_changed', 'price_changed'] as const;
export type NewsType = (typeof NEWS_TYPES)[number];
export const isNews = (type: string): type is NewsType => (NEWS_TYPES as readonly string[]).includes(type);

/**
 * Is this news for a run that began with this entry? News of a product that the entry does not name is none for it. Somebody
 * who named a variant waits for that one: news of the whole product is theirs only where the product has no variants.
 * An entry without products, or news without one, says nothing: then it is.
 */
export function isNewsFor(entry: Readonly<Record<string, unknown>>, news: Readonly<Record<string, unknown>>): boolean {
  const wanted = namedProducts(entry);
  const told = namedProducts(news);
  if (wanted.length === 0 || told.length === 0) return true;
  const hasVariants = typeof news['variants'] === 'number' && news['variants'] > 0;
  return wanted.some(({ productId, variantId }) =>
    told.some((one) => {
      if (one.productId !== productId) return false;
      return one.variantId === variantId || (one.variantId === undefined && !hasVariants);
    }),
  );
}
