/** Customers of one chunk into the store: profile, consent, preference tracks. Run again, it changes nothing. */
import type { ConsentState } from '../domain/event.ts';
import type { ConsentEntry } from '../domain/consent.ts';
import { upsertCustomers, type CustomerUpsert } from '../intake/customerChanges.ts';
import { resolveCustomers } from '../intake/resolveCustomers.ts';
import { consentKey, findConsents } from '../store/consents.ts';
import type { Session } from '../store/rows.ts';
import type { CustomerRecord, ImportedConsent } from './customerRows.ts';
import type { WrittenRows } from './writtenRows.ts';

/** @param session a transaction @param now epoch ms */
export async function writeCustomers(
  session: Session,
  customers: readonly CustomerRecord[],
  now: number,
): Promise<WrittenRows> {
  const { customerIds, created } = await resolveCustomers(
    session,
    customers.map(({ identity }) => identity),
    now,
  );
  const known = await findConsents(session, new Set(customerIds.filter((id) => id !== null)));
  const states = new Map(known.map((row) => [consentKey(row), row.state]));

  const written: WrittenRows = { rejected: [], counts: { customersCreated: created.size }, outboxWritten: false };
  const upserts: CustomerUpsert[] = [];
  customers.forEach((customer, index) => {
    const customerId = customerIds[index] ?? null;
    if (customerId === null) {
      written.rejected.push({ index, reason: 'customer_id names a customer that does not exist' });
      return;
    }
    const consent: CustomerUpsert['consent'] = [];
    for (const statement of customer.consents) {
      const key = consentKey({ customerId, channel: statement.channel });
      const entry = entryOf(statement, states.get(key), now);
      if (!entry) continue;
      consent.push([statement.channel, entry]);
      states.set(key, entry.state);
    }
    const { properties, tracks } = customer;
    upserts.push({ identity: { customerId }, properties, consent, tracks, actor: 'import' });
  });
  await upsertCustomers(session, upserts, now);
  return written;
}

/**
 * A statement with its time is weighed against what is known, the later one wins. Without a time it holds only where nothing
 * is known, so that nobody who has opted out since is written to; an opt-out always holds.
 */
function entryOf(
  { state, source, at }: ImportedConsent,
  known: ConsentState | undefined,
  now: number,
): ConsentEntry | null {
  if (at !== null) return { state, source, at };
  const says = known === undefined || (state === 'unsubscribed' && known !== state);
  return says ? { state, source, at: now } : null;
}
