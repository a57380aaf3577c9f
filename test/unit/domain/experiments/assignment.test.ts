/** Arms of experiments: as large as their weights say, the same for a customer each time, and steady when weights change. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { armOf, HOLDOUT, type Arm, type Experiment } from '../../../../temporal/domain/experiments/assignment.ts';
import { experimentProblems } from '../../../../temporal/domain/experiments/experimentProblems.ts';

const CUSTOMERS = Array.from({ length: 2000 }, (_, index) => `cus_${index}`);

/** Beyond this many standard deviations lies one case in a billion: fixed seeds, but no luck needed either. */
const DEVIATIONS = 6.1;

const keys = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,20}$/);
const names = fc.uniqueArray(fc.stringMatching(/^[A-Z][a-z0-9]{0,6}$/), { minLength: 2, maxLength: 5 });
const arms = names
  .filter((all) => all.every((name) => name.toLowerCase() !== HOLDOUT))
  .chain((all) =>
    fc.tuple(...all.map((name) => fc.record({ name: fc.constant(name), weight: fc.integer({ min: 1, max: 9 }) }))),
  );
const experiments = fc.record({ key: keys, arms, holdoutPercent: fc.integer({ min: 0, max: 40 }) });

const armsOf = (experiment: Experiment) => new Map(CUSTOMERS.map((id) => [id, armOf(experiment, id)]));
const sumOf = (all: readonly Arm[]) => all.reduce((sum, { weight }) => sum + weight, 0);

function expectShare(count: number, share: number) {
  const spread = Math.sqrt(CUSTOMERS.length * share * (1 - share));
  expect(Math.abs(count - CUSTOMERS.length * share)).toBeLessThanOrEqual(DEVIATIONS * spread + 1);
}

const check = <T>(arbitrary: fc.Arbitrary<T>, property: (value: T) => void) => {
  fc.assert(fc.property(arbitrary, property), { numRuns: 12, seed: 20 });
};

describe('the arm of a customer', () => {
  it('is as frequent as its weight and the holdout share say', () => {
    check(experiments, (experiment) => {
      const found = [...armsOf(experiment).values()];
      const count = (arm: string) => found.filter((one) => one === arm).length;
      const held = experiment.holdoutPercent / 100;
      expectShare(count(HOLDOUT), held);
      for (const { name, weight } of experiment.arms) {
        expectShare(count(name), (1 - held) * (weight / sumOf(experiment.arms)));
      }
    });
  });

  it('is the same whenever it is asked for, whatever the order of the arms and the scale of the weights', () => {
    check(experiments, (experiment) => {
      const first = armsOf(experiment);
      const turned = [...experiment.arms].reverse().map(({ name, weight }) => ({ name, weight: weight * 8 }));
      expect(armsOf({ ...experiment, arms: turned })).toEqual(first);
    });
  });

  it('stays what it was in releases before', () => {
    const arms = [
      { name: 'A', weight: 1 },
      { name: 'B', weight: 1 },
    ];
    const experiment = { key: 'welcome-offer', arms, holdoutPercent: 10 };
    const found = CUSTOMERS.slice(0, 24).map((id) => armOf(experiment, id)[0]);
    expect(found.join('')).toBe('BABABBBBAhBABBBAhhBBABBA');
  });

  it('changes only to the arm whose weight has grown, and only for as many as it gains', () => {
    check(fc.tuple(experiments, fc.integer({ min: 1, max: 9 })), ([experiment, more]) => {
      const [grown, ...others] = experiment.arms as [Arm, ...Arm[]];
      const after = armsOf({ ...experiment, arms: [{ ...grown, weight: grown.weight + more }, ...others] });
      const moved = [...armsOf(experiment)].filter(([id, arm]) => after.get(id) !== arm);
      expect(moved.every(([id]) => after.get(id) === grown.name)).toBe(true);
      const sum = sumOf(experiment.arms);
      const gain = (grown.weight + more) / (sum + more) - grown.weight / sum;
      expectShare(moved.length, gain * (1 - experiment.holdoutPercent / 100));
    });
  });

  it('stays when another arm is taken away', () => {
    check(experiments, (experiment) => {
      const [gone, ...left] = experiment.arms as [Arm, ...Arm[]];
      const after = armsOf({ ...experiment, arms: left });
      for (const [id, arm] of armsOf(experiment)) if (arm !== gone.name) expect(after.get(id)).toBe(arm);
    });
  });

  it('is kept by those who are not reached by a higher holdout share, and by those who were held out', () => {
    check(fc.tuple(experiments, fc.integer({ min: 1, max: 50 })), ([experiment, more]) => {
      const after = armsOf({ ...experiment, holdoutPercent: experiment.holdoutPercent + more });
      for (const [id, arm] of armsOf(experiment)) expect([arm, HOLDOUT]).toContain(after.get(id));
      expectShare(
        [...after.values()].filter((arm) => arm === HOLDOUT).length,
        (experiment.holdoutPercent + more) / 100,
      );
    });
  });

  it('says nothing of the arm in another experiment', () => {
    const halves = [
      { name: 'A', weight: 1 },
      { name: 'B', weight: 1 },
    ];
    const [one, other] = ['first', 'second'].map((key) => armsOf({ key, arms: halves, holdoutPercent: 0 }));
    expectShare(CUSTOMERS.filter((id) => one?.get(id) === other?.get(id)).length, 1 / 2);
  });
});

