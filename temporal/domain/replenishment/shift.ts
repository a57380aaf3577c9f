/**
 * Times change: what gaps that ended lately were longer or shorter than all. It also makes good that a history knows few long gaps
 * that ended early in it. Gaps are compared by the day they ended on; by the day they began on, the last ones known would be the short ones.
 */
const DAYS_OF_A_STEP = 28;
/** Steps with fewer gaps are put together with the next. */
const GAPS_OF_A_STEP = 100;
/** How far each step moves what is expected of the next: none where times do not change. */
const PACES = [0.1, 0.2, 0.35, 0.5, 0.7] as const;
/** An improvement below this part is chance. */
const WORTH = 0.002;
/** What has changed may change back: half of it is taken to stay. Measured on made-up and real shops (README), where all of it is too much. */
const LASTING = 0.5;

/**
 * Exponential smoothing at the pace that would have forecast each step best from those before it.
 *
 * @param error log days less what was expected, in the middle 0
 * @returns what to add to the location from now on
 */
export function shiftOf(endDay: Int32Array, error: Float64Array): number {
  const steps = stepsOf(endDay, error);
  let best = 0;
  let least = (1 - WORTH) * lossOf(steps, 0).loss;
  for (const pace of PACES) {
    const { loss, level } = lossOf(steps, pace);
    if (loss < least) [best, least] = [level, loss];
  }
  return LASTING * best;
}

interface Step {
  errors: Float64Array;
  middle: number;
}

function stepsOf(endDay: Int32Array, error: Float64Array): Step[] {
  const order = Uint32Array.from(endDay, (_, at) => at).sort(
    (a, b) => (endDay[a] as number) - (endDay[b] as number) || (error[a] as number) - (error[b] as number),
  );
  const steps: Step[] = [];
  for (let from = 0; from < order.length;) {
    const end = (endDay[order[from] as number] as number) + DAYS_OF_A_STEP;
    let to = from;
    while (to < order.length && ((endDay[order[to] as number] as number) < end || to - from < GAPS_OF_A_STEP)) to += 1;
    const errors = Float64Array.from(order.subarray(from, to), (at) => error[at] as number).sort();
    if (errors.length >= GAPS_OF_A_STEP / 2)
      steps.push({ errors, middle: errors[Math.floor(errors.length / 2)] as number });
    from = to;
  }
  return steps;
}

/** The first steps, from which the level is found, do not count. */
function lossOf(steps: Step[], pace: number): { loss: number; level: number } {
  let level = 0;
  let loss = 0;
  steps.forEach(({ errors, middle }, index) => {
    if (index >= steps.length / 3) for (const error of errors) loss += Math.abs(error - level);
    level += pace * (middle - level);
  });
  return { loss, level };
}
