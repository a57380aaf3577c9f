/**
 * Rows of an orders file → order lines: the file of CONTRACT section 6 with further columns, and Shopify's own orders export.
 * Pure: what a row means depends on nothing but the row, the options, and (Shopify) the rows of the same order above it.
 */
import { hash } from 'node:crypto';
import type { EventIdentity } from '../domain/event.ts';
import { readIdentity } from '../domain/identity.ts';
import { currencyExponent } from '../domain/money.ts';
import { readId } from '../domain/textValues.ts';
import { readMoment, readMoney, readNumber, readProduct, withoutApostrophe } from './cellValues.ts';
import type { Fields } from './columns.ts';
import type { Row } from './fileRecord.ts';

/** Identity columns that every kind of file can have. */
export const IDENTITY_FIELDS = {
  externalId: ['customer_id', 'external_id', 'user_id', 'cust_id', 'client_id', 'customer_number', 'customer'],
  email: ['email', 'customer_email', 'e_mail', 'email_address', 'billing_email', 'mail'],
  phone: ['phone', 'customer_phone', 'phone_number', 'billing_phone', 'telephone', 'mobile'],
} as const;

export const ORDER_FIELDS = {
  ...IDENTITY_FIELDS,
  orderId: ['order_id', 'order_number', 'order_no', 'order', 'order_name', 'invoice', 'invoice_no', 'transaction_id'],
  orderedAt: [
    'ordered_at',
    'order_date',
    'ordered_on',
    'purchased_at',
    'created_at',
    'date_created',
    'invoice_date',
    'date',
    'occurred_at',
    'timestamp',
  ],
  lineId: ['line_id', 'line_item_id', 'order_line_id', 'order_item_id'],
  productId: ['product_id', 'item_id', 'stock_code'],
  variantId: ['variant_id', 'variation_id'],
  sku: ['sku', 'product_sku', 'item_sku'],
  name: ['product_name', 'product', 'item_name', 'product_title', 'description'],
  category: ['category', 'product_category', 'product_type'],
  quantity: ['quantity', 'qty', 'units'],
  revenue: ['revenue', 'line_total', 'line_revenue', 'net_revenue', 'net_sales', 'amount', 'sales'],
  price: ['price', 'unit_price', 'item_price'],
  discount: ['discount', 'discount_amount', 'line_discount'],
  currency: ['currency', 'currency_code', 'order_currency'],
  total: ['order_total', 'order_value'],
  refunded: ['refunded', 'refunded_amount', 'refund_amount', 'refunded_total'],
  refundedAt: ['refunded_at', 'refund_date'],
  channel: ['sales_channel', 'channel', 'order_channel'],
  location: ['location', 'store', 'store_location', 'branch'],
  status: ['status', 'order_status', 'financial_status'],
} as const satisfies Fields;

/** Shopify admin → Orders → Export. One row a line; what concerns the whole order stands in its first row only. */
export const SHOPIFY_ORDER_FIELDS = {
  email: ['email'],
  phone: ['phone'],
  orderId: ['id', 'name'],
  orderName: ['name'],
  orderedAt: ['created_at', 'paid_at'],
  sku: ['lineitem_sku'],
  name: ['lineitem_name'],
  quantity: ['lineitem_quantity'],
  price: ['lineitem_price'],
  discount: ['lineitem_discount'],
  currency: ['currency'],
  total: ['total'],
  refunded: ['refunded_amount'],
  channel: ['source'],
  location: ['location'],
  status: ['financial_status'],
  cancelledAt: ['cancelled_at'],
} as const satisfies Fields;

export const isShopifyOrders = (names: readonly string[]): boolean =>
  ['name', 'lineitem_quantity', 'lineitem_price', 'financial_status'].every((name) => names.includes(name));

export interface OrderLine {
  identity: EventIdentity;
  orderId: string;
  /** Epoch ms. */
  occurredAt: number;
  currency: string;
  /** 52 bits that stay the same whenever the line is read again; null: a row about the order alone. */
  line: number | null;
  /** The file numbers its lines: the same number twice is one line. */
  isNumbered: boolean;
  item: { productId?: string; variantId?: string; sku?: string; name?: string; category?: string };
  /** Above 0; of a return what came back. */
  quantity: number;
  /** Minor units; of a return what was given back, as a positive number. */
  valueMinor: number;
  discountMinor: number | null;
  isReturn: boolean;
  /** What the file states for the whole order, rather than the sum of its lines. */
  totalMinor: number | null;
  refundedMinor: number | null;
  refundedAt: number | null;
  salesChannel: string | null;
  location: string | null;
}

