/** How far few observations are believed: by the definition, by a population whose answer is known, and at the edges. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CredibilityLearner,
  observationsOf,
  shrunk,
  UNKNOWN_STRENGTH,
} from '../../../../temporal/domain/affinity/credibility.ts';
import { randomOf } from './random.ts';

const learnedOf = (people: readonly (readonly number[])[]) => {
  const learner = new CredibilityLearner();
  for (const values of people) learner.add(observationsOf(values));
  return learner.learned();
};
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** k as Bühlmann and Straub define its estimate, observation by observation. */
function strengthByDefinition(people: readonly (readonly number[])[]): number {
  const all = people.flat();
  const counts = people.map((values) => values.length);
  const squares = people.flatMap((values) => values.map((value) => (value - mean(values)) ** 2));
  const within = squares.reduce((sum, one) => sum + one, 0) / (all.length - people.length);
  const spread = people.reduce((sum, values) => sum + values.length * (mean(values) - mean(all)) ** 2, 0);
  const weight = all.length - counts.reduce((sum, count) => sum + count * count, 0) / all.length;
  return within / ((spread - (people.length - 1) * within) / weight);
}

describe('credibility', () => {
  it('finds out how much people differ, where that is known', () => {
    // Shares from Beta(2, 8): within / between = E[s (1 - s)] / Var[s] = 2 + 8.
    const random = randomOf(1);
    const people = Array.from({ length: 4000 }, () => {
      const share = random.beta(2, 8);
      return Array.from({ length: 5 + random.below(20) }, () => (random.next() < share ? 1 : 0));
    });
    const { mean: usual, strength, customers } = learnedOf(people);
    expect(customers).toBe(4000);
    expect(usual).toBeCloseTo(0.2, 1);
    expect(strength).toBeGreaterThan(9);
    expect(strength).toBeLessThan(11);
  });

  it('is what the definition says, in whatever order people come', () => {
    const values = fc.array(fc.constantFrom(0, 0.2, 0.5, 1), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(values, { minLength: 40, maxLength: 80 }), (people) => {
        const { strength, mean: usual } = learnedOf(people);
        const asDefined = strengthByDefinition(people);
        const repeated = people.flat().length - people.length;
        if (repeated < 30) expect(strength).toBe(UNKNOWN_STRENGTH);
        else if (asDefined > 0 && asDefined < 90) expect(strength).toBeCloseTo(Math.max(1, asDefined), 6);
        else expect(strength).toBeGreaterThanOrEqual(90);
        expect(usual).toBeCloseTo(mean(people.flat()), 9);
        expect(learnedOf([...people].reverse()).strength).toBeCloseTo(strength, 6);
      }),
    );
  });

  it('takes people for alike where they differ by chance only, and for different where each is true to themselves', () => {
    const alike = Array.from({ length: 50 }, () => [0, 1]);
    expect(learnedOf(alike).strength).toBe(100);
    const decided = Array.from({ length: 50 }, (_, person) => [person % 2, person % 2]);
    expect(learnedOf(decided).strength).toBe(1);
  });

  it('lies between the shop and the person, and comes closer to the person with each observation', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        share,
        share,
        fc.double({ min: 1, max: 100, noNaN: true }),
        fc.nat(1000),
        (usual, own, strength, n) => {
          const shop = { mean: usual, strength, customers: 1, observations: 1 };
          const at = (count: number) => shrunk(shop, { count, sum: own * count }) ?? NaN;
          expect(at(0)).toBeCloseTo(usual, 12);
          expect(at(n)).toBeGreaterThanOrEqual(Math.min(usual, own) - 1e-12);
          expect(at(n)).toBeLessThanOrEqual(Math.max(usual, own) + 1e-12);
          expect(Math.abs(at(n + 1) - own)).toBeLessThanOrEqual(Math.abs(at(n) - own) + 1e-12);
        },
      ),
    );
  });

  it('says nothing of nobody', () => {
    const shop = learnedOf([]);
    expect(shop).toEqual({ mean: null, strength: UNKNOWN_STRENGTH, customers: 0, observations: 0 });
    expect(shrunk(shop, { count: 0, sum: 0 })).toBeNull();
    expect(shrunk(shop, { count: 2, sum: 1 })).toBe(0.5);
  });
});
