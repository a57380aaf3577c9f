/** A Shopify checkout that has been started and not completed; Shopify has no webhook of its own for abandoned ones. */
import { isoTime } from '../../textValues.ts';
import { nothingMapped, type Arrival, type MappedBody } from '../mappedBody.ts';
import { cartDevice } from '../shopIdentity.ts';
import { digestOf, present, requiredId, textOf, timeOf, timeOrArrival, type Json } from '../shopValues.ts';
import { profileOfBuyer } from './customers.ts';
import { attributionIn, cartTokenOf, orderedValue, personOf, sharedProperties } from './orderFacts.ts';

/** A checkout taken up again later than this is a new start. */
const TAKEN_UP_AGAIN_MS = 24 * 3600_000;

/**
 * `checkouts/create` and `checkouts/update`. Shopify sends one at every step of the form: what is the same person, lines and
 * value is the same event; a cart that has changed, or an address that is known now, is news.
 */
export function mapCheckout(body: Json, arrival: Arrival): MappedBody {
  const checkoutId = requiredId(body, ['id', 'token'], 'the id of the checkout');
  const isCompleted =
    body['completed_at'] !== null && body['completed_at'] !== undefined && body['completed_at'] !== '';
  if (isCompleted) return nothingMapped();
  const shared = sharedProperties(body, orderedValue(body, arrival));
  // Emptied: there is nothing left to remind of.
  if ((shared['items'] as unknown[]).length === 0) return nothingMapped();
  const token = cartTokenOf(body['cart_token']) ?? checkoutId;
  const person = personOf(body);
  const identity = { ...person, deviceId: cartDevice(arrival, token), ...attributionIn(body).clickIds };
  const content = [person, shared['items'], shared['valueMinor'], shared['currency']];
  return {
    ...nothingMapped(),
    events: [
      {
        id: `checkout/${checkoutId}/${digestOf(content)}`,
        type: 'started_checkout',
        occurredAt: startedAt(body, arrival),
        source: arrival.source,
        identity,
        properties: present({
          checkoutId,
          checkoutToken: textOf(body['token']),
          ...shared,
          url: textOf(body['abandoned_checkout_url']),
        }),
      },
    ],
    customers: profileOfBuyer(body, identity, arrival),
  };
}

function startedAt(body: Json, arrival: Arrival): string {
  const created = timeOf(body['created_at'], arrival);
  const updated = timeOf(body['updated_at'], arrival);
  const isAgain = created !== null && updated !== null && updated - created > TAKEN_UP_AGAIN_MS;
  return isAgain ? isoTime(updated) : timeOrArrival([body['created_at'], body['updated_at']], arrival);
}
