/** Merges that somebody asks for: an operator by the API, or a shop that says that one account has become another. */
import type { EventIdentity } from '../domain/event.ts';
import { namedBy, namesNobody } from '../domain/identity.ts';
import { lockSurvivors } from '../store/identities.ts';
import type { Session } from '../store/rows.ts';
import { mergeCustomers } from './mergeCustomers.ts';
import { resolveNamed } from './resolveCustomers.ts';

export interface AskedMerge {
  /** Survives, or the customer it is an alias of. */
  customerId: string;
  mergedId: string;
  actor: string;
  reason: string;
}

/** @param session a transaction @returns the survivor, or why nothing was done */
export async function mergeByHand(
  session: Session,
  { customerId, mergedId, actor, reason }: AskedMerge,
  now: number,
): Promise<{ survivor: string; outboxWritten: boolean } | 'noCustomer' | 'noMerged' | 'same'> {
  const survivors = await lockSurvivors(session, [customerId, mergedId]);
  const [survivor, merged] = [survivors.get(customerId), survivors.get(mergedId)];
  if (survivor === undefined) return 'noCustomer';
  if (merged === undefined) return 'noMerged';
  if (survivor === merged) return 'same';
  return { survivor, outboxWritten: await mergeCustomers(session, [{ survivor, merged, actor, reason }], now) };
}

export interface ToldMerge {
  from: EventIdentity;
  into: EventIdentity;
  /** As in the audit. */
  actor: string;
}

/**
 * One identity has become another, e.g. Shopify's customers/merge. Identifiers that nobody has yet are attached, so that it
 * does not matter whether the merge or the account is told first.
 *
 * @param session a transaction @returns whether the dispatcher has something to do
 */
export async function mergeAsTold(session: Session, merges: readonly ToldMerge[], now: number): Promise<boolean> {
  let isWritten = false;
  for (const [actor, told] of Map.groupBy(merges, (merge) => merge.actor)) {
    const named = told.map(({ from, into }) => {
      const [old, kept] = [namedBy(from), namedBy(into)];
      return { ...kept, customerId: kept.customerId ?? old.customerId, strong: [...kept.strong, ...old.strong] };
    });
    const known = named.filter((one) => !namesNobody(one));
    const { outboxWritten } = await resolveNamed(session, known, now, actor);
    isWritten ||= outboxWritten;
  }
  return isWritten;
}
