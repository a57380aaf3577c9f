/** What became of the rows of a chunk. */
export interface WrittenRows {
  /** Rows that only the store could refuse; `index` is that in the chunk. */
  rejected: { index: number; reason: string }[];
  /** Words of the summary → how many. */
  counts: Record<string, number>;
  /** The service's dispatcher has something to do. */
  outboxWritten: boolean;
}
