/** Every job there is, by its name. */
import type { Job, JobName } from './job.ts';
import { affinitiesJob } from './affinitiesJob.ts';
import { nextProductsJob } from './nextProductsJob.ts';
import { predictionsJob } from './predictionsJob.ts';
import { replenishmentJob } from './replenishmentJob.ts';
import { rfmJob } from './rfmJob.ts';

export const JOBS: Record<JobName, Job> = {
  rfm: rfmJob,
  predictions: predictionsJob,
  affinities: affinitiesJob,
  replenishment: replenishmentJob,
  nextProducts: nextProductsJob,
};
