/**
 * Who belongs to an audience, a part at a time: so many customers are looked at, however few of them belong to it, so that no
 * statement takes long.
 */
import { sql } from 'kysely';
import { narrowest, type Audience } from '../domain/audience.ts';
import { inAudience, listAudience } from './audience.ts';
import { idsOf, type Session } from './rows.ts';

export interface AudiencePart {
  /** In the order of their ids. */
  members: string[];
  /** The last customer who has been looked at; null after the end. */
  reached: string | null;
}

/** @param after the last customer of the part before; '' to begin with */
export async function nextMembers(
  session: Session,
  audience: Audience,
  after: string,
  limit: number,
): Promise<AudiencePart> {
  const ids = await listAudience(session, narrowest(audience), after, limit);
  const members = await inAudience(session, audience, ids);
  return {
    members: ids.filter((id) => members.has(id)),
    reached: ids.length < limit ? null : (ids.at(-1) ?? null),
  };
}

export interface SegmentScore {
  segment: string;
  r: number;
  f: number;
  m: number;
}

/** @returns by customer; those without an order are missing */
export async function readSegmentScores(
  session: Session,
  customerIds: readonly string[],
): Promise<Map<string, SegmentScore>> {
  const { rows } = await sql<SegmentScore & { customer_id: string }>`
    select s.customer_id, s.segment, s.r, s.f, s.m from ${idsOf(session.dialect, customerIds)} as c
    cross join rfm_scores s where s.customer_id = c.id`.execute(session.db);
  return new Map(rows.map(({ customer_id, ...score }) => [customer_id, score]));
}
