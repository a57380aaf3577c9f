/** WooCommerce's customers. An account is no consent to marketing, and the body has none. */
import { nothingMapped, type Arrival, type MappedBody } from '../mappedBody.ts';
import { identityOf, isAnybody } from '../shopIdentity.ts';
import {
  emailOf,
  idOf,
  languageOf,
  phoneOf,
  present,
  recordOf,
  refuse,
  textOf,
  timeOrArrival,
  type Json,
} from '../shopValues.ts';
import { placeOf } from './orderFacts.ts';
import { plainText } from './plainText.ts';

export function mapCustomer(body: Json, arrival: Arrival): MappedBody {
  const billing = recordOf(body['billing']);
  const identity = identityOf({
    externalId: idOf(body['id']),
    email: emailOf(body['email'], billing['email']),
    phone: phoneOf(billing['phone'], billing['country']),
  });
  if (!isAnybody(identity)) refuse('/id', 'has to be the id of the customer');
  const properties = {
    ...profileOf(billing),
    ...profileOf(body),
    ...(placeOf(billing) ?? placeOf(body['shipping'])),
    ...present({ language: languageOf(body['locale']), role: textOf(body['role']) }),
  };
  const changedAt = timeOrArrival(
    ['date_modified_gmt', 'date_modified', 'date_created_gmt', 'date_created'].map((name) => body[name]),
    arrival,
  );
  return { ...nothingMapped(), customers: [{ identity, properties, consent: {}, changedAt }] };
}

/** @param person a customer or an address */
export function profileOf(person: Json): Json {
  return present({ firstName: plainText(person['first_name']), lastName: plainText(person['last_name']) });
}
