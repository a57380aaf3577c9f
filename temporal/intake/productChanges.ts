/**
 * What shops, feeds and people say about products, taken into the catalogue: many at once, with what changed kept for those
 * who want to hear of it. Said twice, or late, it changes nothing.
 */
import { isDeepStrictEqual } from 'node:util';
import { changesBetween } from '../domain/catalogue/changes.ts';
import type { Product, Stock } from '../domain/catalogue/product.ts';
import { applyStatement, type ProductStatement } from '../domain/catalogue/statement.ts';
import { applyLevels, joinLevels, type LevelStatement } from '../domain/catalogue/stockLevels.ts';
import { currencyExponent } from '../domain/money.ts';
import type { MappedProduct, MappedStockLevel } from '../domain/mapping/mappedBody.ts';
import { readTime } from '../domain/textValues.ts';
import { insertAudit } from '../store/audit.ts';
import { itemOfProduct, itemOfVariant, productRow, variantRows } from '../store/catalogueRows.ts';
import { lockNames } from '../store/locks.ts';
import { insertProductChanges } from '../store/productChanges.ts';
import { makeDue } from '../store/scoreJobs.ts';
import {
  productsOfItems,
  readLevels,
  readProducts,
  writeLevels,
  writeProducts,
  type LevelRow,
  type LevelsByItem,
  type VariantRef,
} from '../store/products.ts';
import type { Session } from '../store/rows.ts';

export interface TakenIn {
  /** Connection name, `api`, `import` …: who describes the products. */
  source: string;
  /** As in the audit. */
  actor: string;
  products: readonly MappedProduct[];
  stockLevels: readonly MappedStockLevel[];
}

/** @param session a transaction @param now epoch ms */
export async function takeInProducts(
  session: Session,
  { source, actor, products, stockLevels }: TakenIn,
  now: number,
): Promise<void> {
  const statements = products.map((product) => statementOf(product, source, now));
  const levels = stockLevels.map(({ inventoryItemId, location, available, changedAt }) => ({
    itemId: inventoryItemId,
    location,
    level: { available: pieces(available) ?? null, at: timeOf(changedAt, now) },
  }));
  await changeProducts(session, { statements, levels, actor, isAudited: false }, now);
}

/** A shop's clock may be ahead; what it says must not hold against all that comes until then. */
const timeOf = (changedAt: string | null, now: number): number =>
  Math.min(changedAt === null ? now : (readTime(changedAt) ?? now), now);

/** A figure that cannot be one says nothing; the rest of the description still counts. */
const pieces = (stock: Stock | undefined): Stock | undefined =>
  typeof stock === 'number' && !Number.isFinite(stock) ? undefined : stock;
const minor = (amount: number | undefined): number | undefined =>
  amount !== undefined && Number.isSafeInteger(amount) && amount >= 0 ? amount : undefined;

function statementOf(product: MappedProduct, source: string, now: number): ProductStatement {
  const { productId, stock, variants, isGone = false, changedAt, hasAllVariants = false, ...fields } = product;
  const { currency, priceMinor, costMinor } = fields;
  const isCurrency = currency !== undefined && currencyExponent(currency) !== null;
  const amounts = { priceMinor: minor(priceMinor), costMinor: minor(costMinor) };
  return {
    productId,
    source,
    fields: { ...fields, ...amounts, currency: isCurrency ? currency : undefined },
    stock: pieces(stock),
    variants: variants.map((variant) => ({
      ...variant,
      priceMinor: minor(variant.priceMinor),
      stock: pieces(variant.stock),
    })),
    isComplete: hasAllVariants,
    isGone,
    at: timeOf(changedAt, now),
  };
}

export interface CatalogueChange {
  statements: readonly ProductStatement[];
  levels: readonly LevelStatement[];
  actor: string;
  /** Made by hand: who changed what is kept. */
  isAudited: boolean;
}

/**
 * Customers are told this much later, so that a correction that follows at once (0 → 5 → 0), or the shop's total behind a
 * single place's figure, comes first. ms, not scaled.
 */
export const SETTLE_MS = 2000;

/** @returns the products that were said something about, as they are now */
export async function changeProducts(
  session: Session,
  { statements, levels, actor, isAudited }: CatalogueChange,
  now: number,
): Promise<Map<string, Product>> {
  const known = await readLocked(session, statements, levels);
  const described = new Map(known.products);
  for (const statement of statements) {
    const before = described.get(statement.productId);
    const product = applyStatement(before ?? null, statement);
    if (product) described.set(statement.productId, joinLevels(product, before, known.levels));
  }
  const { products: after, loose } = applyLevels(described, known.levels, levels);

  const changed = [...after.values()].filter((product) => {
    const before = known.products.get(product.productId);
    return before === undefined || (before !== product && !isSame(before, product));
  });
  const isTold = (product: Product) => changesBetween(known.products.get(product.productId) ?? null, product);
  await writeProducts(session, changed, removedVariants(known.products, changed), now);
  const { written, removed } = levelChanges(known.levels, changed);
  await writeLevels(session, [...written, ...loose.map(levelRow)], removed);
  await insertProductChanges(session, changed.flatMap(isTold), now, now + SETTLE_MS);
  if (changed.some((product) => hasOtherWindow(known.products.get(product.productId), product))) {
    await makeDue(session, ['replenishment'], now);
  }
  if (isAudited) await audit(session, known.products, changed, actor, now);
  return after;
}

