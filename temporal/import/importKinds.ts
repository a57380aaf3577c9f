/** The kinds of files: how their rows are read, and how what was read is written. */
import { takeInProducts } from '../intake/productChanges.ts';
import { takeIn } from '../intake/takeIn.ts';
import type { EventIdentity } from '../domain/event.ts';
import { withExternalIdPrefix } from '../domain/externalIdPrefix.ts';
import type { MappedProduct } from '../domain/mapping/mappedBody.ts';
import type { ParsedEvent } from '../domain/eventParsing.ts';
import type { Session } from '../store/rows.ts';
import { JsonRows, type Fields } from './columns.ts';
import type { Row } from './fileRecord.ts';
import { CUSTOMER_FIELDS, readCustomerRow, type CustomerRecord } from './customerRows.ts';
import { EVENT_FIELDS, isEvent, readEventObject, readEventRow } from './eventRows.ts';
import {
  isShopifyOrders,
  ORDER_FIELDS,
  readOrderRow,
  SHOPIFY_ORDER_FIELDS,
  ShopifyOrderRows,
  type OrderLine,
} from './orderRows.ts';
import { PRODUCT_FIELDS, readProductRow } from './productRows.ts';
import { writeCustomers } from './writeCustomers.ts';
import { writeOrders } from './writeOrders.ts';
import type { WriteTarget, WrittenRows } from './writtenRows.ts';

export type ReadRow<T> = { value: T } | { problem: string } | { ignored: string };

export interface ReadOptions {
  source: string;
  /** Of the connection that `source` names: stands before its customer numbers. */
  externalIdPrefix: string;
  currency: string | null;
  /** Epoch ms. */
  now: number;
}

/** Reads the rows of one file, in their order. */
export interface RowReader<T> {
  row(row: Row): ReadRow<T>;
  /** A line of NDJSON. */
  object(object: Readonly<Record<string, unknown>>): ReadRow<T>;
}

export interface ImportKind<T> {
  /** @param names of the CSV's columns, normalised; null for NDJSON */
  fields(names: readonly string[] | null): Fields;
  /** @throws Error with a sentence when a column without which nothing can be read is missing */
  check(names: readonly string[], has: (field: string) => boolean): void;
  /** Rows of which this is equal come in one transaction when they stand beside each other. */
  groupOf(value: T): string | null;
  reader(options: ReadOptions, names: readonly string[] | null): RowReader<T>;
  write(session: Session, values: readonly T[], target: WriteTarget): Promise<WrittenRows>;
}

const ofConnection = <T extends { identity: EventIdentity }>(one: T, { externalIdPrefix }: ReadOptions): T => ({
  ...one,
  identity: withExternalIdPrefix(one.identity, externalIdPrefix),
});

function need(has: (field: string) => boolean, ...columns: { anyOf: readonly string[]; words: string }[]): void {
  const missing = columns.filter(({ anyOf }) => !anyOf.some(has)).map(({ words }) => words);
  if (missing.length > 0) throw new Error(`The header has no column for ${missing.join(', and none for ')}.`);
}

const WHO = {
  anyOf: ['externalId', 'email', 'phone', 'deviceId'],
  words: 'the customer (customer_id, email or phone)',
};

const orders: ImportKind<OrderLine> = {
  fields: (names) => (names !== null && isShopifyOrders(names) ? SHOPIFY_ORDER_FIELDS : ORDER_FIELDS),
  check(_names, has) {
    const when = { anyOf: ['orderedAt'], words: 'the time (ordered_at)' };
    const money = { anyOf: ['revenue', 'price', 'total'], words: 'the money (revenue, or price and quantity)' };
    need(has, WHO, when, money);
  },
  groupOf: ({ orderId }) => orderId,
  reader(options, names) {
    const json = new JsonRows(ORDER_FIELDS);
    const shopify = names !== null && isShopifyOrders(names) ? new ShopifyOrderRows() : null;
    const read = (row: Row): ReadRow<OrderLine> => {
      const result = readOrderRow(row, options);
      if (result.line !== undefined) return { value: ofConnection(result.line, options) };
      return result.ignored === undefined ? { problem: result.problem } : { ignored: result.ignored };
    };
    return {
      row: (row) => read(shopify === null ? row : shopify.complete(row)),
      object: (object) =>
        isEvent(object)
          ? { problem: 'is an event and no row: import it with "commerce-journeys import events"' }
          : read(json.row(object)),
    };
  },
  write: writeOrders,
};

