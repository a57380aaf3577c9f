/**
 * A more urgent journey of the same customer goes first. Between two runs:
 *
 * 1. the higher `priority` of their journeys, as the Journey Trigger sets it;
 * 2. with equal priorities checkout, then cart, then browse, by the event that began each run: a journey that listens to several
 *    types is as urgent as the one that brought this customer in.
 * 3. Runs that are equal in both hold nobody up; the minimum gap does the rest.
 *
 * Runs that began with something else (welcome, post-purchase, win-back) take part only when their journey has a priority of its
 * own, other than 0: a cart that waits must not silence the welcome of a new subscriber.
 */
import { when, type Objection } from './objection.ts';
import { URGENCIES, type Urgency } from './urgency.ts';

export interface RunRank {
  /** Of its journey. */
  priority: number;
  /** null: no abandonment. */
  urgency: Urgency | null;
}

export interface PriorityFacts {
  /** Of the run that the message belongs to; null outside of a journey. */
  rank: RunRank | null;
  /** Of the customer's other open runs whose journeys are published and not paused. */
  otherRanks: readonly RunRank[];
}

export function priorityObjections({ rank, otherRanks }: PriorityFacts): Objection[] {
  if (rank === null || !takesPart(rank)) return [];
  return when(
    otherRanks.some((other) => takesPart(other) && goesBefore(other, rank)),
    'priority_journey',
  );
}

const takesPart = ({ priority, urgency }: RunRank): boolean => urgency !== null || priority !== 0;

function goesBefore(one: RunRank, other: RunRank): boolean {
  if (one.priority !== other.priority) return one.priority > other.priority;
  if (one.urgency === null || other.urgency === null) return false;
  return URGENCIES.indexOf(one.urgency) < URGENCIES.indexOf(other.urgency);
}
