/** What rows of orders, customers and events files mean. Rules: CONTRACT sections 6 and 7; Shopify's columns: its admin's exports. */
import { describe, expect, it } from 'vitest';
import { readMoment, readMoney, readProduct } from '../../../temporal/import/cellValues.ts';
import { Columns, JsonRows, normalName, type Fields } from '../../../temporal/import/columns.ts';
import { CUSTOMER_FIELDS, readCustomerRow } from '../../../temporal/import/customerRows.ts';
import { EVENT_FIELDS, readEventObject, readEventRow } from '../../../temporal/import/eventRows.ts';
import { PRODUCT_FIELDS, readProductRow } from '../../../temporal/import/productRows.ts';
import {
  isShopifyOrders,
  ORDER_FIELDS,
  readOrderRow,
  SHOPIFY_ORDER_FIELDS,
  ShopifyOrderRows,
  type OrderLine,
} from '../../../temporal/import/orderRows.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const rowOf = (fields: Fields, header: string, line: string) =>
  Columns.of(header.split(','), () => fields).row(line.split(','));
const CONTRACT = 'customer_id,order_id,ordered_at,product_id,quantity,revenue';
const order = (line: string, currency: string | null = 'EUR', header = CONTRACT) =>
  readOrderRow(rowOf(ORDER_FIELDS, header, line), { currency, now: NOW });
function lineOf(...given: Parameters<typeof order>): OrderLine {
  const read = order(...given);
  if (read.line === undefined) throw new Error(JSON.stringify(read));
  return read.line;
}

describe('cells', () => {
  it.each([
    ['2026-11-22', '2026-11-22T00:00:00.000Z'],
    ['19970103', '1997-01-03T00:00:00.000Z'],
    ['24.12.2025', '2025-12-24T00:00:00.000Z'],
    ['2015-10-07 12:47:28 -0400', '2015-10-07T16:47:28.000Z'],
    ['2026-11-22T10:00:00+01:00', '2026-11-22T09:00:00.000Z'],
    ['2026-11-22 10:00', '2026-11-22T10:00:00.000Z'],
  ])('time %s', (text, iso) => {
    expect(readMoment(text, NOW)).toEqual({ value: Date.parse(iso) });
  });

  it.each(['2026-02-30', '03/04/2026', '2026-13-01', 'yesterday', '2027-01-01', '0000-00-00'])(
    'time %s is none',
    (text) => {
      expect(readMoment(text, NOW).problem).toBeDefined();
    },
  );

  it.each([
    ['4.35', 'EUR', 435],
    ['12,50', 'EUR', 1250],
    ['-3.00', 'USD', -300],
    ['20', 'VND', 20],
    ['1.500', 'KWD', 1500],
    ['19.900000000000002', 'EUR', 1990],
    ['.5', 'EUR', 50],
  ])('amount %s %s', (text, currency, minor) => {
    expect(readMoney(text, currency)).toEqual({ value: minor });
  });

  it.each(['1,234', '1.234,50', '€5', '1e3', '0.001', 'NaN', '--5'])('amount %s is none', (text) => {
    expect(readMoney(text, 'EUR').problem).toBeDefined();
  });

  it('unit price times quantity is exact, and rounded once', () => {
    expect(readProduct('0.125', '8', 'EUR')).toEqual({ value: 100 });
    expect(readProduct('0.1', '0.15', 'EUR')).toEqual({ value: 2 });
    expect(readProduct('1.005', '-1', 'EUR')).toEqual({ value: -101 });
    expect(readProduct('3', '2', 'JPY')).toEqual({ value: 6 });
  });
});

describe('columns', () => {
  it('have many spellings', () => {
    expect(['Customer ID', 'customerId', 'customer-id', ' CUSTOMER_ID '].map(normalName)).toEqual(
      Array(4).fill('customer_id'),
    );
    expect(lineOf('42,7,2026-01-02,p1,2,9.98', 'EUR', 'customerId,Order Number,Date,Product ID,Qty,Amount')).toEqual(
      lineOf('42,7,2026-01-02,p1,2,9.98'),
    );
  });

  it('that are there twice are refused, when they matter', () => {
    expect(() => Columns.of(['email', 'E-Mail', 'Email'], () => ORDER_FIELDS)).toThrow('"email" more than once');
    expect(Columns.of(['email', 'x', ''], () => ORDER_FIELDS).row(['a@example.com', '', '1'])).toEqual({
      fields: { email: 'a@example.com' },
      others: {},
    });
  });
});

