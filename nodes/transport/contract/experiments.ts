/** Putting customers into the arms of an experiment: what nodes ask, and what the service answers. */
import type { ItemError } from './items.ts';

export interface ExperimentSplit {
  key: string;
  arms: Array<{ name: string; weight: number }>;
  holdoutPercent: number;
  /** Nothing is written down, and ids of nobody have an arm, too. */
  dryRun: boolean;
}

export interface ExposureItem {
  ref: string;
  customerId: string;
  runId?: string;
}

export interface ExposureAnswer {
  ref: string;
  arm?: string;
  error?: ItemError;
}