export type OrderRow =
  | { line: OrderLine }
  | { line?: undefined; problem: string; ignored?: undefined }
  /** Passed over on purpose: why. */
  | { line?: undefined; ignored: string };

/** Orders that brought no money and never will. */
const VOID_STATUS = new Set([
  'voided',
  'expired',
  'cancelled',
  'canceled',
  'failed',
  'draft',
  'checkout_draft',
  'trash',
]);
const UNPAID_STATUS = new Set(['pending', 'authorized', 'unpaid']);
const POS_CHANNELS = new Set(['pos', 'offline', 'store', 'in_store', 'instore', 'retail', 'shop']);

export interface OrderOptions {
  /** Where a row has none. */
  currency: string | null;
  /** Epoch ms. */
  now: number;
}

type Problems = { name: string; problem: string }[];

export function readOrderRow({ fields }: Row, options: OrderOptions): OrderRow {
  const status = (fields['status'] ?? '')
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_')
    .replace(/^wc_/, '');
  const isVoid = VOID_STATUS.has(status) || (fields['cancelledAt'] !== undefined && UNPAID_STATUS.has(status));
  if (isVoid) return { ignored: 'the order was cancelled or not paid' };
  const currency = (fields['currency'] ?? options.currency ?? '').toUpperCase();
  if (currency === '') return { problem: 'currency is missing: add a column "currency", or say --currency EUR' };
  if (currencyExponent(currency) === null)
    return { problem: `currency "${currency.slice(0, 20)}" is no ISO 4217 code such as EUR` };

  const problems: Problems = [];
  const identity = readWho(fields, problems);
  const text = (name: string) => readText(fields, name, problems);
  const money = (name: string) => {
    const given = fields[name];
    if (given === undefined) return null;
    const read = readMoney(given, currency);
    if (read.problem === undefined) return read.value;
    problems.push({ name, problem: read.problem });
    return null;
  };
  const moment = (name: string) => {
    const given = fields[name];
    if (given === undefined) return null;
    const read = readMoment(given, options.now);
    if (read.problem === undefined) return read.value;
    problems.push({ name, problem: read.problem });
    return null;
  };

  const occurredAt = moment('orderedAt');
  if (fields['orderedAt'] === undefined)
    problems.push({ name: 'orderedAt', problem: 'is missing: when was it ordered?' });
  const quantity = readQuantity(fields['quantity'], problems);
  const totalMinor = money('total');
  const value = readValue(fields, currency, totalMinor !== null, problems);
  const item = Object.fromEntries(
    (['productId', 'variantId', 'sku', 'name', 'category'] as const).flatMap((name) => {
      const found = text(name);
      return found === null ? [] : [[name, found]];
    }),
  ) as OrderLine['item'];
  const lineId = text('lineId');
  const orderId = text('orderId');
  const line: Omit<OrderLine, 'orderId' | 'line'> = {
    identity,
    occurredAt: occurredAt ?? 0,
    currency,
    isNumbered: lineId !== null,
    item,
    quantity: Math.abs(quantity ?? 1),
    valueMinor: Math.abs(value ?? 0),
    discountMinor: money('discount'),
    // CONTRACT section 7: quantity below 0, or money below 0 where no quantity is given.
    isReturn: quantity !== null && quantity !== 0 ? quantity < 0 : (value ?? 0) < 0,
    totalMinor,
    refundedMinor: money('refunded'),
    refundedAt: moment('refundedAt'),
    ...whereSold(fields),
  };
  if (!line.isReturn) line.valueMinor = value ?? 0;
  if (problems.length > 0)
    return { problem: problems.map(({ name, problem }) => `${columnWord(name)} ${problem}`).join('; ') };
  const isAboutOrderOnly = totalMinor !== null && value === null && quantity === null && Object.keys(item).length === 0;
  const content =
    lineId ?? JSON.stringify([item.productId, item.variantId, item.sku, item.name, quantity, value, occurredAt]);
  return {
    line: {
      ...line,
      orderId: orderId ?? orderOfTheDay(identity, line.occurredAt),
      line: isAboutOrderOnly ? null : fiftyTwoBits(content),
    },
  };
}

