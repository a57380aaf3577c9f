/** What shops pass on of their customers' rights (Shopify's mandatory topics): kept as requests, and done. */
import { createHmac } from 'node:crypto';
import { STRONG_IDENTIFIERS, type EventIdentity } from '../domain/event.ts';
import type { MappedPrivacyRequest } from '../domain/mapping/mappedBody.ts';
import { isoTime } from '../domain/textValues.ts';
import { newId } from '../newId.ts';
import { insertAudit } from '../store/audit.ts';
import { cutWriteAheadLog } from '../store/erasure.ts';
import { findOwners } from '../store/identities.ts';
import { keptKey } from '../store/keptKeys.ts';
import {
  anonymousBuyers,
  claimRunningRequest,
  insertRequest,
  isKnownRequest,
  nextShopCustomers,
  writeErasureProgress,
  type PrivacyRequestRow,
} from '../store/privacyRequests.ts';
import type { Session } from '../store/rows.ts';
import type { Store } from '../store/store.ts';
import { eraseCustomers } from './erasure.ts';

export interface PrivacyArrival {
  /** Connection. */
  source: string;
  /** Of the shop's header; null where there is none. */
  deliveryId: string | null;
}

/**
 * Takes a request in, in one transaction: `customers/redact` has been done when this returns, `customers/data_request` waits
 * for the operator, and `shop/redact` is worked off by `eraseShops`. A repeated delivery changes nothing.
 */
export async function takePrivacyRequest(
  store: Store,
  request: MappedPrivacyRequest,
  arrival: PrivacyArrival,
  now: number,
): Promise<void> {
  const erased = await store.transaction(async (db) => {
    const session: Session = { db, dialect: store.dialect };
    const key = arrival.deliveryId ?? (await keyOfContent(session, request, now));
    if (await isKnownRequest(session, arrival.source, request.kind, key)) return 0;
    switch (request.kind) {
      case 'customers/data_request':
        return await keepDataRequest(session, request, arrival.source, key, now);
      case 'customers/redact':
        return await redactCustomer(session, request, arrival.source, key, now);
      case 'shop/redact':
        await insertRequest(session, newRequest(request, arrival.source, key, now, { state: 'running' }));
        return 0;
    }
  });
  if (erased > 0) await cutWriteAheadLog(store);
}

/** The same request again is the same one, on the same day (UTC). Keyed, for it is made of what names a person. */
async function keyOfContent(session: Session, { kind, identity, orderIds }: MappedPrivacyRequest, now: number) {
  const content = JSON.stringify([kind, identity, orderIds, isoTime(now).slice(0, 10)]);
  return createHmac('sha256', await keptKey(session, 'addresses'))
    .update(content)
    .digest('base64url');
}

function newRequest(
  { kind }: MappedPrivacyRequest,
  source: string,
  key: string,
  now: number,
  more: Partial<PrivacyRequestRow> & Pick<PrivacyRequestRow, 'state'>,
): PrivacyRequestRow {
  const done_at = more.state === 'done' ? now : null;
  const fresh = { customer_id: null, reached: '', erased: 0, received_at: now, done_at };
  return { id: newId('prv'), source, kind, request_key: key, ...fresh, ...more };
}

/** Usually one; where a shop's id and an address belong to two profiles, both are meant. */
async function customersMeant(
  session: Session,
  { identity, orderIds }: MappedPrivacyRequest,
  source: string,
): Promise<string[]> {
  const owners = await findOwners(session, identifiersOf(identity));
  return [
    ...new Set([...owners.map((owner) => owner.customerId), ...(await anonymousBuyers(session, source, orderIds))]),
  ];
}

const identifiersOf = (identity: EventIdentity) =>
  STRONG_IDENTIFIERS.flatMap((kind) => {
    const value = identity[kind];
    return value === undefined ? [] : [{ kind, value }];
  });

async function keepDataRequest(
  session: Session,
  request: MappedPrivacyRequest,
  source: string,
  key: string,
  now: number,
): Promise<number> {
  const customers = await customersMeant(session, request, source);
  const rows = customers.map((customer_id, index) =>
    // One shop request can be about several profiles; each is answered for itself.
    newRequest(request, source, index === 0 ? key : `${key}#${index + 1}`, now, { state: 'open', customer_id }),
  );
  if (rows.length === 0) rows.push(newRequest(request, source, key, now, { state: 'done' }));
  for (const row of rows) await insertRequest(session, row);
  await insertAudit(
    session,
    rows.map(({ id, customer_id }) => ({
      customerId: customer_id,
      actor: `connection:${source}`,
      action: 'privacy.data_requested',
      details: { requestId: id },
    })),
    now,
  );
  return 0;
}

async function redactCustomer(
  session: Session,
  request: MappedPrivacyRequest,
  source: string,
  key: string,
  now: number,
): Promise<number> {
  const row = newRequest(request, source, key, now, { state: 'done' });
  const order = { actor: `connection:${source}`, requestId: row.id };
  const erased = await eraseCustomers(session, await customersMeant(session, request, source), order, now);
  await insertRequest(session, { ...row, erased });
  return erased;
}

/** Customers looked at in one transaction: others get their turn between two of them. */
const CHUNK = 500;

/**
 * Works off one chunk of a shop's erasure: only customers of whom nothing but this shop has told. Where a process dies, the
 * next call goes on after the last chunk.
 *
 * @returns whether there may be more to do
 */
export async function eraseShops(store: Store, now: number, chunk = CHUNK): Promise<boolean> {
  const result = await store.transaction(async (db) => {
    const session: Session = { db, dialect: store.dialect };
    const request = await claimRunningRequest(session);
    if (!request) return null;
    const { id, source } = request;
    const { ids, reached } = await nextShopCustomers(session, source, request.reached, chunk);
    const count = await eraseCustomers(session, ids, { actor: `connection:${source}`, requestId: id }, now);
    await writeErasureProgress(session, request, reached, count, now);
    return count;
  });
  if (result !== null && result > 0) await cutWriteAheadLog(store);
  return result !== null;
}
