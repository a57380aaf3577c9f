/** Preference tracks: what a customer wants to hear at all, beside the consent for a channel. None chosen means everything. */

/**
 * `low_frequency` rarely · `product_news` only news about products · `local_events` only what happens nearby.
 * Several add up: product news and local events, and both rarely.
 */
export const TRACKS = ['low_frequency', 'product_news', 'local_events'] as const;
export type Track = (typeof TRACKS)[number];

/** What a message is about; `general` is everything that is neither. */
export const MESSAGE_TRACKS = ['general', 'product_news', 'local_events'] as const;
export type MessageTrack = (typeof MESSAGE_TRACKS)[number];

export const isTrack = (value: unknown): value is Track => (TRACKS as readonly unknown[]).includes(value);

/** Each once, always in the same order, so that equal choices are equal lists. */
export const sortedTracks = (tracks: Iterable<Track>): Track[] => {
  const chosen = new Set(tracks);
  return TRACKS.filter((track) => chosen.has(track));
};

/** Of the store's `tracks_json`. */
export function tracksOf(json: string): Track[] {
  const list = JSON.parse(json) as unknown[];
  return sortedTracks(list.filter(isTrack));
}
