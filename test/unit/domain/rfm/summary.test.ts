/** The grid of segments as CONTRACT section 7 prints it, what segments are worth, and the median. */
import { expect, it } from 'vitest';
import { segmentOf, SEGMENTS, type Score } from '../../../../temporal/domain/rfm/segments.ts';
import { medianOf, segmentSummaries } from '../../../../temporal/domain/rfm/summary.ts';

it('names every segment of the grid of CONTRACT section 7', () => {
  const scores: Score[] = [1, 2, 3, 4, 5];
  const grid = Object.fromEntries(scores.map((r) => [r, scores.map((f) => segmentOf(r, f)).join(' ')]));
  expect(grid).toEqual({
    5: 'new potential_loyalist potential_loyalist champions champions',
    4: 'promising potential_loyalist potential_loyalist loyal loyal',
    3: 'about_to_sleep about_to_sleep need_attention loyal loyal',
    2: 'hibernating hibernating at_risk at_risk cant_lose',
    1: 'hibernating hibernating at_risk at_risk cant_lose',
  });
});

it('takes the median as the middle, or between the two in the middle', () => {
  expect([medianOf([]), medianOf([3]), medianOf([5, 1, 9]), medianOf([4, 1, 2, 100])]).toEqual([null, 3, 5, 3]);
});

it('says what each segment is worth, and no share where there is no revenue', () => {
  const totals = new Map([
    ['champions', { customers: 2, orders: 4, revenueMinor: 3_000 }],
    ['new', { customers: 1, orders: 3, revenueMinor: 1_000 }],
  ]);
  const summaries = segmentSummaries(totals);
  expect(summaries.map(({ segment }) => segment)).toEqual(SEGMENTS);
  expect(summaries.find(({ segment }) => segment === 'champions')).toEqual({
    segment: 'champions',
    customers: 2,
    revenueMinor: 3_000,
    share: 0.75,
    averageOrderMinor: 750,
  });
  expect(summaries.find(({ segment }) => segment === 'new')).toMatchObject({ share: 0.25, averageOrderMinor: 333 });
  expect(summaries.find(({ segment }) => segment === 'loyal')).toMatchObject({ share: 0, averageOrderMinor: null });
  const returned = segmentSummaries(new Map([['new', { customers: 1, orders: 1, revenueMinor: -5 }]]));
  expect(returned.find(({ segment }) => segment === 'new')).toMatchObject({ share: null, averageOrderMinor: -5 });
});
