/**
 * The Customer node in a manual test of a journey: the sample is often a real customer, and a test must not make up their
 * consent or change their profile. What would come out is shown, nothing is written.
 */
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import type { CustomerAnswer, CustomerIdentity, CustomerRecord } from '../../transport/contract/customers.ts';
import type { JourneysApi } from '../../transport/journeysApi.ts';
import type { OperationAnswer } from './operationAnswer.ts';
import { TEST_CUSTOMER_ID } from '../../transport/journeyItem.ts';

export interface Rehearsable<Request> {
  whose(request: Request): CustomerIdentity;
  /** How the customer would look afterwards; missing where an operation only reads. */
  preview?(record: CustomerRecord, request: Request): CustomerRecord;
  /** What would come onto the item beside the customer. */
  sampleFields?(request: Request): IDataObject;
  /** Whether a customer who is not known yet would be made. */
  makesCustomers?: boolean;
}

export async function rehearse<Request>(
  context: IExecuteFunctions,
  api: JourneysApi,
  operation: Rehearsable<Request>,
  requests: Array<Request & { ref: string }>,
): Promise<OperationAnswer[]> {
  if (requests.length === 0) return [];
  const isMadeUp = (request: Request) => operation.whose(request).customerId === TEST_CUSTOMER_ID;
  const known = requests.filter((request) => !isMadeUp(request));
  const lookups = known.map((request) => ({ ref: request.ref, ...operation.whose(request) }));
  const found = new Map<string, CustomerAnswer>();
  if (lookups.length > 0) for (const answer of await api.lookUpCustomers(lookups)) found.set(answer.ref, answer);

  if (operation.preview ?? operation.sampleFields) {
    context.addExecutionHints({
      message: 'Test run: no customer was changed. The item shows what a published journey would make of it.',
      location: 'outputPane',
    });
  }
  return requests.map((request) => {
    const { ref } = request;
    const answer = found.get(ref);
    if (answer?.error) return answer;
    const json = context.getInputData()[Number(ref)]?.json ?? {};
    const record = isMadeUp(request) ? sampleRecord(json) : (answer?.customer ?? null);
    const before = record ?? (operation.makesCustomers ? newRecord(operation.whose(request)) : null);
    const customer = before && (operation.preview?.(before, request) ?? before);
    return { ref, customer, ...(customer && operation.sampleFields && { fields: operation.sampleFields(request) }) };
  });
}

/** The made-up customer is in no store: what is on the item is all there is. */
function sampleRecord(json: IDataObject): CustomerRecord {
  const customer = json.customer as IDataObject;
  if (Array.isArray(customer.identifiers)) return customer as CustomerRecord;
  const { email, phone, externalId, consent, preferences, ...properties } = customer;
  delete properties.id;
  return {
    ...newRecord({ email, phone, externalId } as CustomerIdentity),
    id: TEST_CUSTOMER_ID,
    properties,
    consent: consentOfRecord(consent),
    ...(preferences ? { preferences } : {}),
  };
}

/** An item has the state of each channel, a record also says whence and since when. */
function consentOfRecord(states: unknown): IDataObject {
  const known = typeof states === 'object' && states !== null ? Object.entries(states) : [];
  return Object.fromEntries(
    known.map(([channel, state]) => [channel, { state: state as string, source: null, at: null }]),
  );
}

function newRecord(identity: CustomerIdentity): CustomerRecord {
  const identifiers = Object.entries(identity)
    .filter(([kind, value]) => kind !== 'customerId' && value !== undefined)
    .map(([kind, value]) => ({ kind, value }));
  return { id: TEST_CUSTOMER_ID, identifiers, properties: {}, consent: {} };
}
