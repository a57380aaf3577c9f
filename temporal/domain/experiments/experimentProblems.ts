/** What makes an experiment unfit to part customers, in sentences for the operator who drew it. */
import { HOLDOUT, type Experiment } from './assignment.ts';

export const MAX_ARMS = 10;
const MAX_WEIGHT = 1_000_000;
const KEY = /^[a-z0-9][a-z0-9-]{0,62}$/;
const NAME_LENGTH = 40;

export interface ExperimentProblem {
  /** JSON Pointer into the experiment. */
  path: string;
  message: string;
}

/** In the order of the fields; empty: it can be used. */
export function experimentProblems({ key, arms, holdoutPercent }: Experiment): ExperimentProblem[] {
  const problems: ExperimentProblem[] = [];
  const add = (path: string, message: string) => problems.push({ path, message });
  if (key === '') add('/key', 'is missing: give the experiment a key, such as welcome-offer');
  else if (!KEY.test(key)) add('/key', 'has to be up to 63 small letters, digits and "-", such as welcome-offer');

  const fewest = holdoutPercent > 0 ? 1 : 2;
  if (arms.length < fewest) {
    add('/arms', fewest === 2 ? 'needs two arms or more, or one beside a holdout' : 'needs an arm beside the holdout');
  }
  if (arms.length > MAX_ARMS) add('/arms', `can be at most ${MAX_ARMS}; these are ${arms.length}`);
  const seen = new Set<string>();
  for (const [index, { name, weight }] of arms.entries()) {
    const named = name.toLowerCase();
    const path = `/arms/${index}`;
    if (name.trim() === '') add(`${path}/name`, 'is missing: each arm needs a name, which its output has as well');
    else if (name !== name.trim() || name.length > NAME_LENGTH || /\p{Cc}/u.test(name)) {
      add(`${path}/name`, `has to be one line of at most ${NAME_LENGTH} characters, without blanks around it`);
    } else if (named === HOLDOUT) {
      add(`${path}/name`, `cannot be "${name}": that is the name of those whom the holdout share keeps out`);
    } else if (seen.has(named)) add(`${path}/name`, `is used twice: "${name}". Results go by the names of the arms`);
    seen.add(named);
    if (!(weight > 0 && weight <= MAX_WEIGHT)) {
      const wayOut = 'To send nobody to an arm, delete it';
      add(`${path}/weight`, `of "${name}" has to be above 0 and at most 1,000,000; it is ${weight}. ${wayOut}`);
    }
  }
  if (!(holdoutPercent >= 0 && holdoutPercent < 100)) {
    add('/holdoutPercent', `has to be from 0 to below 100 percent; it is ${holdoutPercent}`);
  }
  return problems;
}
