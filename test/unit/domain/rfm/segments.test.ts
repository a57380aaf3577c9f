/** The grid of segments as CONTRACT section 7 prints it. */
import { expect, it } from 'vitest';
import { segmentOf, type Score } from '../../../../temporal/domain/rfm/segments.ts';

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
