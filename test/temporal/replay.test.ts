/** The compatibility gate: today's workflow code replays the histories of runs that earlier code has made. */
import { beforeAll, describe, expect, test } from 'vitest';
import { Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { workflowCode } from '../../temporal/workflowCode.ts';
import { keptHistories } from './histories.ts';

const histories = await keptHistories();
let workflowBundle: WorkflowBundleOption;

beforeAll(async () => {
  workflowBundle = await workflowCode();
});

describe('histories of each kind of run', () => {
  test('are there', () => {
    expect(histories.length).toBeGreaterThanOrEqual(15);
  });

  test.each(histories)('$name', async ({ history }) => {
    await Worker.runReplayHistory({ workflowBundle }, history);
  });
});
