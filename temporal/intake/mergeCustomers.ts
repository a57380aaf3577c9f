/**
 * Makes several profiles of one person one customer (DESIGN section 5). The other ids become aliases of the survivor, and all
 * that belonged to them is its own from now on; the audit has what is needed to take it back (unmergeCustomers.ts).
 *
 * - Consent: the stricter statement of each channel. Properties: gaps are filled, the later description holds.
 * - Runs: of two open runs of one journey and entry key the one further on stays, the other ends as exited, reason `merged`.
 *   What that one has sent is not sent again. Events of either end the other's runs; cool-downs count the entries of both.
 */
import type { ConsentEntry } from '../domain/consent.ts';
import type { Channel } from '../domain/event.ts';
import { combineProfiles, excludes, runThatStays, stricterConsent, type CombinedProfile } from '../domain/merging.ts';
import { insertAudit } from '../store/audit.ts';
import { consentKey, findConsents, writeConsents, type ConsentRow } from '../store/consents.ts';
import { exitedRuns } from '../store/exitedRuns.ts';
import { dropRepeatedFingerprints } from '../store/fingerprints.ts';
import {
  absorbRuns,
  deleteOf,
  makeAliases,
  moveCarts,
  moveReplenishments,
  moveRows,
  readRunsBesideOpen,
  releaseClaims,
} from '../store/merges.ts';
import { insertOutbox } from '../store/outbox.ts';
import { moveInterests } from '../store/productInterests.ts';
import { moveSubscriptions } from '../store/productSubscriptions.ts';
import { readProfiles, writeProfiles } from '../store/profiles.ts';
import type { Session } from '../store/rows.ts';
import { findOpenRuns, type OpenRun } from '../store/runs.ts';
import { readDefinitions, readRuns } from '../store/segmentFacts.ts';
import { recountTotals } from '../store/totals.ts';
import { RunChanges } from './runChanges.ts';

export interface Merge {
  /** Stays a customer; never also `merged` of another one of the same call. */
  survivor: string;
  merged: string;
  /** Who does it, as in the audit. */
  actor: string;
  /** In a few words, e.g. the kinds of identifiers that came together. */
  reason: string;
}

/** What the audit keeps of a merge, so that it can be taken back. */
export interface MergeDetails {
  mergedId: string;
  reason: string;
  /** Earlier aliases of the merged one. */
  aliases: string[];
  /** The merged one's consent, and the survivor's where it has changed. */
  consent: { merged: Partial<Record<Channel, ConsentEntry>>; survivor: Partial<Record<Channel, ConsentEntry | null>> };
  /** What the survivor's changed properties and preferences were; null: nothing. */
  properties: Record<string, unknown>;
  tracks: string[] | null;
}

const MERGED = 'merged';

/**
 * @param session a transaction in which all these customers are locked; none of them is an alias
 * @returns whether the dispatcher has something to do
 */
export async function mergeCustomers(session: Session, merges: readonly Merge[], now: number): Promise<boolean> {
  if (merges.length === 0) return false;
  const survivors = new Set(merges.map(({ survivor }) => survivor));
  const profiles = await combineAll(session, merges, now);
  const consents = await combineConsents(session, merges, now);
  const ended = await endSecondRuns(session, merges, now);
  await moveCarts(session, merges);
  await moveInterests(session, merges);
  await moveSubscriptions(session, merges);
  await moveReplenishments(session, merges);
  await dropRepeatedFingerprints(session, merges);
  await moveRows(session, merges);
  await deleteOf(session, 'consents', merges);
  await deleteOf(session, 'totals', merges);
  // Of the survivor they are calculated anew: the scores at once, the others when it is their time.
  for (const table of ['rfm_scores', 'predictions', 'affinities'] as const) await deleteOf(session, table, merges);
  await recountTotals(session, survivors, 'told', now);
  const aliases = await makeAliases(session, merges, now);
  const exited = await endExitedRuns(session, survivors, now);
  await insertAudit(
    session,
    merges.map(({ survivor, merged, actor, reason }, index) => {
      const { before = {}, tracksBefore = null } = profiles[index] ?? {};
      const details: MergeDetails = {
        mergedId: merged,
        reason,
        aliases: aliases.get(merged) ?? [],
        consent: consents[index] ?? { merged: {}, survivor: {} },
        properties: before,
        tracks: tracksBefore,
      };
      return { customerId: survivor, actor, action: 'customer.merged', details: { ...details } };
    }),
    now,
  );
  return ended || exited;
}

