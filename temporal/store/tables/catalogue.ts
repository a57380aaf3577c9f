/** Products, their stock and prices, and who is to hear of a change. */
import type { Generated } from 'kysely';

/** One catalogue for all shops. What stands under `stock`, `stock_known` and `shown_price_minor` follows from the rest. */
export interface ProductsTable {
  product_id: string;
  /** Who described it last. */
  source: string;
  title: string | null;
  category: string | null;
  currency: string | null;
  price_minor: number | null;
  cost_minor: number | null;
  /** As given; null: it follows from cost and price. */
  margin_percent: number | null;
  url: string | null;
  image_url: string | null;
  backorder: number | null;
  /** Replenishment; null: never set by hand. */
  replenishment_json: string | null;
  gone: number;
  /** The product's own total, null for not counted; nobody has said one while `stated_at` is null. */
  stated_stock: number | null;
  stated_at: number | null;
  described_at: number;
  /** null: not counted, or not known (`stock_known` 0). */
  stock: number | null;
  stock_known: number;
  /** Its own price, or that of the cheapest variant. */
  shown_price_minor: number | null;
  created_at: number;
  updated_at: number;
}

/** Primary key product and variant. */
export interface ProductVariantsTable {
  product_id: string;
  variant_id: string;
  /** In the shop's order. */
  position: number;
  title: string | null;
  sku: string | null;
  price_minor: number | null;
  backorder: number | null;
  inventory_item_id: string | null;
  stated_stock: number | null;
  stated_at: number | null;
  stock: number | null;
  stock_known: number;
}

/** Stock of one item in one place. Rows of an item that no variant has yet wait for its product. */
export interface StockLevelsTable {
  /** Shopify's inventory item, or `product/<id>[/<variant>]` for what has none. */
  item_id: string;
  location: string;
  /** null: not counted. */
  available: number | null;
  at: number;
}

/** Changes of stock and price that customers are to hear of. One is `merged` into an earlier one that nobody had been told of. */
export interface ProductChangesTable {
  id: Generated<number>;
  kind: 'stock' | 'price';
  product_id: string;
  /** '' for the product as a whole. */
  variant_id: string;
  location: string | null;
  /** null: not counted. */
  stock: number | null;
  previous_stock: number | null;
  price_minor: number | null;
  previous_price_minor: number | null;
  currency: string | null;
  at: number;
  state: 'new' | 'telling' | 'told' | 'merged';
  /** How many customers have been told. */
  told: number;
  /** The last customer who has been; they are told in the order of their ids. */
  told_up_to: string;
  /** Not before (epoch ms); the lease of the process that tells. */
  available_at: number;
}

/** Who wants to hear of a product. Primary key customer, product, variant and kind. */
export interface ProductInterestsTable {
  customer_id: string;
  product_id: string;
  /** '' for any variant. */
  variant_id: string;
  kind: 'back_in_stock' | 'wishlisted' | 'viewed';
  at: number;
  /** When the interest was shown; later, the price that the customer was told of. */
  price_minor: number | null;
  currency: string | null;
  /** Answered: it is in stock again. */
  closed_at: number | null;
}

/** Products in the entry of a run that waits for news of them. */
export interface AwaitedProductsTable {
  run_id: string;
  product_id: string;
  /** '' for any variant. */
  variant_id: string;
  customer_id: string;
}
