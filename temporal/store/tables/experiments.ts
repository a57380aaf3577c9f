/** Who has been put into which arm of an experiment. */
import type { Generated } from 'kysely';

/** One row for each experiment and customer; after a merge the survivor may have two: the first one counts. */
export interface ExposuresTable {
  id: Generated<number>;
  experiment_key: string;
  customer_id: string;
  arm: string;
  /** The run that came to the split first; null outside of a journey. */
  run_id: string | null;
  /** Epoch ms. */
  at: number;
  /** Whose it was before a merge, for taking the merge back. */
  origin_id: Generated<string | null>;
}
