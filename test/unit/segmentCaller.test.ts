/** Gathering, joining and letting go, with an injected store and poster. */
import { describe, expect, test } from 'vitest';
import { SEGMENT_FAILURES, type SegmentCall, type SegmentResult } from '../../temporal/workflows/messages.ts';
import { inBatches } from '../../temporal/n8n/endpointLane.ts';
import { SegmentCaller, type SegmentCallerOptions } from '../../temporal/n8n/segmentCaller.ts';
import { segmentFailure, type SegmentFailure } from '../../temporal/n8n/segmentFailure.ts';
import type { SegmentStore } from '../../temporal/n8n/segmentStore.ts';
import { segmentKey, type SegmentEndpoint } from '../../temporal/store/segments.ts';

const endpointOf = (call: SegmentCall): SegmentEndpoint => ({
  id: call.runId.split('-')[0]!,
  path: 'webhook/x/journey',
  nodeName: 'Wait',
  workflowName: 'Flow',
  published: !call.runId.startsWith('unpublished'),
});
const completed: SegmentResult = { kind: 'completed' };

/** The part of a run id before the first `-` is its endpoint, the last character its journey. */
const store: SegmentStore = {
  locate: (calls) => Promise.resolve(new Map(calls.map((call) => [segmentKey(call), endpointOf(call)]))),
  load: (calls) =>
    Promise.resolve(
      calls.map((call) => {
        const endpoint = endpointOf(call);
        if (!endpoint.published) return { kind: 'missing', call, step: 'Wait' };
        if (call.runId.startsWith('over')) {
          return { kind: 'answered', call, result: { kind: 'ended', outcome: 'exited', reason: 'completed_purchase' } };
        }
        return { kind: 'post', call, endpoint, item: { run: { id: call.runId, journey: call.runId.at(-1) } } as never };
      }),
    ),
  results: (calls) => Promise.resolve(calls.map(() => completed)),
  known: (calls) => Promise.resolve(calls.map((call) => (call.runId.includes('known') ? completed : null))),
};

interface Post {
  runIds: string[];
  end: (failure?: SegmentFailure) => void;
}

