/** One bad item does not hold up the others, and a workflow that is broken for everybody costs few calls. */
import { describe, expect, test } from 'vitest';
import { SEGMENT_FAILURES } from '../../temporal/workflows/messages.ts';
import { segmentFailure } from '../../temporal/n8n/segmentFailure.ts';
import { postSplitting } from '../../temporal/n8n/splitting.ts';

const executionFailed = segmentFailure(SEGMENT_FAILURES.executionFailed, 'words', { splittable: true });
const refused = segmentFailure(SEGMENT_FAILURES.refused, 'words');

async function split(count: number, bad: (item: number) => boolean, random?: () => number) {
  const items = Array.from({ length: count }, (_, index) => index);
  const [good, failed]: [number[], number[]] = [[], []];
  let calls = 0;
  await postSplitting(items, {
    post: (batch) => {
      calls++;
      return Promise.resolve(batch.some(bad) ? executionFailed : null);
    },
    succeeded: (batch) => Promise.resolve(void good.push(...batch)),
    failed: (batch) => Promise.resolve(void failed.push(...batch)),
    ...(random ? { random } : {}),
  });
  return { calls, good, failed: failed.sort((a, b) => a - b) };
}

describe('splitting', () => {
  test('all good: one call', async () => {
    expect(await split(200, () => false)).toMatchObject({ calls: 1, failed: [] });
  });

  test('one bad item among 200: found in about 2 log2 n calls', async () => {
    const { calls, good, failed } = await split(200, (item) => item === 137);
    expect(failed).toEqual([137]);
    expect(good).toHaveLength(199);
    expect(calls).toBeLessThanOrEqual(17);
  });

  test('every tenth bad: exactly these fail', async () => {
    const { failed } = await split(100, (item) => item % 10 === 3);
    expect(failed).toEqual([3, 13, 23, 33, 43, 53, 63, 73, 83, 93]);
  });

  test('all bad: given up after a sample, each item accounted for once', async () => {
    const { calls, good, failed } = await split(200, () => true);
    expect(calls).toBeLessThanOrEqual(36);
    expect(good).toEqual([]);
    expect(failed).toHaveLength(200);
  });

  test('a few good among many bad are found in some round', async () => {
    let seed = 7;
    const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
    const open = new Set(Array.from({ length: 200 }, (_, index) => index));
    let rounds = 0;
    while ([...open].some((item) => item % 5 === 0) && rounds++ < 30) {
      const { good } = await split(200, (item) => item % 5 !== 0, random);
      good.forEach((item) => open.delete(item));
    }
    expect(rounds).toBeLessThan(5);
  });

  test('n8n goes away in the middle: what is left fails without further calls', async () => {
    let calls = 0;
    const failed: number[] = [];
    await postSplitting([1, 2, 3, 4], {
      post: () => Promise.resolve(++calls === 1 ? executionFailed : refused),
      succeeded: () => Promise.reject(new Error('nothing succeeds')),
      failed: (batch) => Promise.resolve(void failed.push(...batch)),
    });
    expect(calls).toBe(2);
    expect(failed).toEqual([1, 2, 3, 4]);
  });
});
