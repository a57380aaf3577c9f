/**
 * Preference tracks: what the customer wants to hear at all. Whoever chose subjects (product news, local events) gets messages
 * about these and no general ones; `low_frequency` says how often, not what about (frequencyCheck.ts), so that alone it holds
 * back nothing here.
 */
import type { MessageTrack, Track } from '../tracks.ts';
import { when, type Objection } from './objection.ts';

export interface TrackFacts {
  /** What the message is about. */
  track: MessageTrack;
  /** What the customer has chosen; none: everything. */
  tracks: readonly Track[];
}

export function trackObjections({ track, tracks }: TrackFacts): Objection[] {
  const subjects: readonly string[] = tracks.filter((chosen) => chosen !== 'low_frequency');
  return when(subjects.length > 0 && !subjects.includes(track), 'wrong_track');
}
