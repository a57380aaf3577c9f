/** A chunk of rows on its way into the store: where it goes, and what became of it. */
import type { IntakeTime } from '../intake/journeyEffects.ts';
import type { PublishedReaders } from '../intake/takeIn.ts';

/** What became of the rows of a chunk. */
export interface WrittenRows {
  /** Rows that only the store could refuse; `index` is that in the chunk. */
  rejected: { index: number; reason: string }[];
  /** Words of the summary → how many. */
  counts: Record<string, number>;
  /** The service's dispatcher has something to do. */
  outboxWritten: boolean;
}

export interface WriteTarget {
  source: string;
  importId: number;
  published: PublishedReaders;
  time: IntakeTime;
}