function callerWith(options: Partial<SegmentCallerOptions> = {}) {
  const posts: Post[] = [];
  const caller = new SegmentCaller({
    store,
    maxPauseMs: 0,
    post: (_endpoint, items) => {
      const { promise, resolve } = Promise.withResolvers<SegmentFailure | null>();
      const runIds = items.map((item) => (JSON.parse(item) as { run: { id: string } }).run.id);
      posts.push({ runIds, end: (failure) => resolve(failure ?? null) });
      return promise;
    },
    ...options,
  });
  return { caller, posts };
}
const call = (runId: string): SegmentCall => ({ runId, segment: 1, outcome: 'entered' });
/** Promise callbacks and immediates that are due have run. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}
const failure = (type: SegmentFailure['type'], more: Partial<SegmentFailure> = {}) =>
  segmentFailure(type, 'words', more);

describe('gathering', () => {
  test('an idle endpoint is called at once; while it is busy, customers gather', async () => {
    const { caller, posts } = callerWith();
    const first = caller.run(call('e-1a'));
    await settled();
    const others = ['e-2a', 'e-3a', 'e-4a'].map((id) => caller.run(call(id)));
    await settled();
    expect(posts.map((post) => post.runIds)).toEqual([['e-1a']]);
    posts[0]!.end();
    await first;
    await settled();
    expect(posts[1]!.runIds).toEqual(['e-2a', 'e-3a', 'e-4a']);
    posts[1]!.end();
    expect(await Promise.all(others)).toEqual([completed, completed, completed]);
  });

  test('at most so many items a call', async () => {
    const { caller, posts } = callerWith({ maxItems: 2 });
    const all = ['e-1a', 'e-2a', 'e-3a'].map((id) => caller.run(call(id)));
    await settled();
    posts[0]!.end();
    await settled();
    posts[1]!.end();
    await Promise.all(all);
    expect(posts.map((post) => post.runIds.length)).toEqual([2, 1]);
  });

  test('endpoints do not wait for each other, and customers of several journeys are never mixed', async () => {
    const { caller, posts } = callerWith();
    const all = ['e-1a', 'f-2a', 'e-3b', 'e-4a'].map((id) => caller.run(call(id)));
    await settled();
    expect(posts.map((post) => post.runIds)).toEqual([['e-1a', 'e-4a'], ['f-2a']]);
    posts[0]!.end();
    posts[1]!.end();
    await settled();
    expect(posts[2]!.runIds).toEqual(['e-3b']);
    posts[2]!.end();
    await Promise.all(all);
  });

  test('a body stays below its limit; a larger item goes alone', () => {
    const items = ['xx', 'xx', 'xxxxxxxxxxxx', 'x'].map((json) => ({ json }));
    expect(inBatches(items, 8).map((batch) => batch.length)).toEqual([2, 1, 1]);
  });
});

describe('joining and letting go', () => {
  test('the same run and segment is posted once', async () => {
    const { caller, posts } = callerWith();
    const both = [caller.run(call('e-1a')), caller.run(call('e-1a'))];
    await settled();
    posts[0]!.end();
    await Promise.all(both);
    expect(posts).toHaveLength(1);
  });

  test('the fast path lets go of a slow call; the ordinary activity joins it', async () => {
    const { caller, posts } = callerWith({ fastMs: 5 });
    expect(await caller.tryRun(call('e-1a'))).toEqual({ kind: 'notNow' });
    const ordinary = caller.run(call('e-1a'));
    posts[0]!.end();
    expect(await ordinary).toEqual(completed);
    expect(posts).toHaveLength(1);
  });

  test('a result that came in between is kept for the ordinary activity', async () => {
    const { caller, posts } = callerWith({ fastMs: 5 });
    expect(await caller.tryRun(call('e-1a'))).toEqual({ kind: 'notNow' });
    posts[0]!.end();
    await settled();
    expect(await caller.run(call('e-1a'))).toEqual(completed);
    expect(posts).toHaveLength(1);
  });

  test('the fast path keeps away from an endpoint that fails, until a call succeeds', async () => {
    const { caller, posts } = callerWith();
    const first = caller.tryRun(call('e-1a'));
    await settled();
    posts[0]!.end(failure(SEGMENT_FAILURES.refused, { concernsAll: true }));
    expect(await first).toEqual({ kind: 'notNow' });
    expect(await caller.tryRun(call('e-2a'))).toEqual({ kind: 'notNow' });
    expect(posts).toHaveLength(1);
    const ordinary = caller.run(call('e-2a'));
    await settled();
    posts[1]!.end();
    await ordinary;
    const fast = caller.tryRun(call('e-3a'));
    await settled();
    posts[2]!.end();
    expect(await fast).toEqual(completed);
  });

  test('an ordinary activity that joins a fast call is not sent away', async () => {
    const { caller, posts } = callerWith();
    const failed = caller.run(call('e-0a'));
    await settled();
    posts[0]!.end(failure(SEGMENT_FAILURES.refused, { concernsAll: true }));
    await expect(failed).rejects.toMatchObject({ type: 'N8nUnreachable' });
    void caller.tryRun(call('e-1a'));
    const ordinary = caller.run(call('e-1a'));
    await settled();
    posts[1]!.end();
    expect(await ordinary).toEqual(completed);
  });
});

describe('failing', () => {
  test('nothing is called for a run that has ended or a node that is not published', async () => {
    const { caller, posts } = callerWith();
    expect(await caller.run(call('over-1a'))).toMatchObject({ kind: 'ended', reason: 'completed_purchase' });
    await expect(caller.run(call('unpublished-1a'))).rejects.toMatchObject({ type: 'StepNotPublished' });
    expect(posts).toHaveLength(0);
  });

  test('those who queue behind a call that n8n refused fail with it', async () => {
    const { caller, posts } = callerWith();
    const first = caller.run(call('e-1a'));
    await settled();
    const second = caller.run(call('e-2a'));
    await settled();
    posts[0]!.end(failure(SEGMENT_FAILURES.timeout, { concernsAll: true }));
    await expect(first).rejects.toMatchObject({ type: 'N8nTimedOut' });
    await expect(second).rejects.toMatchObject({ type: 'N8nTimedOut' });
    expect(posts).toHaveLength(1);
  });

  test('after a lost answer the store is asked', async () => {
    const { caller, posts } = callerWith();
    const both = [caller.run(call('e-known-a')), caller.run(call('e-1a'))];
    await settled();
    posts[0]!.end(failure(SEGMENT_FAILURES.timeout, { answerLost: true, concernsAll: true }));
    expect(await both[0]).toEqual(completed);
    await expect(both[1]).rejects.toMatchObject({ type: 'N8nTimedOut' });
  });

  test('a store that does not answer is a failure of its own, without its words', async () => {
    const errors: unknown[] = [];
    const broken = { ...store, load: () => Promise.reject(new Error('value a@example.com')) };
    const { caller } = callerWith({ store: broken, onError: (error) => errors.push(error) });
    await expect(caller.run(call('e-1a'))).rejects.toMatchObject({ type: 'JourneysStoreUnavailable' });
    await expect(caller.run(call('e-1a'))).rejects.not.toThrow(/example\.com/);
    expect(errors).toHaveLength(2);
  });
});