describe('an orders file', () => {
  it('is lines of orders', () => {
    expect(lineOf('42,7,2026-01-02,p1,2,9.98')).toMatchObject({
      identity: { externalId: '42' },
      orderId: '7',
      occurredAt: Date.parse('2026-01-02T00:00:00Z'),
      item: { productId: 'p1' },
      quantity: 2,
      valueMinor: 998,
      isReturn: false,
      salesChannel: null,
    });
  });

  it('knows returns by quantity, or by money where no quantity is given', () => {
    expect(lineOf('42,7,2026-01-02,p1,-1,-5')).toMatchObject({ isReturn: true, valueMinor: 500, quantity: 1 });
    expect(lineOf('42,7,2026-01-02,p1,,-5')).toMatchObject({ isReturn: true, valueMinor: 500 });
    expect(lineOf('42,7,2026-01-02,p1,1,-5')).toMatchObject({ isReturn: false, valueMinor: -500 });
    expect(lineOf('42,7,2026-01-02,p1,1,0')).toMatchObject({ isReturn: false, valueMinor: 0 });
  });

  it('makes one order of a customer and day without ids, from which nobody can be read', () => {
    const first = lineOf('a@example.com,2026-01-02T08:00:00Z,5', 'EUR', 'email,ordered_at,revenue');
    const second = lineOf('a@example.com,2026-01-02T22:00:00Z,6', 'EUR', 'email,ordered_at,revenue');
    expect(second.orderId).toBe(first.orderId);
    expect(first.orderId).not.toContain('example');
    expect(lineOf('b@example.com,2026-01-02,5', 'EUR', 'email,ordered_at,revenue').orderId).not.toBe(first.orderId);
  });

  it('names lines by what they say, or by their number', () => {
    expect(lineOf('42,7,2026-01-02,p1,2,9.98').line).toBe(lineOf('42,7,2026-01-02,p1,2,9.98').line);
    expect(lineOf('42,7,2026-01-02,p1,2,9.98').line).not.toBe(lineOf('42,7,2026-01-02,p1,1,9.98').line);
    const header = `${CONTRACT},line_id`;
    expect(lineOf('42,7,2026-01-02,p1,2,9.98,L1', 'EUR', header).line).toBe(
      lineOf('42,7,2026-01-02,p1,3,1.00,L1', 'EUR', header).line,
    );
  });

  it('remembers what was bought in a shop', () => {
    const header = `${CONTRACT},sales_channel,location`;
    expect(lineOf('42,7,2026-01-02,p1,1,5,POS,', 'EUR', header).salesChannel).toBe('pos');
    expect(lineOf('42,7,2026-01-02,p1,1,5,,Vienna', 'EUR', header)).toMatchObject({
      salesChannel: 'pos',
      location: 'Vienna',
    });
    expect(lineOf('42,7,2026-01-02,p1,1,5,web,', 'EUR', header).salesChannel).toBe('web');
  });

  it.each([
    [',7,2026-01-02,p1,1,5', 'customer_id is missing: who is it? Give customer_id, email or phone'],
    ['42,7,,p1,1,5', 'ordered_at is missing: when was it ordered?'],
    ['42,7,2026-02-30,p1,1,5', 'ordered_at is no day such as 2026-11-22 and no time such as 2026-11-22T10:00:00Z'],
    ['42,7,2026-01-02,p1,one,5', 'quantity is no number'],
    ['42,7,2026-01-02,p1,1,', 'revenue is missing: what did the line bring in? Give revenue, or price and quantity'],
    ['42,7,2026-01-02,p1,1,5.555', 'revenue has 3 digits after the point, but EUR has 2'],
  ])('refuses %s', (line, problem) => {
    expect(order(line)).toEqual({ problem });
  });

  it('needs a currency from somewhere', () => {
    expect(order('42,7,2026-01-02,p1,1,5', null)).toMatchObject({
      problem: expect.stringContaining('--currency') as string,
    });
    expect(order('42,7,2026-01-02,p1,1,5,XYZ', null, `${CONTRACT},currency`)).toMatchObject({
      problem: expect.stringContaining('ISO 4217') as string,
    });
    expect(lineOf('42,7,2026-01-02,p1,1,5,jpy', null, `${CONTRACT},currency`)).toMatchObject({
      currency: 'JPY',
      valueMinor: 5,
    });
  });

  it('as NDJSON has the same names', () => {
    const { fields } = new JsonRows(ORDER_FIELDS).row({
      customerId: 42,
      orderId: '9007199254740993',
      created_at: '2026-01-01',
      ordered_at: '2026-01-02',
      revenue: 9.98,
      more: { a: 1 },
    });
    expect(fields).toEqual({ externalId: '42', orderId: '9007199254740993', orderedAt: '2026-01-02', revenue: '9.98' });
  });
});

