/** People as shops describe them: found or made, their properties and what they said about consent taken over, the newest last. */
import type { ConsentEntry } from '../domain/consent.ts';
import type { Channel, EventIdentity } from '../domain/event.ts';
import { describedAnew, type Profile } from '../domain/profile.ts';
import { noteDescribed } from '../store/audit.ts';
import { consentKey, findConsents, type ConsentRow } from '../store/consents.ts';
import { readProfiles, writeProfiles } from '../store/profiles.ts';
import type { Session } from '../store/rows.ts';
import { stateConsents } from './customerChanges.ts';
import { resolveCustomers } from './resolveCustomers.ts';

export interface ToldConsent extends ConsentEntry {
  channel: Channel;
  /** The shop says when the person said so; else `at` is when it last changed the person. */
  isDated: boolean;
}

export interface Description {
  identity: EventIdentity;
  properties: Record<string, unknown>;
  consent: ToldConsent[];
  /** Epoch ms; when the shop last changed the person. */
  at: number;
  /** As in the audit. */
  actor: string;
}

/** @param others whose customers are needed as well @returns customer ids of `others`, in their order */
export async function describeCustomers(
  session: Session,
  descriptions: readonly Description[],
  others: readonly EventIdentity[],
  now: number,
): Promise<(string | null)[]> {
  // Everybody at once: customers are locked in the order of their ids, and two transactions do not wait for each other.
  const identities = [...descriptions.map(({ identity }) => identity), ...others];
  if (identities.length === 0) return [];
  const { customerIds } = await resolveCustomers(session, identities, now);
  const described = descriptions.flatMap((description, index) => {
    const customerId = customerIds[index];
    return customerId ? [{ ...description, customerId }] : [];
  });
  await noteDescribed(session, described, now);
  await changeProfiles(session, described, now);
  await stateConsents(
    session,
    await clearStatements(
      session,
      described.flatMap(({ customerId, consent, actor }) => consent.map((told) => ({ customerId, actor, ...told }))),
    ),
    now,
  );
  return customerIds.slice(descriptions.length);
}

/**
 * A shop goes on saying "subscribed" of people who have told us, and not the shop, that they do not want to be written to. So
 * without a time of its own, "subscribed" only fills a gap.
 */
async function clearStatements(
  session: Session,
  told: readonly (ToldConsent & { customerId: string; actor: string })[],
): Promise<ConsentRow[]> {
  const isVague = ({ isDated, state }: ToldConsent) => !isDated && state === 'subscribed';
  const asked = new Set(told.filter(isVague).map(({ customerId }) => customerId));
  const known = (await findConsents(session, asked)).filter(({ state }) => state !== 'never');
  const said = new Set(known.map(consentKey));
  return told
    .filter((statement) => !isVague(statement) || !said.has(consentKey(statement)))
    .map(({ customerId, channel, state, source, at, actor }) => ({ customerId, channel, state, source, at, actor }));
}

async function changeProfiles(
  session: Session,
  described: readonly (Description & { customerId: string })[],
  now: number,
): Promise<void> {
  const telling = described.filter(({ properties }) => Object.keys(properties).length > 0);
  if (telling.length === 0) return;
  const profiles = await readProfiles(session, new Set(telling.map(({ customerId }) => customerId)));
  const changed = new Map<string, Profile>();
  for (const { customerId, properties, at } of telling) {
    const before = profiles.get(customerId);
    if (!before) continue;
    const after = describedAnew(before, properties, at);
    if (after === before) continue;
    profiles.set(customerId, after);
    changed.set(customerId, after);
  }
  await writeProfiles(session, changed, now);
}
