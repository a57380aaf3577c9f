/** Changes to customers that callers ask for, beside events: upsert and consent. Each works on a whole batch. */
import { supersedes, type ConsentEntry } from '../domain/consent.ts';
import type { Channel, EventIdentity } from '../domain/event.ts';
import type { Track } from '../domain/tracks.ts';
import { consentKey, findConsents, writeConsents, type ConsentRow } from '../store/consents.ts';
import { lockSurvivors } from '../store/identities.ts';
import { changeProperties } from '../store/profiles.ts';
import type { Session } from '../store/rows.ts';
import { writeTracks } from '../store/tracks.ts';
import { resolveCustomers } from './resolveCustomers.ts';

export interface CustomerUpsert {
  identity: EventIdentity;
  /** null takes a property away. */
  properties: Record<string, unknown>;
  consent: [Channel, ConsentEntry][];
  /** Preference tracks; null leaves them as they are. */
  tracks?: readonly Track[] | null;
  /** Who says so, for the history of consent: `api`, `import` … */
  actor?: string;
}

/** @returns customer ids in the order given; null where an identity names only a customer id that does not exist */
export async function upsertCustomers(
  session: Session,
  upserts: readonly CustomerUpsert[],
  now: number,
): Promise<(string | null)[]> {
  const { customerIds } = await resolveCustomers(
    session,
    upserts.map(({ identity }) => identity),
    now,
  );
  const found = upserts.flatMap((upsert, index) => {
    const customerId = customerIds[index];
    return customerId ? [{ ...upsert, customerId }] : [];
  });
  await changeProperties(
    session,
    found.filter(({ properties }) => Object.keys(properties).length > 0),
    now,
  );
  await stateConsents(
    session,
    found.flatMap(({ customerId, consent, actor = 'api' }) =>
      consent.map(([channel, entry]) => ({ customerId, channel, ...entry, actor })),
    ),
    now,
  );
  await writeTracks(
    session,
    found.flatMap(({ customerId, tracks }) => (tracks ? [{ customerId, tracks }] : [])),
    now,
  );
  return customerIds;
}

/** The later statement holds; older ones change nothing. The customers are locked already. */
export async function stateConsents(session: Session, statements: readonly ConsentRow[], now: number): Promise<void> {
  if (statements.length === 0) return;
  const known = await findConsents(session, new Set(statements.map(({ customerId }) => customerId)));
  const states = new Map(known.map((row) => [consentKey(row), row]));
  const changed = new Map<string, ConsentRow>();
  const history: ConsentRow[] = [];
  for (const statement of statements) {
    const current = states.get(consentKey(statement));
    if (!supersedes(statement, current)) continue;
    states.set(consentKey(statement), statement);
    changed.set(consentKey(statement), statement);
    if (current?.state !== statement.state) history.push(statement);
  }
  await writeConsents(session, [...changed.values()], history, now);
}

/** @returns surviving id for each statement's customer, null where there is none */
export async function setConsents(
  session: Session,
  statements: readonly ConsentRow[],
  now: number,
): Promise<(string | null)[]> {
  const survivors = await lockSurvivors(session, new Set(statements.map(({ customerId }) => customerId)));
  const owners = statements.map(({ customerId }) => survivors.get(customerId) ?? null);
  await stateConsents(
    session,
    statements.flatMap((statement, index) => {
      const customerId = owners[index];
      return customerId ? [{ ...statement, customerId }] : [];
    }),
    now,
  );
  return owners;
}