/** The names that the contract's file uses. */
const COLUMN_WORDS: Record<string, string> = {
  externalId: 'customer_id',
  orderId: 'order_id',
  orderedAt: 'ordered_at',
  productId: 'product_id',
  variantId: 'variant_id',
  lineId: 'line_id',
  name: 'product_name',
  total: 'order_total',
  refundedAt: 'refunded_at',
  channel: 'sales_channel',
};
const columnWord = (field: string): string => COLUMN_WORDS[field] ?? field;

export function readWho(fields: Row['fields'], problems: Problems): EventIdentity {
  const given = Object.fromEntries(
    ['externalId', 'email', 'phone', 'deviceId'].flatMap((kind) => {
      const value = fields[kind];
      return value === undefined ? [] : [[kind === 'externalId' ? 'customerId' : kind, withoutApostrophe(value)]];
    }),
  );
  const { identity, problems: found } = readIdentity(given, '');
  const nobody = found.find(({ path }) => path === '');
  if (nobody)
    problems.push({ name: 'customer_id', problem: 'is missing: who is it? Give customer_id, email or phone' });
  for (const { path, message } of found) {
    if (path !== '') problems.push({ name: path === '/customerId' ? 'externalId' : path.slice(1), problem: message });
  }
  return identity;
}

function readText(fields: Row['fields'], name: string, problems: Problems): string | null {
  const given = fields[name];
  if (given === undefined) return null;
  const read = readId(withoutApostrophe(given));
  if (read.problem === undefined) return read.text;
  problems.push({ name, problem: read.problem });
  return null;
}

function readQuantity(given: string | undefined, problems: Problems): number | null {
  if (given === undefined) return null;
  const read = readNumber(given);
  if (read.problem === undefined) return read.value;
  problems.push({ name: 'quantity', problem: read.problem });
  return null;
}

/** What the line brought in: stated, or unit price times quantity. */
function readValue(fields: Row['fields'], currency: string, isOptional: boolean, problems: Problems): number | null {
  const { revenue, price, quantity = '1' } = fields;
  if (revenue === undefined && price === undefined) {
    if (!isOptional)
      problems.push({
        name: 'revenue',
        problem: 'is missing: what did the line bring in? Give revenue, or price and quantity',
      });
    return null;
  }
  const read = revenue === undefined ? readProduct(price ?? '', quantity, currency) : readMoney(revenue, currency);
  if (read.problem === undefined) return read.value;
  problems.push({ name: revenue === undefined ? 'price' : 'revenue', problem: read.problem });
  return null;
}

function whereSold(fields: Row['fields']): { salesChannel: string | null; location: string | null } {
  const { channel, location = null } = fields;
  const word = channel?.toLowerCase().replaceAll(/[\s-]+/g, '_') ?? null;
  if (word !== null) return { salesChannel: POS_CHANNELS.has(word) ? 'pos' : word.slice(0, 100), location };
  return { salesChannel: location === null ? null : 'pos', location };
}

/** CONTRACT section 7: without order_id, all lines of one customer on one day are one order. Nobody is to be read out of the id. */
function orderOfTheDay(identity: EventIdentity, occurredAt: number): string {
  const who = identity.externalId ?? identity.email ?? identity.phone ?? identity.customerId ?? identity.deviceId ?? '';
  return `${new Date(occurredAt).toISOString().slice(0, 10)}/${hash('sha256', who).slice(0, 20)}`;
}

const fiftyTwoBits = (text: string): number => Number.parseInt(hash('sha1', text).slice(0, 13), 16);

/** What a Shopify export says in the first row of an order only. */
const OF_THE_ORDER = [
  'email',
  'phone',
  'orderId',
  'currency',
  'orderedAt',
  'channel',
  'location',
  'status',
  'cancelledAt',
] as const;

/** Gives each row of a Shopify order what the first row said. */
export class ShopifyOrderRows {
  #name: string | undefined;
  #first: Record<string, string> = {};

  complete(row: Row): Row {
    const { orderName } = row.fields;
    if (orderName === undefined || orderName !== this.#name) {
      this.#name = orderName;
      this.#first = Object.fromEntries(
        OF_THE_ORDER.flatMap((name) => (row.fields[name] === undefined ? [] : [[name, row.fields[name]]])),
      );
      return row;
    }
    return { ...row, fields: { ...row.fields, ...this.#first } };
  }
}
