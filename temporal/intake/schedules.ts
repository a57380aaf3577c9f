/** How the schedules of journeys stand, for the operator. */
import { dueTimes } from '../domain/audienceSchedule.ts';
import { isoTime, isoTimeOrNull } from '../domain/textValues.ts';
import { readLastPasses, readScheduleStarts, type AudiencePass } from '../store/audiencePasses.ts';
import { JourneyReader } from '../store/journeys.ts';
import type { Session } from '../store/rows.ts';
import type { IntakeTime } from './journeyEffects.ts';
import { missingScores } from './scoresOfAudience.ts';

export interface ScheduleReport {
  nextPass: string | null;
  waitsForScores: boolean;
  lastPass:
    | (Pick<AudiencePass, 'state' | 'entered'> & {
        dueAt: string;
        skipped: Record<string, number>;
        finishedAt: string | null;
      })
    | null;
}

/** @returns by journey; those without a schedule are missing */
export async function readSchedules(
  session: Session,
  { now, timeScale }: IntakeTime,
): Promise<Map<string, ScheduleReport>> {
  const starts = await readScheduleStarts(session.db);
  const reports = new Map<string, ScheduleReport>();
  if (starts.size === 0) return reports;
  const passes = await readLastPasses(session.db);
  for (const { key, published, paused, definition } of await new JourneyReader().all(session.db)) {
    const since = starts.get(key);
    if (!definition.schedule || since === undefined) continue;
    const { every, audience } = definition.schedule;
    const last = passes.get(key) ?? null;
    const due = dueTimes(every, { since, lastDueAt: last?.dueAt ?? null, now, timeScale });
    const isOpen = published && !paused;
    const isDue = isOpen && due.dueAt !== null && last?.state !== 'running';
    const next = due.dueAt ?? due.nextAt;
    reports.set(key, {
      nextPass: isOpen && Number.isFinite(next) ? isoTime(next) : null,
      waitsForScores: isDue && (await missingScores(session, audience, null)).length > 0,
      lastPass: last && {
        dueAt: isoTime(last.dueAt),
        state: last.state,
        entered: last.entered,
        skipped: { ...last.skipped },
        finishedAt: isoTimeOrNull(last.finishedAt),
      },
    });
  }
  return reports;
}
