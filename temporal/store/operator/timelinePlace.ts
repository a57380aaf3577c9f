/**
 * Where a page of a customer's timeline begins. Rows of several tables stand in one order: by time, at one time by the rank of
 * their kind (what came first ranks lower), then by number or id. Each table is read in the order of its own index.
 */
import { sql, type RawBuilder } from 'kysely';

/** In the order in which things of one moment happen. */
export const RANKS = ['event', 'identifier', 'consent', 'skipped', 'change', 'entered', 'send', 'ended'] as const;
export type TimelineKind = (typeof RANKS)[number];

/** The last row of the page before. */
export interface TimelinePlace {
  /** Epoch ms. */
  at: number;
  kind: TimelineKind;
  /** Number of the row, or 0. */
  number: number;
  /** Id of the row, or ''. It names nobody: places stand in addresses. */
  id: string;
}

/** Below 0: `one` is newer, and comes first. */
export function byPlace(one: TimelinePlace, other: TimelinePlace): number {
  return (
    other.at - one.at ||
    RANKS.indexOf(other.kind) - RANKS.indexOf(one.kind) ||
    other.number - one.number ||
    (one.id === other.id ? 0 : one.id < other.id ? 1 : -1)
  );
}

/** SQL: rows of this kind that come after the place, for tables whose order is by `at` and `number`, or by `at` and `id`. */
export function after(
  place: TimelinePlace | null,
  kind: TimelineKind,
  columns: { at: RawBuilder<unknown> } & ({ number: RawBuilder<unknown> } | { id: RawBuilder<unknown> }),
): RawBuilder<unknown> {
  if (place === null) return sql`1 = 1`;
  const { at } = columns;
  const [own, its] = [RANKS.indexOf(kind), RANKS.indexOf(place.kind)];
  if (own < its) return sql`${at} <= ${place.at}`;
  if (own > its) return sql`${at} < ${place.at}`;
  const isBefore = 'number' in columns ? sql`${columns.number} < ${place.number}` : sql`${columns.id} < ${place.id}`;
  return sql`${at} <= ${place.at} and (${at} < ${place.at} or ${isBefore})`;
}

const WORD = /^(\d{1,15})\.([a-z]+)\.(\d{1,15})\.([\w-]{0,100})$/;

/** For an address. */
export const placeWord = ({ at, kind, number, id }: TimelinePlace): string => `${at}.${kind}.${number}.${id}`;

/** @returns null when it is no place of ours */
export function readPlace(word: unknown): TimelinePlace | null {
  const [, at, kind, number, id] = (typeof word === 'string' ? WORD.exec(word) : null) ?? [];
  const known = RANKS.find((one) => one === kind);
  return known === undefined || id === undefined ? null : { at: Number(at), kind: known, number: Number(number), id };
}