describe("Shopify's orders export", () => {
  const HEADER =
    'Name,Email,Financial Status,Currency,Total,Created at,Lineitem quantity,Lineitem name,Lineitem price,Refunded Amount,Id,Source,Cancelled at';
  const read = (...lines: string[]) => {
    const columns = Columns.of(HEADER.split(','), (names) =>
      isShopifyOrders(names) ? SHOPIFY_ORDER_FIELDS : ORDER_FIELDS,
    );
    const rows = new ShopifyOrderRows();
    return lines.map((line) => readOrderRow(rows.complete(columns.row(line.split(','))), { currency: null, now: NOW }));
  };

  it('has the whole order in its first row, and its total counts', () => {
    const [first, second] = read(
      '#1001,a@example.com,paid,USD,25.50,2015-10-07 12:47:28 -0400,2,Shoe - M,10.00,0.00,450789469,pos,',
      '#1001,a@example.com,,,,2015-10-07 12:47:28 -0400,1,Sock,3.00,,,,',
    );
    expect(first?.line).toMatchObject({
      orderId: '450789469',
      totalMinor: 2550,
      valueMinor: 2000,
      salesChannel: 'pos',
      item: { name: 'Shoe - M' },
    });
    expect(second?.line).toMatchObject({
      orderId: '450789469',
      totalMinor: null,
      valueMinor: 300,
      currency: 'USD',
      salesChannel: 'pos',
    });
  });

  it('passes over orders that never brought money, with all their lines', () => {
    const rows = read(
      '#1002,a@example.com,voided,USD,25.50,2015-10-07 12:47:28 -0400,2,Shoe,10.00,0.00,2,web,',
      '#1002,a@example.com,,,,2015-10-07 12:47:28 -0400,1,Sock,3.00,,,,',
      '#1003,a@example.com,pending,USD,25.50,2015-10-07 12:47:28 -0400,2,Shoe,10.00,0.00,3,web,2015-10-08 12:47:28 -0400',
    );
    expect(rows).toEqual(Array(3).fill({ ignored: 'the order was cancelled or not paid' }));
  });
});

describe('a customers file', () => {
  const customer = (header: string, line: string) => {
    const read = readCustomerRow(rowOf(CUSTOMER_FIELDS, header, line), { source: 'import', now: NOW });
    return read.problem === undefined ? read.customer : read.problem;
  };

  it('reads the export of Shopify', () => {
    const header =
      'Customer ID,First Name,Email,Accepts Email Marketing,Default Address Country Code,Phone,Accepts SMS Marketing,Total Spent,Tags';
    expect(customer(header, "'7010000000000000001,Ada,A@Example.com,yes,AT,'+436601234567,no,10.00,vip")).toEqual({
      identity: { externalId: '7010000000000000001', email: 'a@example.com', phone: '+436601234567' },
      properties: { firstName: 'Ada', country: 'AT', tags: 'vip' },
      consents: [
        { channel: 'email', state: 'subscribed', source: 'import', at: null },
        { channel: 'sms', state: 'never', source: 'import', at: null },
      ],
      tracks: null,
    });
  });

  it('has consent with time and source, and tracks', () => {
    const header = 'email,email_consent,consent_at,consent_source,tracks,shoe_size';
    expect(customer(header, 'a@example.com,unsubscribed,2026-01-02,form,product news|low_frequency,42')).toEqual({
      identity: { email: 'a@example.com' },
      properties: { shoeSize: '42' },
      consents: [{ channel: 'email', state: 'unsubscribed', source: 'form', at: Date.parse('2026-01-02T00:00:00Z') }],
      tracks: ['low_frequency', 'product_news'],
    });
    expect(customer(header, 'a@example.com,pending,,,,')).toMatchObject({ consents: [], tracks: null, properties: {} });
    expect(customer(header, 'nobody,maybe,,,weekly,')).toBe(
      'email is not an e-mail address such as name@example.com; email_consent is "maybe", but has to be subscribed, unsubscribed, never, yes or no; tracks has "weekly": known are low_frequency, product_news, local_events',
    );
  });
});

