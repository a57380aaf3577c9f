/**
 * Takes a merge back, from what the audit and the rows' `origin_id` know: the alias is a customer of its own again, with its
 * identifiers, properties, consent, orders, events, sends and runs, and with the aliases it had.
 *
 * What was said or done since the merge stays with the survivor, and so do carts. Runs go back with their customer, open ones
 * too: they are about that person's cart or order, and their workflow ids carry that id. A run that the merge has ended stays
 * ended. An unsubscription said since the merge holds for both.
 */
import type { ConsentEntry } from '../domain/consent.ts';
import type { Channel } from '../domain/event.ts';
import { insertAudit } from '../store/audit.ts';
import { deleteConsent, findConsents, writeConsents, type ConsentRow } from '../store/consents.ts';
import { lockSurvivors } from '../store/identities.ts';
import { findMergeNote, returnRows, restoreAlias } from '../store/merges.ts';
import { readProfiles, writeProfiles } from '../store/profiles.ts';
import type { Session } from '../store/rows.ts';
import { renewReplenishmentsOf } from '../store/replenishments.ts';
import { recountTotals } from '../store/totals.ts';
import type { MergeDetails } from './mergeCustomers.ts';

export interface Unmerge {
  /** The survivor, or any of its ids. */
  customerId: string;
  mergedId: string;
  actor: string;
}

/** @param session a transaction @returns the survivor's id, or why nothing was done */
export async function unmergeCustomer(
  session: Session,
  { customerId, mergedId, actor }: Unmerge,
  now: number,
): Promise<{ survivor: string } | 'noCustomer' | 'notMerged'> {
  const survivors = await lockSurvivors(session, [customerId, mergedId]);
  const survivor = survivors.get(customerId);
  if (survivor === undefined) return 'noCustomer';
  const note = mergedId === survivor ? null : await findMergeNote(session, survivor, mergedId);
  if (survivors.get(mergedId) !== survivor || note === null) return 'notMerged';

  const details = JSON.parse(note.detailsJson) as MergeDetails;
  const aliases = await restoreAlias(session, { survivor, merged: mergedId }, details.aliases, now);
  await returnRows(session, { survivor, merged: mergedId }, [mergedId, ...aliases]);
  await restoreConsents(session, survivor, details, note.at, now);
  // What an earlier merge changed in another profile cannot be told apart in this one.
  if (note.isOwn) await restoreProfile(session, survivor, details, now);
  await recountTotals(session, [survivor, mergedId], 'untold', now);
  await renewReplenishmentsOf(session, [survivor, mergedId], now);
  await insertAudit(
    session,
    [survivor, mergedId].map((id) => ({
      customerId: id,
      actor,
      action: 'customer.unmerged',
      details: { survivorId: survivor, mergedId },
    })),
    now,
  );
  return { survivor };
}

async function restoreConsents(
  session: Session,
  survivor: string,
  { mergedId, consent }: MergeDetails,
  mergedAt: number,
  now: number,
): Promise<void> {
  const current = new Map((await findConsents(session, [survivor])).map((row) => [row.channel, row]));
  const written: ConsentRow[] = [];
  const history: ConsentRow[] = [];
  for (const [channel, before] of Object.entries(consent.merged) as [Channel, ConsentEntry][]) {
    const held = current.get(channel);
    const isOptOutSince = held?.state === 'unsubscribed' && held.at >= mergedAt && before.state !== 'unsubscribed';
    const { state, source, at } = isOptOutSince ? held : before;
    written.push({ customerId: mergedId, channel, state, source, at });
    const own = consent.survivor[channel];
    if (own === undefined || !held || !isSame(held, before)) continue;
    if (own === null) {
      await deleteConsent(session, survivor, channel);
    } else {
      written.push({ customerId: survivor, channel, ...own });
      if (own.state !== held.state) history.push({ customerId: survivor, channel, ...own });
    }
  }
  await writeConsents(session, written, history, now);
}

const isSame = (one: ConsentEntry, other: ConsentEntry): boolean =>
  one.state === other.state && one.source === other.source && one.at === other.at;

/** What the merge brought, and nobody has changed since, goes again. */
async function restoreProfile(session: Session, survivor: string, details: MergeDetails, now: number): Promise<void> {
  const profiles = await readProfiles(session, [survivor, details.mergedId]);
  const own = profiles.get(survivor);
  const merged = profiles.get(details.mergedId);
  if (!own || !merged) return;
  const properties = { ...own.properties };
  for (const [key, before] of Object.entries(details.properties)) {
    if (JSON.stringify(properties[key]) !== JSON.stringify(merged.properties[key])) continue;
    if (before === null) delete properties[key];
    else properties[key] = before;
  }
  const { tracks: before } = details;
  const isAsMerged = before !== null && own.tracks.length === new Set([...before, ...merged.tracks]).size;
  const after = { ...own, properties, tracks: isAsMerged ? before : own.tracks };
  await writeProfiles(session, new Map([[survivor, after]]), now);
}
