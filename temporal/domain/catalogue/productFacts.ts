/** A product as filters and messages speak of it: what is not known is left out. */
import {
  availabilityOf,
  availabilityOfProduct,
  backorderOfVariant,
  marginOf,
  priceOfProduct,
  stockByLocation,
  stockOf,
  stockOfProduct,
  type Product,
} from './product.ts';
import type { NamedProduct } from './interests.ts';

/** What can stand behind `product.` in a filter. */
export const PRODUCT_FACTS = [
  ...['productId', 'variantId', 'title', 'variantTitle', 'sku', 'category', 'priceMinor', 'currency', 'costMinor'],
  ...['marginPercent', 'stock', 'stockByLocation', 'availability', 'backorder', 'url', 'imageUrl', 'gone'],
] as const;

export type ProductFacts = Partial<Record<(typeof PRODUCT_FACTS)[number], unknown>>;

/** Of somebody's variant the figures are the variant's. `stock` null, for what is not counted, is left out. */
export function productFacts(product: Product, variantId?: string): ProductFacts {
  const variant = product.variants.find((one) => one.variantId === variantId);
  const stock = variant ? stockOf(variant) : stockOfProduct(product);
  const priceMinor = variant?.priceMinor ?? priceOfProduct(product);
  const backorder = variant ? backorderOfVariant(variant, product) : product.backorder;
  const facts: Record<(typeof PRODUCT_FACTS)[number], unknown> = {
    productId: product.productId,
    variantId,
    title: product.title,
    variantTitle: variant?.title,
    sku: variant?.sku,
    category: product.category,
    priceMinor,
    currency: product.currency,
    costMinor: product.costMinor,
    marginPercent: product.marginPercent ?? marginOf(product.costMinor, priceMinor),
    stock,
    stockByLocation: Object.fromEntries(
      [...stockByLocation(variant ? { levels: variant.levels, variants: [] } : product)].filter(
        ([, pieces]) => pieces !== null,
      ),
    ),
    availability: variant ? availabilityOf(stock, backorder, product.isGone) : availabilityOfProduct(product),
    backorder: backorder ?? false,
    url: product.url,
    imageUrl: product.imageUrl,
    gone: product.isGone,
  };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== null && value !== undefined));
}

/** In the order in which they are named; products that the catalogue does not know are left out. */
export function factsOfNamed(
  named: readonly NamedProduct[],
  productOf: (productId: string) => Product | undefined,
): ProductFacts[] {
  return named.flatMap(({ productId, variantId }) => {
    const product = productOf(productId);
    return product ? [productFacts(product, variantId)] : [];
  });
}