describe('a products file', () => {
  const product = (header: string, line: string, currency: string | null = null) =>
    readProductRow(rowOf(PRODUCT_FIELDS, header, line), { currency, now: NOW });

  it('has products and their variants', () => {
    const header = 'product_id,variant_id,title,price,currency,cost,stock,backorder,margin';
    expect(product(header, "'9007199254740993,,Shoe,42.00,EUR,20,untracked,no,52 %")).toEqual({
      product: {
        productId: '9007199254740993',
        title: 'Shoe',
        currency: 'EUR',
        priceMinor: 4200,
        costMinor: 2000,
        marginPercent: 52,
        stock: null,
        backorder: false,
        variants: [],
        changedAt: null,
      },
    });
    expect(product(header, 'p1,p1-m,,42.00,EUR,,3,,')).toEqual({
      product: {
        productId: 'p1',
        currency: 'EUR',
        variants: [{ variantId: 'p1-m', priceMinor: 4200, stock: 3 }],
        changedAt: null,
      },
    });
    expect(product(header, ',x,,-1,EUR,,many,,')).toEqual({
      problem: 'product_id is missing; stock is no number; price must not be negative',
    });
    expect(product('product_id,price', 'p1,3')).toEqual({
      problem: 'price has no currency: add a column "currency", or say --currency EUR',
    });
  });

  it('is also a feed, or what WooCommerce exports', () => {
    expect(product('id,title,link,price', 'p1,Shoe,https://shop.example.com/p1,12.90 EUR')).toMatchObject({
      product: { productId: 'p1', currency: 'EUR', priceMinor: 1290, url: 'https://shop.example.com/p1' },
    });
    const header = 'ID,Type,SKU,Name,Stock,Backorders allowed?,Sale price,Regular price,Parent';
    expect(product(header, '12,variable,S,Shirt,,notify,,19.90,', 'EUR')).toMatchObject({
      product: { productId: '12', title: 'Shirt', priceMinor: 1990, backorder: true, variants: [] },
    });
    expect(product(header, '13,variation,S-M,Shirt - M,4,0,9.90,19.90,id:12', 'EUR')).toEqual({
      product: {
        productId: '12',
        currency: 'EUR',
        variants: [{ variantId: '13', sku: 'S-M', priceMinor: 990, stock: 4, backorder: false }],
        changedAt: null,
      },
    });
  });
});

describe('an events file', () => {
  const OPTIONS = { source: 'old-shop', currency: 'EUR', now: NOW };

  it('has events in rows', () => {
    const header = 'type,occurred_at,customer_id,product_id,quantity,price,campaign_source,campaign_name,cart_id';
    const read = readEventRow(
      rowOf(EVENT_FIELDS, header, 'added_to_cart,2026-01-02,42,p1,2,12.50,facebook,Spring,c1'),
      OPTIONS,
    );
    expect(read).toMatchObject({
      event: {
        isHistory: true,
        event: {
          type: 'added_to_cart',
          source: 'old-shop',
          identity: { externalId: '42' },
          properties: {
            currency: 'EUR',
            cartId: 'c1',
            campaign: { source: 'facebook', name: 'Spring' },
            items: [{ productId: 'p1', quantity: 2, priceMinor: 1250 }],
          },
        },
      },
    });
  });

  it('gives the same id to the same row', () => {
    const row = rowOf(EVENT_FIELDS, 'type,date,email,query', 'searched,2026-01-02,a@example.com,shoes');
    const [one, two] = [readEventRow(row, OPTIONS), readEventRow(row, OPTIONS)];
    expect(one).toEqual(two);
  });

  it('is checked by the rules of the API', () => {
    expect(
      readEventObject(
        {
          id: '1',
          type: 'searched',
          occurredAt: '2026-01-02T00:00:00Z',
          identity: { email: 'a@example.com' },
          properties: {},
        },
        OPTIONS,
      ),
    ).toEqual({ problem: '/properties/query is missing' });
    expect(
      readEventRow(rowOf(EVENT_FIELDS, 'type,date,email', 'searched,today,a@example.com'), OPTIONS).problem,
    ).toContain('occurred_at is no day');
  });
});