interface Known {
  products: Map<string, Product>;
  /** Of all items of these products, and of the items that are spoken of. */
  levels: LevelsByItem;
}

/** A level can belong to a product that a statement of another process has just brought: looked for again behind the lock. */
async function readLocked(
  session: Session,
  statements: readonly ProductStatement[],
  levels: readonly LevelStatement[],
): Promise<Known> {
  const items = new Set(levels.map(({ itemId }) => itemId));
  const itemsOfStatements = statements.flatMap(({ variants }) =>
    variants.flatMap(({ inventoryItemId }) => inventoryItemId ?? []),
  );
  const ids = new Set(statements.map(({ productId }) => productId));
  const locked = new Set<string>();
  for (;;) {
    for (const owners of (await productsOfItems(session, items)).values()) owners.forEach((id) => ids.add(id));
    const missing = [...ids, ...items, ...itemsOfStatements].filter((key) => !locked.has(key));
    if (missing.length === 0) break;
    await lockNames(session, 'catalogue', missing);
    missing.forEach((key) => locked.add(key));
    if (session.dialect === 'sqlite' || items.size === 0) break;
  }
  const products = new Map([...(await readProducts(session, ids))].map(([id, { product }]) => [id, product]));
  const found = await readLevels(session, [...items, ...itemsOfStatements]);
  for (const product of products.values()) {
    for (const [item, itemLevels] of itemsOf(product)) found.set(item, new Map(itemLevels));
  }
  return { products, levels: found };
}

const itemsOf = (product: Product) => [
  [itemOfProduct(product.productId), product.levels] as const,
  ...product.variants.map((variant) => [itemOfVariant(product.productId, variant), variant.levels] as const),
];

/** Set by hand: when what was bought runs out is planned anew. */
const hasOtherWindow = (before: Product | undefined, after: Product): boolean =>
  !isDeepStrictEqual(before?.replenishment ?? null, after.replenishment);

function isSame(before: Product, after: Product): boolean {
  return (
    JSON.stringify([productRow(before), variantRows(before)]) ===
      JSON.stringify([productRow(after), variantRows(after)]) &&
    JSON.stringify(itemsOf(before).map(levelsAsText)) === JSON.stringify(itemsOf(after).map(levelsAsText))
  );
}

const levelsAsText = ([item, levels]: ReturnType<typeof itemsOf>[number]) => [
  item,
  [...levels].sort(([a], [b]) => (a < b ? -1 : 1)),
];

const levelRow = ({ itemId, location, level }: LevelStatement): LevelRow => ({ item_id: itemId, location, ...level });

function removedVariants(before: Map<string, Product>, changed: readonly Product[]): VariantRef[] {
  return changed.flatMap(({ productId, variants }) => {
    const kept = new Set(variants.map(({ variantId }) => variantId));
    return (before.get(productId)?.variants ?? [])
      .filter(({ variantId }) => !kept.has(variantId))
      .map(({ variantId }) => ({ product_id: productId, variant_id: variantId }));
  });
}

/** Compared item by item with what is in the store. */
function levelChanges(stored: LevelsByItem, changed: readonly Product[]) {
  const written: LevelRow[] = [];
  const removed: Pick<LevelRow, 'item_id' | 'location'>[] = [];
  for (const [item, levels] of new Map(changed.flatMap(itemsOf))) {
    const before = stored.get(item);
    for (const [location, { available, at }] of levels) {
      const earlier = before?.get(location);
      if (earlier?.available !== available || earlier.at !== at) {
        written.push({ item_id: item, location, available, at });
      }
    }
    for (const location of before?.keys() ?? []) {
      if (!levels.has(location)) removed.push({ item_id: item, location });
    }
  }
  return { written, removed };
}

/** Which fields a person changed, not their values: the catalogue itself says what they are. */
async function audit(
  session: Session,
  before: Map<string, Product>,
  changed: readonly Product[],
  actor: string,
  now: number,
): Promise<void> {
  const notes = changed.flatMap((product) => {
    const earlier = before.get(product.productId);
    const fields = changedFields(earlier, product);
    if (fields.length === 0) return [];
    const action = earlier ? 'product.changed' : 'product.added';
    return [{ customerId: null, actor, action, details: { productId: product.productId, fields } }];
  });
  await insertAudit(session, notes, now);
}

const NOT_AUDITED: ReadonlySet<string> = new Set(['product_id', 'described_at', 'stated_at', 'stock_known', 'source']);

function changedFields(before: Product | undefined, after: Product): string[] {
  const [earlier, later] = [before && productRow(before), productRow(after)];
  const names = (Object.keys(later) as (keyof typeof later)[]).filter(
    (name) => !NOT_AUDITED.has(name) && (earlier?.[name] ?? null) !== (later[name] ?? null),
  );
  const variants = JSON.stringify(before?.variants ?? []) === JSON.stringify(after.variants) ? [] : ['variants'];
  return [...names, ...variants];
}
