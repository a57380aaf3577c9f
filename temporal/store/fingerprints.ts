/** Fingerprints of people who have agreed to them, as keyed hashes beside their customers; found only by these. */
import { sql } from 'kysely';
import { fingerprintHash } from '../domain/fingerprint.ts';
import { keptKey } from './keptKeys.ts';
import type { Pair } from './merges.ts';
import { idsOf, rowsOf, type Session } from './rows.ts';

export interface SeenFingerprint {
  customerId: string;
  /** As the browser told it. */
  fingerprint: string;
}

/** `at` only serves retention: it need not be written with every page view. */
const NOTED_EVERY_MS = 86_400_000;

/** @param seen of customers locked by the caller */
export async function keepFingerprints(session: Session, seen: readonly SeenFingerprint[], now: number): Promise<void> {
  if (seen.length === 0) return;
  const key = await keptKey(session, 'fingerprints');
  const rows = new Map(
    seen.map(({ customerId, fingerprint }) => {
      const hash = fingerprintHash(key, fingerprint);
      return [`${hash}/${customerId}`, { hash, customer_id: customerId }];
    }),
  );
  await sql`
    insert into fingerprints (hash, customer_id, at) select r.hash, r.customer_id, ${now}
    from ${rowsOf(session.dialect, { hash: 'text', customer_id: 'text' }, [...rows.values()])} as r where true
    on conflict (hash, customer_id) do update set at = excluded.at
    where fingerprints.at < excluded.at - ${NOTED_EVERY_MS}`.execute(session.db);
}

/** Before the rows of the merged become their survivors': a customer has each hash once. */
export async function dropRepeatedFingerprints(session: Session, pairs: readonly Pair[]): Promise<void> {
  const columns = { survivor: 'text', merged: 'text' } as const;
  const merged = rowsOf(
    session.dialect,
    columns,
    pairs.map(({ survivor, merged: id }) => ({ survivor, merged: id })),
  );
  const survivors = [...new Set(pairs.map(({ survivor }) => survivor))];
  const first = rowsOf(
    session.dialect,
    columns,
    survivors.map((survivor) => ({ survivor, merged: '' })),
  );
  // Of the survivor and all who become part of it, the first that has it keeps it.
  await sql`
    delete from fingerprints where customer_id in (select r.merged from ${merged} as r) and exists (
      select 1 from ${merged} as r cross join (select * from ${merged} as a union all select * from ${first} as b) as m
      cross join fingerprints o
      where r.merged = fingerprints.customer_id and m.survivor = r.survivor and m.merged < r.merged
        and o.customer_id = case when m.merged = '' then m.survivor else m.merged end
        and o.hash = fingerprints.hash)`.execute(session.db);
}

/** Of people who have withdrawn. */
export async function forgetFingerprintsOf(session: Session, customerIds: Iterable<string>): Promise<void> {
  const ids = [...customerIds];
  if (ids.length === 0) return;
  await sql`
    delete from fingerprints where customer_id in (select r.id from ${idsOf(session.dialect, ids)} as r)`.execute(
    session.db,
  );
}

/** Where fingerprints are switched off, nothing is kept of earlier ones. */
export async function forgetAllFingerprints({ db }: Pick<Session, 'db'>): Promise<void> {
  await sql`delete from fingerprints`.execute(db);
}

/** @param before epoch ms @returns how many have not been seen since then, and are gone */
export async function deleteOldFingerprints({ db }: Session, before: number): Promise<number> {
  const { numAffectedRows = 0n } = await sql`delete from fingerprints where at < ${before}`.execute(db);
  return Number(numAffectedRows);
}

export interface KnownFingerprint {
  customerId: string;
  hash: string;
  /** A customer with this fingerprint has an order that counts. */
  hasBuyer: boolean;
}

/** @returns what is kept of these customers */
export async function findFingerprints(session: Session, customerIds: Iterable<string>): Promise<KnownFingerprint[]> {
  const ids = [...customerIds];
  if (ids.length === 0) return [];
  const { rows } = await sql<{ customer_id: string; hash: string; has_buyer: number }>`
    select f.customer_id, f.hash, case when exists (
        select 1 from fingerprints o join totals t on t.customer_id = o.customer_id
        where o.hash = f.hash and t.orders > 0) then 1 else 0 end as has_buyer
    from ${idsOf(session.dialect, ids)} as r cross join fingerprints f where f.customer_id = r.id`.execute(session.db);
  return rows.map((row) => ({ customerId: row.customer_id, hash: row.hash, hasBuyer: row.has_buyer === 1 }));
}
