/**
 * What customers are told when a product has changed: by the figures of now, so that nobody hears of stock that is gone again
 * or of a price that has come back.
 */
import type { EventItem } from '../event.ts';
import { changePercent, isBackInStock } from './changes.ts';
import type { InterestKind, NewsType } from './interests.ts';
import { priceOfProduct, stockOf, stockOfProduct, type Product, type Stock } from './product.ts';

/** A change that has been kept, with what was before. */
export interface KeptChange {
  id: number;
  kind: 'stock' | 'price';
  productId: string;
  /** null: the product as a whole. */
  variantId: string | null;
  location: string | null;
  previousStock: Stock;
  previousPriceMinor: number | null;
  currency: string | null;
  /** Epoch ms. */
  at: number;
}

export interface News {
  type: NewsType;
  /** As everybody gets it; what a single customer's interest adds comes on top. */
  properties: Record<string, unknown>;
  isBackInStock: boolean;
  /** null for news of stock. */
  priceMinor: number | null;
}

/** @param product as it is now; null: no longer in the catalogue. @returns null when there is nothing to tell any more */
export function newsOf(change: KeptChange, product: Product | null): News | null {
  const variant = product?.variants.find(({ variantId }) => variantId === change.variantId) ?? null;
  if (product === null || (change.variantId !== null && variant === null)) return null;
  const about = {
    productId: product.productId,
    ...(change.variantId === null ? { variants: product.variants.length } : { variantId: change.variantId }),
    ...(product.currency !== null && { currency: product.currency }),
    items: [itemOf(product, change.variantId)],
  };
  if (change.kind === 'stock') {
    const counted = variant ? stockOf(variant) : stockOfProduct(product);
    if (counted === undefined) return null;
    const stock = product.isGone ? 0 : counted;
    const { previousStock, location } = change;
    if (stock === previousStock) return null;
    const backInStock = isBackInStock(previousStock, stock);
    const properties = {
      ...about,
      stock,
      previousStock,
      backInStock,
      ...(location !== null && { stockLocation: location }),
    };
    return { type: 'stock_changed', properties, isBackInStock: backInStock, priceMinor: null };
  }
  const priceMinor = variant ? variant.priceMinor : priceOfProduct(product);
  const { previousPriceMinor } = change;
  if (priceMinor === null || previousPriceMinor === null || product.currency !== change.currency) return null;
  if (priceMinor === previousPriceMinor || product.isGone) return null;
  const percent = changePercent(previousPriceMinor, priceMinor);
  const properties = {
    ...about,
    priceMinor,
    previousPriceMinor,
    ...(percent !== null && { changePercent: percent }),
  };
  return { type: 'price_changed', properties, isBackInStock: false, priceMinor };
}

/** The product as an item of an event, so that filters and messages find it where they find those of a cart. */
function itemOf(product: Product, variantId: string | null): EventItem {
  const variant = product.variants.find((one) => one.variantId === variantId);
  const priceMinor = variant?.priceMinor ?? priceOfProduct(product);
  const item: Record<keyof EventItem, unknown> = {
    productId: product.productId,
    variantId: variantId,
    sku: variant?.sku,
    name: product.title,
    category: product.category,
    priceMinor,
    url: product.url,
    imageUrl: product.imageUrl,
  };
  return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== null && value !== undefined));
}

/** A customer's interest in the product, as it was shown. */
export interface ShownInterest {
  kind: InterestKind;
  /** What the shopper saw then. */
  priceMinor: number | null;
  currency: string | null;
  /** Back in stock has been told. */
  isClosed: boolean;
  /** Epoch ms. */
  at: number;
}

/** Of several interests the strongest speaks. */
const WEIGHT: Readonly<Record<InterestKind, number>> = { back_in_stock: 2, wishlisted: 1, viewed: 0 };

/** How long a price that somebody saw is compared with: 90 days (expected feature 14). ms, before the time scale. */
export const PRICE_LOOK_BACK_MS = 90 * 24 * 3600_000;

/**
 * What the news says to this customer besides: `interest`, and for a price `seenPriceMinor` and `sinceSeenPercent`.
 * @param seenSince epoch ms, from when on a seen price counts
 * @returns null when the news does not answer any of the interests
 */
export function answerTo(
  news: News,
  interests: readonly ShownInterest[],
  seenSince: number,
): Record<string, unknown> | null {
  const answered = interests
    .filter((interest) => isAnswered(news, interest, seenSince))
    .sort((a, b) => WEIGHT[b.kind] - WEIGHT[a.kind])[0];
  if (!answered) return null;
  if (news.priceMinor === null || answered.priceMinor === null) return { interest: answered.kind };
  const percent = changePercent(answered.priceMinor, news.priceMinor);
  return {
    interest: answered.kind,
    seenPriceMinor: answered.priceMinor,
    ...(percent !== null && { sinceSeenPercent: percent }),
  };
}

function isAnswered(news: News, interest: ShownInterest, seenSince: number): boolean {
  if (news.type === 'stock_changed') return news.isBackInStock && interest.kind !== 'viewed' && !interest.isClosed;
  const { kind, priceMinor, currency, at } = interest;
  if (kind === 'back_in_stock' || priceMinor === null || news.priceMinor === null || at < seenSince) return false;
  return news.priceMinor < priceMinor && (currency ?? news.properties['currency']) === news.properties['currency'];
}
