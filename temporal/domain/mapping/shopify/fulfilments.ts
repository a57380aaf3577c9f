/** Parcels of a Shopify order. That the whole order has been sent is told by `orders/fulfilled`. */
import { nothingMapped, type Arrival, type MappedBody } from '../mappedBody.ts';
import { identityOf, ofOrder } from '../shopIdentity.ts';
import { currencyOf } from '../shopMoney.ts';
import {
  emailOf,
  firstText,
  listOf,
  present,
  presentOrNone,
  recordOf,
  recordsOf,
  requiredId,
  textOf,
  timeOrArrival,
  type Json,
} from '../shopValues.ts';
import { addressOf } from './orderFacts.ts';
import { itemsOf } from './lines.ts';

const FAILED = new Set(['cancelled', 'error', 'failure']);

export function mapFulfilment(body: Json, arrival: Arrival, isNew: boolean): MappedBody {
  const fulfilmentId = requiredId(body, ['id', 'admin_graphql_api_id'], 'the id of the fulfilment');
  const orderId = requiredId(body, ['order_id'], 'the id of the order');
  const occurredAt = timeOrArrival(
    isNew ? [body['created_at'], body['updated_at']] : [body['updated_at'], body['created_at']],
    arrival,
  );
  const what = whatHappened(body, isNew);
  const currency = currencyOf(
    ...recordsOf(body['line_items']).map(
      (line) => recordOf(recordOf(line['price_set'])['shop_money'])['currency_code'],
    ),
    arrival.currency,
  );
  const items = itemsOf(body['line_items'], currency);
  return {
    ...nothingMapped(),
    events: [
      {
        id: `fulfilment/${fulfilmentId}/${what}${what === 'updated' ? `/${occurredAt}` : ''}`,
        type: what === 'delivered' ? 'custom:order_delivered' : `custom:fulfilment_${what}`,
        occurredAt,
        source: arrival.source,
        identity: ofOrder(identityOf({ email: emailOf(body['email']) }), orderId),
        properties: present({
          orderId,
          fulfilmentId,
          currency,
          items: items.length > 0 ? items : undefined,
          status: textOf(body['status']),
          shipmentStatus: textOf(body['shipment_status']),
          tracking: presentOrNone({
            company: textOf(body['tracking_company']),
            number: firstText(body['tracking_number'], ...listOf(body['tracking_numbers'])),
            url: firstText(body['tracking_url'], ...listOf(body['tracking_urls'])),
          }),
          location: addressOf(body['destination']),
        }),
      },
    ],
  };
}

function whatHappened(body: Json, isNew: boolean): 'created' | 'updated' | 'delivered' | 'cancelled' {
  if (textOf(body['shipment_status'])?.toLowerCase() === 'delivered') return 'delivered';
  if (FAILED.has(textOf(body['status'])?.toLowerCase() ?? '')) return 'cancelled';
  return isNew ? 'created' : 'updated';
}
