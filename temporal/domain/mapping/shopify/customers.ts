/** Shopify's customers: profile, consent, and two that became one. */
import type { EventIdentity } from '../../event.ts';
import { nothingMapped, type Arrival, type MappedBody, type MappedCustomer } from '../mappedBody.ts';
import { identityOf, isAnybody } from '../shopIdentity.ts';
import {
  emailOf,
  firstTime,
  firstText,
  idOf,
  languageOf,
  phoneOf,
  present,
  recordOf,
  refuse,
  requiredId,
  tagsOf,
  textOf,
  timeOrArrival,
  type Json,
} from '../shopValues.ts';
import { consentEvents, consentsIn } from './consent.ts';
import { addressOf } from './orderFacts.ts';

/** `customers/create`, `customers/update` and the like. */
export function mapCustomer(body: Json, arrival: Arrival): MappedBody {
  const identity = identityOf({
    externalId: idOf(body['id']) ?? idOf(body['admin_graphql_api_id']),
    email: emailOf(body['email']),
    phone: phoneOf(body['phone']),
  });
  if (!isAnybody(identity)) refuse('/id', 'has to be the id of the customer');
  const changedAt = timeOrArrival([body['updated_at'], body['created_at']], arrival);
  const consent = consentsIn(body, arrival);
  const customer: MappedCustomer = {
    identity,
    properties: present({
      ...profileOf(body),
      ...placeProperties(body['default_address']),
      tags: tagsOf(body['tags']),
    }),
    consent,
    changedAt,
  };
  return { ...nothingMapped(), customers: [customer], events: consentEvents(identity, consent, changedAt, arrival) };
}

/** `customers_email_marketing_consent/update` (with `customer_id`) and `customers_marketing_consent/update` (SMS, with `id`). */
export function mapConsent(body: Json, arrival: Arrival): MappedBody {
  const identity = identityOf({
    externalId: idOf(body['customer_id']) ?? idOf(body['id']) ?? idOf(body['admin_graphql_api_id']),
    email: emailOf(body['email_address'], body['email']),
    phone: phoneOf(body['phone']) ?? phoneOf(body['phone_number']),
  });
  if (!isAnybody(identity)) refuse('/customer_id', 'has to be the id of the customer');
  const given = consentsIn(body, arrival);
  const changed = Object.values(given).map(({ at }) => at);
  const changedAt = timeOrArrival([...changed, body['updated_at']], arrival);
  // The topic itself says that it was changed: without a time of its own, now.
  const consent = Object.fromEntries(
    Object.entries(given).map(([channel, statement]) => [channel, { ...statement, at: statement.at ?? changedAt }]),
  ) as MappedCustomer['consent'];
  if (Object.keys(consent).length === 0) return nothingMapped();
  return {
    ...nothingMapped(),
    customers: [{ identity, properties: {}, consent, changedAt }],
    events: consentEvents(identity, consent, changedAt, arrival),
  };
}

/** Only a merge that has been done: requested, running and failed ones change nothing. */
export function mapMerge(body: Json): MappedBody {
  if (textOf(body['status'])?.toLowerCase() !== 'completed') return nothingMapped();
  const kept = requiredId(body, ['admin_graphql_api_customer_kept_id'], 'the id of the customer that is kept');
  const gone = requiredId(body, ['admin_graphql_api_customer_deleted_id'], 'the id of the customer that is gone');
  if (kept === gone) return nothingMapped();
  return { ...nothingMapped(), merges: [{ from: { externalId: gone }, into: { externalId: kept } }] };
}

/**
 * What an order or checkout says about its buyer, so that a message can use the name though the customer's own webhook has not
 * come. Consent is not read here: the customer's topics tell it.
 *
 * @param identity of the order's event
 */
export function profileOfBuyer(body: Json, identity: EventIdentity, arrival: Arrival): MappedCustomer[] {
  if (!isAnybody(identity)) return [];
  const customer = recordOf(body['customer']);
  const billing = recordOf(body['billing_address']);
  const { externalId, email, phone } = identity;
  // Of an account, its own address: the order's may be that of somebody else.
  const address = externalId === undefined ? email : (emailOf(customer['email']) ?? email);
  return [
    {
      identity: identityOf({ externalId, email: address, phone }),
      properties: present({
        ...profileOf(billing),
        ...profileOf(customer),
        language: languageOf(body['customer_locale']),
        ...placeProperties(customer['default_address'] ?? body['billing_address'] ?? body['shipping_address']),
        tags: tagsOf(customer['tags']),
      }),
      consent: {},
      changedAt: firstTime([body['updated_at'], body['created_at']], arrival),
    },
  ];
}

function profileOf(person: Json): Json {
  return present({
    firstName: textOf(person['first_name']),
    lastName: textOf(person['last_name']),
    language: languageOf(firstText(person['locale'], person['customer_locale'])),
  });
}

/** Flat, as a profile has them. */
function placeProperties(address: unknown): Json {
  return addressOf(address) ?? {};
}
