/**
 * Erasure: everything held about customers goes, and their runs end. What stays are hashes, so that an address that had said
 * no is not written to again, and repeated deliveries do not bring anybody back.
 */
import { insertAudit } from '../store/audit.ts';
import { rememberAddresses } from '../store/erasedAddresses.ts';
import { rememberEvents } from '../store/erasedEvents.ts';
import { cutWriteAheadLog, deleteCustomers } from '../store/erasure.ts';
import { lockSurvivors } from '../store/identities.ts';
import { insertOutbox } from '../store/outbox.ts';
import type { Session } from '../store/rows.ts';
import { findOpenRuns } from '../store/runs.ts';
import type { Store } from '../store/store.ts';

/** Who wants it, and which privacy request it answers. */
export interface ErasureOrder {
  /** `api`, `cli`, `connection:<name>` */
  actor: string;
  requestId?: string;
}

/** @returns false when there is no such customer */
export async function erase(store: Store, customerId: string, order: ErasureOrder, now: number): Promise<boolean> {
  const erased = await store.transaction((db) =>
    eraseCustomers({ db, dialect: store.dialect }, [customerId], order, now),
  );
  if (erased > 0) await cutWriteAheadLog(store);
  return erased > 0;
}

/**
 * @param session a transaction; `cutWriteAheadLog` after it
 * @returns how many have been erased: several ids can be one customer, and some nobody any more
 */
export async function eraseCustomers(
  session: Session,
  customerIds: Iterable<string>,
  { actor, requestId }: ErasureOrder,
  now: number,
): Promise<number> {
  const ids = [...new Set((await lockSurvivors(session, customerIds)).values())];
  if (ids.length === 0) return 0;
  const open = await findOpenRuns(session, ids);
  await insertOutbox(
    session,
    open.map(({ id, workflowId, customerId }) => ({
      customerId,
      runId: id,
      workflowId,
      kind: 'cancel',
      payload: {},
    })),
    now,
  );
  await rememberAddresses(session, ids, now);
  await rememberEvents(session, ids, now);
  await deleteCustomers(session, ids);
  // Of nobody any more: the opaque id only lets an operator see that it has been done.
  const notes = ids.map((customerId) => ({
    customerId: null,
    actor,
    action: 'customer.erased',
    details: { customerId, ...(requestId !== undefined && { requestId }) },
  }));
  await insertAudit(session, notes, now);
  return ids.length;
}
