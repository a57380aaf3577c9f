/** Every job there is, by its name. */
import { JOB_NAMES, type Job, type JobName } from './job.ts';
import { affinitiesJob } from './affinitiesJob.ts';
import { nextProductsJob } from './nextProductsJob.ts';
import { predictionsJob } from './predictionsJob.ts';
import { replenishmentJob } from './replenishmentJob.ts';
import { rfmJob } from './rfmJob.ts';

export const JOBS: Partial<Record<JobName, Job>> = {
  rfm: rfmJob,
  predictions: predictionsJob,
  affinities: affinitiesJob,
  replenishment: replenishmentJob,
  nextProducts: nextProductsJob,
};

/** Those that there are, in the order in which they are done. */
export const jobNames = (): JobName[] => JOB_NAMES.filter((name) => JOBS[name] !== undefined);