describe('an experiment that cannot be used', () => {
  const fine: Experiment = {
    key: 'welcome-offer',
    arms: [
      { name: 'A', weight: 1 },
      { name: 'B', weight: 2 },
    ],
    holdoutPercent: 0,
  };
  const problemsOf = (change: Partial<Experiment>) =>
    experimentProblems({ ...fine, ...change }).map(({ path, message }) => `${path} ${message}`);
  const named = (...all: string[]) => ({ arms: all.map((name) => ({ name, weight: 1 })) });
  const weighing = (weight: number) => ({ arms: [...fine.arms, { name: 'C', weight }] });

  it('is told from one that can', () => {
    expect(problemsOf({})).toEqual([]);
    expect(problemsOf({ arms: fine.arms.slice(0, 1), holdoutPercent: 50 })).toEqual([]);
  });

  it.each([
    [{ key: '' }, '/key is missing'],
    [{ key: 'Welcome offer' }, '/key has to be up to 63 small letters'],
    [named('A'), '/arms needs two arms or more, or one beside a holdout'],
    [{ arms: [], holdoutPercent: 10 }, '/arms needs an arm beside the holdout'],
    [named(...'ABCDEFGHIJK'), '/arms can be at most 10; these are 11'],
    [named('A', ''), '/arms/1/name is missing'],
    [named('A', 'B '), '/arms/1/name has to be one line'],
    [named('A', 'x'.repeat(41)), '/arms/1/name has to be one line'],
    [named('A', 'Holdout'), '/arms/1/name cannot be "Holdout"'],
    [named('Offer', 'B', 'offer'), '/arms/2/name is used twice: "offer"'],
    [weighing(0), '/arms/2/weight of "C" has to be above 0'],
    [weighing(-1), '/arms/2/weight of "C" has to be above 0'],
    [weighing(Number.NaN), '/arms/2/weight of "C" has to be above 0'],
    [weighing(2e6), '/arms/2/weight of "C" has to be above 0 and at most 1,000,000'],
    [{ holdoutPercent: -1 }, '/holdoutPercent has to be from 0 to below 100'],
    [{ holdoutPercent: 100 }, '/holdoutPercent has to be from 0 to below 100'],
  ])('is refused: %j', (change, sentence) => {
    expect(problemsOf(change)).toEqual([expect.stringContaining(sentence)]);
  });
});
