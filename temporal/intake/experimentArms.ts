/**
 * Which arms customers are in, and that they have been put there. Who has been exposed stays in that arm for as long as the split
 * has it, whatever becomes of the weights, of the holdout share or of the customer's id; all others go by the rule.
 */
import { armOf, HOLDOUT, type Experiment } from '../domain/experiments/assignment.ts';
import { insertExposures, readExposedArms, type NewExposure } from '../store/experiments/exposures.ts';
import { lockSurvivors, survivingIds } from '../store/identities.ts';
import type { Session } from '../store/rows.ts';

export interface AskedCustomer {
  customerId: string;
  runId: string | null;
}

/**
 * @param session a transaction
 * @returns in the order given; null for ids of nobody, of whom nothing is written down
 */
export async function exposeCustomers(
  session: Session,
  experiment: Experiment,
  asked: readonly AskedCustomer[],
  now: number,
): Promise<(string | null)[]> {
  const survivors = await lockSurvivors(session, new Set(asked.map(({ customerId }) => customerId)));
  const armsSoFar = await readExposedArms(session, experiment.key, new Set(survivors.values()));
  const exposures = new Map<string, NewExposure>();
  const arms = asked.map(({ customerId: id, runId }) => {
    const customerId = survivors.get(id);
    if (customerId === undefined) return null;
    const before = armsSoFar.get(customerId);
    const arm = armNow(experiment, customerId, before);
    if (before === undefined && !exposures.has(customerId)) exposures.set(customerId, { customerId, arm, runId });
    return arm;
  });
  await insertExposures(session, experiment.key, [...exposures.values()], now);
  return arms;
}

/** As `exposeCustomers` would answer, but nothing is written down, and ids of nobody have an arm too: for tests of a journey. */
export async function armsOfCustomers(
  session: Session,
  experiment: Experiment,
  customerIds: readonly string[],
): Promise<string[]> {
  const survivors = await survivingIds(session, new Set(customerIds));
  const armsSoFar = await readExposedArms(session, experiment.key, new Set(survivors.values()));
  return customerIds.map((id) => {
    const customerId = survivors.get(id) ?? id;
    return armNow(experiment, customerId, armsSoFar.get(customerId));
  });
}

function armNow(experiment: Experiment, customerId: string, before: string | undefined): string {
  const isHeldOut = before === HOLDOUT && experiment.holdoutPercent > 0;
  if (isHeldOut || experiment.arms.some(({ name }) => name === before)) return before as string;
  return armOf(experiment, customerId);
}