const customers: ImportKind<CustomerRecord> = {
  fields: () => CUSTOMER_FIELDS,
  check: (_names, has) => need(has, WHO),
  groupOf: () => null,
  reader(options) {
    const json = new JsonRows(CUSTOMER_FIELDS);
    const read = (row: Row): ReadRow<CustomerRecord> => {
      const result = readCustomerRow(row, options);
      return result.problem === undefined ? { value: ofConnection(result.customer, options) } : result;
    };
    return { row: read, object: (object) => read(json.row(object)) };
  },
  write: (session, values, { time }) => writeCustomers(session, values, time.now),
};

const events: ImportKind<ParsedEvent> = {
  fields: () => EVENT_FIELDS,
  check(_names, has) {
    const when = { anyOf: ['occurredAt'], words: 'the time (occurred_at)' };
    need(has, { anyOf: ['type'], words: 'the event type (type)' }, when, WHO);
  },
  groupOf: () => null,
  reader(options) {
    const json = new JsonRows(EVENT_FIELDS);
    const valueOf = (result: ReturnType<typeof readEventRow>): ReadRow<ParsedEvent> => {
      if (result.problem !== undefined) return result;
      const { event } = result.event;
      // Events that name another source are not of this connection.
      return {
        value:
          event.source === options.source ? { ...result.event, event: ofConnection(event, options) } : result.event,
      };
    };
    return {
      row: (row) => valueOf(readEventRow(row, options)),
      object: (object) =>
        valueOf(isEvent(object) ? readEventObject(object, options) : readEventRow(json.row(object), options)),
    };
  },
  async write(session, values, { published, time }) {
    const { outcomes, outboxWritten } = await takeIn(session, values, published, time);
    const rejected: WrittenRows['rejected'] = [];
    let duplicates = 0;
    outcomes.forEach((outcome, index) => {
      if (outcome.problem !== undefined) {
        rejected.push({ index, reason: `${outcome.problem.path} ${outcome.problem.message}` });
      } else if (outcome.duplicate) {
        duplicates++;
      }
    });
    return { rejected, counts: { eventsKnownBefore: duplicates }, outboxWritten };
  },
};

const products: ImportKind<MappedProduct> = {
  fields: () => PRODUCT_FIELDS,
  check(names, has) {
    if (names.includes('handle') && !has('productId')) {
      throw new Error(
        "Shopify's products export has no product ids, by which orders and events name products. Connect the shop: its webhooks bring the catalogue. Or give a file with product_id.",
      );
    }
    need(has, { anyOf: ['productId'], words: 'the product (product_id)' });
  },
  groupOf: ({ productId }) => productId,
  reader(options) {
    const json = new JsonRows(PRODUCT_FIELDS);
    const read = (row: Row): ReadRow<MappedProduct> => {
      const result = readProductRow(row, options);
      return result.problem === undefined ? { value: result.product } : result;
    };
    return { row: read, object: (object) => read(json.row(object)) };
  },
  async write(session, values, { source, time }) {
    await takeInProducts(session, { source, actor: 'cli', products: values, stockLevels: [] }, time.now);
    return { rejected: [], counts: {}, outboxWritten: false };
  },
};

export const IMPORT_KINDS = { orders, customers, events, products } as const;
export type ImportKindName = keyof typeof IMPORT_KINDS;
