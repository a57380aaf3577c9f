/** Every job there is, by its name. Each is loaded when it is done: what another one needs takes no memory of its thread. */
import type { Job, JobName } from './job.ts';

export const JOBS: Record<JobName, () => Promise<Job>> = {
  rfm: async () => (await import('./rfmJob.ts')).rfmJob,
  predictions: async () => (await import('./predictionsJob.ts')).predictionsJob,
  affinities: async () => (await import('./affinitiesJob.ts')).affinitiesJob,
  replenishment: async () => (await import('./replenishmentJob.ts')).replenishmentJob,
  nextProducts: async () => (await import('./nextProductsJob.ts')).nextProductsJob,
};
