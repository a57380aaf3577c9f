/** Shapes of products in the API (CONTRACT section 3). */
import { Type } from 'typebox';
import {
  AVAILABILITIES,
  availabilityOf,
  availabilityOfProduct,
  backorderOfVariant,
  marginOf,
} from '../domain/catalogue/product.ts';
import { priceOfProduct, stockByLocation, stockOf, stockOfProduct } from '../domain/catalogue/product.ts';
import { isoTime } from '../domain/textValues.ts';
import type { KnownProduct } from '../store/products.ts';
import { Nullable } from './customerSchemas.ts';

const Pieces = Nullable(
  Type.Number({ description: 'Pieces; fractions and, oversold, less than 0 are possible. null: not counted' }),
);
const Places = Type.Record(Type.String(), Nullable(Type.Number()), { description: 'Pieces by place' });
const Availability = Type.Enum([...AVAILABILITIES]);
const optional = {
  title: Type.Optional(Nullable(Type.String())),
  priceMinor: Type.Optional(Nullable(Type.Integer({ minimum: 0, description: 'Minor units of `currency`' }))),
  stock: Type.Optional(Pieces),
  stockByLocation: Type.Optional(Nullable(Places)),
  backorder: Type.Optional(Nullable(Type.Boolean({ description: 'May be sold without stock' }))),
};

const VariantBody = Type.Object({
  variantId: Type.String(),
  sku: Type.Optional(Nullable(Type.String())),
  inventoryItemId: Type.Optional(Nullable(Type.String({ description: "Shopify's key of stock levels" }))),
  ...optional,
});

const fields = {
  ...optional,
  category: Type.Optional(Nullable(Type.String())),
  currency: Type.Optional(Nullable(Type.String({ description: 'ISO 4217' }))),
  costMinor: Type.Optional(Nullable(Type.Integer({ minimum: 0 }))),
  marginPercent: Type.Optional(
    Nullable(Type.Number({ maximum: 100, description: 'Follows from cost and price when it is not given' })),
  ),
  url: Type.Optional(Nullable(Type.String())),
  imageUrl: Type.Optional(Nullable(Type.String())),
  replenishment: Type.Optional(
    Nullable(
      Type.Object(
        {
          lowDays: Type.Optional(Nullable(Type.Number())),
          highDays: Type.Optional(Nullable(Type.Number())),
          enabled: Type.Boolean({ description: 'false: once-a-year goods, no reminder' }),
        },
        { description: 'How many days one piece lasts, set by hand' },
      ),
    ),
  ),
  gone: Type.Optional(Type.Boolean({ description: 'Deleted in the shop, or no longer shown' })),
};

export const ProductBody = Type.Object({
  ...fields,
  variants: Type.Optional(Type.Array(VariantBody, { description: 'The whole list: others are removed' })),
});
export const FeedItem = Type.Object({ productId: Type.String(), ...ProductBody.properties });

export const ProductSchema = Type.Object(
  {
    productId: Type.String(),
    source: Type.String({ description: 'Who described it last: a connection, `api`, `import`' }),
    ...fields,
    availability: Availability,
    stockByLocation: Places,
    variants: Type.Array(
      Type.Object({ ...VariantBody.properties, availability: Availability, stockByLocation: Places }),
    ),
    createdAt: Type.String(),
    updatedAt: Type.String(),
  },
  { description: 'A product of the catalogue. What is not known is left out; what was read can be written back' },
);

/** What is not known is left out: `stock: null` says that nobody counts. */
export function productView({ product, createdAt, updatedAt }: KnownProduct) {
  const stock = stockOfProduct(product);
  const price = priceOfProduct(product);
  return {
    productId: product.productId,
    source: product.source,
    ...known({
      title: product.title,
      category: product.category,
      priceMinor: price,
      currency: product.currency,
      costMinor: product.costMinor,
      marginPercent: product.marginPercent ?? marginOf(product.costMinor, price),
      url: product.url,
      imageUrl: product.imageUrl,
      backorder: product.backorder,
      replenishment: product.replenishment,
    }),
    ...(stock !== undefined && { stock }),
    stockByLocation: Object.fromEntries(stockByLocation(product)),
    availability: availabilityOfProduct(product),
    gone: product.isGone,
    variants: product.variants.map((variant) => {
      const { variantId, title, sku, priceMinor, backorder, inventoryItemId } = variant;
      const own = stockOf(variant);
      return {
        variantId,
        ...known({ title, sku, priceMinor, backorder, inventoryItemId }),
        ...(own !== undefined && { stock: own }),
        stockByLocation: Object.fromEntries(stockByLocation({ levels: variant.levels, variants: [] })),
        availability: availabilityOf(own, backorderOfVariant(variant, product), product.isGone),
      };
    }),
    createdAt: isoTime(createdAt),
    updatedAt: isoTime(updatedAt),
  };
}

function known<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], null> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)) as {
    [K in keyof T]?: Exclude<T[K], null>;
  };
}

const EXAMPLE_FIELDS = {
  title: 'Trail shoe',
  category: 'shoes',
  priceMinor: 8900,
  currency: 'EUR',
  costMinor: 3560,
  url: 'https://shop.example.com/p/trail-shoe',
  imageUrl: 'https://shop.example.com/i/trail-shoe.jpg',
  backorder: false,
  replenishment: { lowDays: 180, highDays: 270, enabled: true },
};

export const PRODUCT_BODY_EXAMPLE = {
  ...EXAMPLE_FIELDS,
  variants: [
    { variantId: 'p1-41', title: '41', sku: 'TS-41', stockByLocation: { Vienna: 3, Graz: 0 } },
    { variantId: 'p1-42', title: '42', sku: 'TS-42', stock: 0 },
  ],
};

export const PRODUCT_EXAMPLE = {
  productId: 'p1',
  source: 'api',
  ...EXAMPLE_FIELDS,
  marginPercent: 60,
  stock: 3,
  stockByLocation: { Vienna: 3, Graz: 0 },
  availability: 'in_stock',
  gone: false,
  variants: [
    {
      variantId: 'p1-41',
      title: '41',
      sku: 'TS-41',
      stock: 3,
      stockByLocation: { Vienna: 3, Graz: 0 },
      availability: 'in_stock',
    },
    { variantId: 'p1-42', title: '42', sku: 'TS-42', stock: 0, stockByLocation: {}, availability: 'out_of_stock' },
  ],
  createdAt: '2026-11-22T10:00:00.000Z',
  updatedAt: '2026-11-22T10:00:00.000Z',
};
