/**
 * What everybody likes, from what they did (`domain/affinity/`). It goes through customers twice: to learn what is usual in the shop, and
 * then to say of each how they differ from it. Never more than a page of customers is in memory.
 */
import { affinityOf, HabitsLearner, type Affinity, type AffinityRules } from '../domain/affinity/affinities.ts';
import { HALF_LIFE_MS } from '../domain/affinity/categoryInterest.ts';
import { LocalTimes } from '../domain/affinity/localTimes.ts';
import { DEFAULT_WINDOWS, windowLengths } from '../domain/reports/attribution.ts';
import { readEvidence, type EvidenceQuestion } from '../store/affinityEvidence.ts';
import { changedAffinities, writeAffinities } from '../store/affinities.ts';
import { readCustomersAfter } from '../store/customerPages.ts';
import { readPolicy } from '../store/policy.ts';
import { sessionOf, type Session } from '../store/rows.ts';
import { writeModel } from '../store/scoreModels.ts';
import type { JobContext } from './job.ts';

/** Messages and visits from longer ago say nothing of today. Follows the time scale, like all look-backs. */
const LOOK_BACK_MS = 365 * 86_400_000;
/** Customers in memory, and rows written at a time. */
const PAGE = 250;
/** What is usual is learned from so many: their ids are made at random, so that the first ones are like all the others. */
const LEARNED_FROM = 50_000;

export async function affinitiesJob({ store, now, timeScale, isStopping }: JobContext): Promise<void> {
  const session: Session = { db: store.db, dialect: store.dialect };
  const { shopTimezone } = await readPolicy(store.db);
  const question = {
    since: now - Math.round(LOOK_BACK_MS / timeScale),
    now,
    shopTimezone,
    localTimes: new LocalTimes(),
  };
  const rules: AffinityRules = {
    now,
    windows: windowLengths(DEFAULT_WINDOWS, timeScale),
    halfLifeMs: HALF_LIFE_MS / timeScale,
  };

  const learner = new HabitsLearner();
  await throughCustomers(session, LEARNED_FROM, isStopping, { ...question, withInterests: false }, (evidence) => {
    for (const one of evidence.values()) learner.add(one, rules);
    return Promise.resolve();
  });
  if (isStopping()) return;
  const shop = learner.learned();
  await writeModel(store.db, 'affinities', shop, now);

  await throughCustomers(session, Infinity, isStopping, { ...question, withInterests: true }, async (evidence) => {
    const affinities = new Map<string, Affinity | null>(
      [...evidence].map(([id, one]) => [id, affinityOf(one, shop, rules)]),
    );
    const changed = await changedAffinities(session, affinities);
    if (changed.size > 0) await store.transaction((db) => writeAffinities(sessionOf(db), changed, now));
  });
}

async function throughCustomers(
  session: Session,
  most: number,
  isStopping: () => boolean,
  question: Omit<EvidenceQuestion, 'customerIds'>,
  work: (evidence: Awaited<ReturnType<typeof readEvidence>>) => Promise<void>,
): Promise<void> {
  let reached = '';
  for (let count = 0; count < most && !isStopping(); count += PAGE) {
    const customerIds = await readCustomersAfter(session, reached, PAGE);
    if (customerIds.length > 0) await work(await readEvidence(session, { ...question, customerIds }));
    if (customerIds.length < PAGE) return;
    reached = customerIds.at(-1) ?? reached;
  }
}
