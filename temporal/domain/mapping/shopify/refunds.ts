/** A Shopify refund is what was really paid back: its successful refund transactions, not its lines. */
import { nothingMapped, type Arrival, type MappedBody } from '../mappedBody.ts';
import { orderIdentity } from '../shopIdentity.ts';
import { currencyOf, currencyOrConnection, requiredMinor } from '../shopMoney.ts';
import {
  isRecord,
  listed,
  present,
  quantityOf,
  recordOf,
  recordsOf,
  refuse,
  requiredId,
  textOf,
  timeOrArrival,
  type Json,
} from '../shopValues.ts';
import { itemOfLine } from './lines.ts';

export function mapRefund(body: Json, arrival: Arrival): MappedBody {
  const refundId = requiredId(body, ['id', 'admin_graphql_api_id'], 'the id of the refund');
  const orderId = requiredId(body, ['order_id'], 'the id of the refunded order');
  const paidBack = successfulRefunds(body['transactions']);
  const [first] = paidBack;
  // Goods taken back without money, or money that is still on its way.
  if (first === undefined) return nothingMapped();
  const stated = [...paidBack.map(({ transaction }) => transaction['currency']), ...currenciesOfLines(body)];
  const currency = currencyOrConnection(
    arrival,
    `${first.path}/currency`,
    stated.find((one) => currencyOf(one) !== undefined),
    stated.find((one) => textOf(one) !== undefined),
  );
  let valueMinor = 0;
  for (const { transaction, path } of paidBack) {
    const own = currencyOf(transaction['currency']) ?? currency;
    if (own !== currency)
      refuse(`${path}/currency`, `is ${own}, but another transaction of the refund is in ${currency}`);
    valueMinor += requiredMinor(transaction['amount'], currency, `${path}/amount`);
  }
  if (!Number.isSafeInteger(valueMinor)) refuse('/transactions', 'add up to more than any real amount');
  if (valueMinor === 0) return nothingMapped();
  const isTest = paidBack.every(({ transaction }) => transaction['test'] === true);
  return {
    ...nothingMapped(),
    events: [
      {
        id: `refund/${refundId}`,
        type: 'refunded',
        occurredAt: timeOrArrival([body['created_at'], body['processed_at']], arrival),
        source: arrival.source,
        identity: orderIdentity(orderId),
        properties: present({
          orderId,
          refundId,
          currency,
          valueMinor,
          items: refundedItems(body, currency),
          reason: textOf(body['note']),
        }),
        ...(isTest && { test: true }),
      },
    ],
  };
}

function successfulRefunds(transactions: unknown): { transaction: Json; path: string }[] {
  if (!Array.isArray(transactions)) refuse('/transactions', 'has to be the list of what was paid back');
  return transactions.flatMap((transaction: unknown, index) => {
    const path = `/transactions/${index}`;
    if (!isRecord(transaction)) refuse(path, 'has to be an object');
    const { kind, status } = transaction;
    return kind === 'refund' && status === 'success' ? [{ transaction, path }] : [];
  });
}

/** A transaction's currency can be null: the lines have it then. */
function* currenciesOfLines(body: Json): Iterable<unknown> {
  const sets = [
    ...recordsOf(body['refund_line_items']).flatMap((line) => [line['subtotal_set'], line['total_tax_set']]),
    ...recordsOf(body['refund_shipping_lines']).map((line) => line['subtotal_amount_set']),
    ...recordsOf(body['order_adjustments']).map((adjustment) => adjustment['amount_set']),
    body['total_duties_set'],
  ];
  for (const set of sets) yield recordOf(recordOf(set)['shop_money'])['currency_code'];
}

/** The unit price as it was ordered, with the quantity that came back. */
function refundedItems(body: Json, currency: string): Json[] | undefined {
  const items = recordsOf(body['refund_line_items']).flatMap((line) => {
    const quantity = quantityOf(line['quantity']);
    return listed(
      itemOfLine({ ...recordOf(line['line_item']), ...(quantity !== undefined && { quantity }) }, currency),
    );
  });
  return items.length > 0 ? items : undefined;
}