async function combineAll(session: Session, merges: readonly Merge[], now: number) {
  const profiles = await readProfiles(session, new Set(merges.flatMap(({ survivor, merged }) => [survivor, merged])));
  const combined = new Map<string, CombinedProfile>();
  const results = merges.map(({ survivor, merged }) => {
    const own = profiles.get(survivor);
    const other = profiles.get(merged);
    if (!own || !other) return {};
    const profile = combineProfiles(own, other);
    profiles.set(survivor, profile);
    combined.set(survivor, profile);
    const isChoiceNew = profile.tracks.length !== own.tracks.length;
    return { before: profile.before, tracksBefore: isChoiceNew ? own.tracks : null };
  });
  await writeProfiles(session, combined, now);
  return results;
}

async function combineConsents(session: Session, merges: readonly Merge[], now: number) {
  const rows = await findConsents(session, new Set(merges.flatMap(({ survivor, merged }) => [survivor, merged])));
  const byCustomer = Map.groupBy(rows, ({ customerId }) => customerId);
  const changed = new Map<string, ConsentRow>();
  const history: ConsentRow[] = [];
  const results = merges.map(({ survivor, merged, actor }): MergeDetails['consent'] => {
    const own = byCustomer.get(survivor) ?? [];
    const before: MergeDetails['consent'] = { merged: {}, survivor: {} };
    for (const statement of byCustomer.get(merged) ?? []) {
      const { channel } = statement;
      before.merged[channel] = entryOf(statement);
      const current = own.find((row) => row.channel === channel);
      const stricter = current ? stricterConsent(current, statement) : statement;
      if (stricter === current) continue;
      before.survivor[channel] = current ? entryOf(current) : null;
      const row = { ...statement, customerId: survivor, actor };
      byCustomer.set(survivor, [...(byCustomer.get(survivor) ?? []).filter((one) => one.channel !== channel), row]);
      changed.set(consentKey(row), row);
      if (current && current.state !== row.state) history.push(row);
    }
    return before;
  });
  await writeConsents(session, [...changed.values()], history, now);
  return results;
}

const entryOf = ({ state, source, at }: ConsentEntry): ConsentEntry => ({ state, source, at });

/**
 * Of one journey and entry key one run goes on; what the others have sent counts as sent by it. Before the rows move.
 * @returns whether any has ended
 */
async function endSecondRuns(session: Session, merges: readonly Merge[], now: number): Promise<boolean> {
  const survivorOf = new Map(
    merges.flatMap(({ survivor, merged }) => [[survivor, survivor] as const, [merged, survivor]]),
  );
  const runs = await readRunsBesideOpen(session, survivorOf.keys());
  if (runs.length === 0) return false;
  const definitions = await readDefinitions(
    session,
    runs.map(({ journeyKey }) => journeyKey),
  );
  const ended = new Set<string>();
  const absorbed: { runId: string; by: string }[] = [];
  const places = Map.groupBy(runs, (run) => [survivorOf.get(run.customerId), run.journeyKey, run.entryKey].join('\0'));
  for (const group of places.values()) {
    const stays = runThatStays(group.filter(({ isOpen }) => isOpen));
    if (!stays) continue;
    for (const other of group) {
      if (other === stays) continue;
      if (other.isOpen) ended.add(other.id);
      const isOthers = other.customerId !== stays.customerId;
      if (isOthers && excludes(stays, other, definitions.get(other.journeyKey))) {
        absorbed.push({ runId: other.id, by: stays.id });
      }
    }
  }
  const open = ended.size === 0 ? [] : await findOpenRuns(session, survivorOf.keys());
  await endRuns(
    session,
    open.flatMap((run) => (ended.has(run.id) ? { run, reason: MERGED } : [])),
    now,
  );
  await absorbRuns(session, absorbed);
  await releaseClaims(session, [...ended], now);
  return ended.size > 0;
}

/** What one profile has done ends the other's runs, e.g. a purchase its cart recovery. @returns whether any has ended */
async function endExitedRuns(session: Session, survivors: ReadonlySet<string>, now: number): Promise<boolean> {
  const open = await findOpenRuns(session, survivors);
  const runs = await readRuns(
    session,
    open.map(({ id }) => id),
  );
  const exited = await exitedRuns(session, [...runs.values()]);
  const ended = open.flatMap((run) => {
    const reason = exited.get(run.id);
    return reason === undefined ? [] : { run, reason };
  });
  await endRuns(session, ended, now);
  return ended.length > 0;
}

async function endRuns(
  session: Session,
  ended: readonly { run: OpenRun; reason: string }[],
  now: number,
): Promise<void> {
  if (ended.length === 0) return;
  const changes = new RunChanges(now);
  for (const { run, reason } of ended) changes.exit({ ...run, isNew: false }, reason);
  await changes.write(session);
  await insertOutbox(session, changes.outbox(), now);
}
