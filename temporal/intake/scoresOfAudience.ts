/** The scores that an audience is about: whether they have ever been calculated. */
import type { Audience } from '../domain/audience.ts';
import type { JobName } from '../scoring/job.ts';
import { makeDue } from '../store/scoreJobs.ts';
import type { Session } from '../store/rows.ts';

/**
 * @param makeDueAt epoch ms: those that are missing are calculated from then on; null: somebody has asked for them already
 * @returns what is missing, as the names of the jobs
 */
export async function missingScores(
  session: Session,
  { churn }: Audience,
  makeDueAt: number | null,
): Promise<JobName[]> {
  const needed: JobName[] = churn.length > 0 ? ['rfm', 'predictions'] : ['rfm'];
  const rows = await session.db
    .selectFrom('score_models')
    .select(['name', 'model_json'])
    .where('name', 'in', needed)
    .execute();
  const learned = new Set(rows.filter(({ model_json }) => !isBeingScored(model_json)).map(({ name }) => name));
  const missing = needed.filter((name) => !learned.has(name));
  if (missing.length > 0 && makeDueAt !== null) await makeDue(session, missing, makeDueAt);
  return missing;
}

/** Not everybody has been scored by it yet. */
function isBeingScored(modelJson: string): boolean {
  const { scoring } = JSON.parse(modelJson) as { scoring?: string | null };
  return scoring !== undefined && scoring !== null;
}
