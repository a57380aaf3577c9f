/** What two profiles of one person become: properties, consent, preferences, and which of two runs goes on. */
import { isStricter, type ConsentEntry } from './consent.ts';
import type { JourneyDefinition } from './journey.ts';
import type { Profile } from './profile.ts';

export interface CombinedProfile extends Profile {
  /** What the survivor had before under the keys that changed; null: nothing. Needed to take the merge back. */
  before: Record<string, unknown>;
}

/** Gaps are filled; where both say something the later description holds, and on doubt the survivor's. */
export function combineProfiles(survivor: Profile, merged: Profile): CombinedProfile {
  const isNewer = merged.profileAt !== null && survivor.profileAt !== null && merged.profileAt > survivor.profileAt;
  const properties = { ...survivor.properties };
  const before: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(merged.properties)) {
    const own = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if ((own !== undefined && !isNewer) || own === value) continue;
    before[key] = own ?? null;
    properties[key] = value;
  }
  const times = [survivor.profileAt, merged.profileAt].filter((at) => at !== null);
  return {
    properties,
    profileAt: times.length === 0 ? null : Math.max(...times),
    // None means everything: who has chosen gets no more than what was chosen.
    tracks: [...new Set([...survivor.tracks, ...merged.tracks])],
    before,
  };
}

/**
 * The stricter of two statements about one channel. `never` is no statement against: somebody whom a shop account never
 * asked, and who subscribed elsewhere, is subscribed.
 */
export function stricterConsent(one: ConsentEntry, other: ConsentEntry): ConsentEntry {
  if (one.state === 'never' || other.state === 'never') {
    if (one.state !== other.state) return one.state === 'never' ? other : one;
  } else if (one.state !== other.state) {
    return isStricter(one.state, other.state) ? one : other;
  }
  return one.at >= other.at ? one : other;
}

export interface MergedRun {
  id: string;
  journeyKey: string;
  entryKey: string;
  isOpen: boolean;
  segment: number;
  /** Epoch ms. */
  enteredAt: number;
  endedAt: number | null;
}

/** The one that is further on goes on; of two at the same place the older one. */
export function runThatStays<Run extends MergedRun>(open: readonly Run[]): Run | undefined {
  return [...open].sort((a, b) => b.segment - a.segment || a.enteredAt - b.enteredAt || (a.id < b.id ? -1 : 1))[0];
}

/**
 * Whether an open run would not have begun beside this earlier one, had both profiles been one: what the other has sent is
 * then not to be sent again. The cool-down is not scaled: on doubt nothing is sent twice.
 */
export function excludes(open: MergedRun, other: MergedRun, journey: JourneyDefinition | undefined): boolean {
  if (other.isOpen || (other.endedAt ?? 0) >= open.enteredAt) return true;
  if (!journey || journey.enterAgain === 'always') return false;
  return journey.enterAgain === 'never' || open.enteredAt - other.enteredAt < journey.cooldownMs;
}
