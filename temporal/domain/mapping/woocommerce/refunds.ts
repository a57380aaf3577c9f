/** WooCommerce repeats an order's refunds, as negative text, in every later update: each is told once, under its own id. */
import type { EventIdentity } from '../../event.ts';
import { toRoundedMinor } from '../../money.ts';
import type { Arrival, RawEvent } from '../mappedBody.ts';
import { currencyOrConnection } from '../shopMoney.ts';
import { firstText, isRecord, present, refuse, requiredId, type Json } from '../shopValues.ts';

export interface RefundedOrder {
  orderId: string;
  identity: EventIdentity;
  /** RFC 3339; a refund in the list has no time of its own. */
  occurredAt: string;
}

export function refundsOf(body: Json, arrival: Arrival, order: RefundedOrder): RawEvent[] {
  const list = body['refunds'];
  if (list === null || list === undefined) return [];
  if (!Array.isArray(list)) refuse('/refunds', 'has to be the list of refunds');
  return list.flatMap((refund: unknown, index) => {
    const path = `/refunds/${index}`;
    if (!isRecord(refund)) return refuse(path, 'has to be an object with id and total');
    const refundId = requiredId(refund, ['id'], 'the id of the refund', path);
    const currency = currencyOrConnection(arrival, '/currency', body['currency']);
    const amount = toRoundedMinor(refund['total'], currency);
    if (amount.problem !== undefined) return refuse(`${path}/total`, amount.problem);
    const valueMinor = Math.abs(amount.minor);
    // Goods taken back without money.
    if (valueMinor === 0) return [];
    return [
      {
        id: `refund/${refundId}`,
        type: 'refunded',
        occurredAt: order.occurredAt,
        source: arrival.source,
        identity: order.identity,
        properties: present({
          orderId: order.orderId,
          refundId,
          currency,
          valueMinor,
          reason: firstText(refund['reason'], refund['refund']),
        }),
      },
    ];
  });
}
