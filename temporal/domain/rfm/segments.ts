/** RFM segments by recency and frequency score (CONTRACT section 7). */

export const SEGMENTS = [
  'champions',
  'loyal',
  'potential_loyalist',
  'new',
  'promising',
  'need_attention',
  'about_to_sleep',
  'at_risk',
  'cant_lose',
  'hibernating',
] as const;
export type RfmSegment = (typeof SEGMENTS)[number];

export type Score = 1 | 2 | 3 | 4 | 5;

/** Rows are R1 to R5, columns F1 to F5. */
const GRID: readonly (readonly RfmSegment[])[] = [
  ['hibernating', 'hibernating', 'at_risk', 'at_risk', 'cant_lose'],
  ['hibernating', 'hibernating', 'at_risk', 'at_risk', 'cant_lose'],
  ['about_to_sleep', 'about_to_sleep', 'need_attention', 'loyal', 'loyal'],
  ['promising', 'potential_loyalist', 'potential_loyalist', 'loyal', 'loyal'],
  ['new', 'potential_loyalist', 'potential_loyalist', 'champions', 'champions'],
];

export const segmentOf = (r: Score, f: Score): RfmSegment => GRID[r - 1]?.[f - 1] as RfmSegment;
