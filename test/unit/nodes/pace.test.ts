/** How fast one credential's provider is called: at once, in a second, and not while it wants to wait. */
import { describe, expect, it } from 'vitest';
import type { INode } from 'n8n-workflow';
import { PaceKeeper, paceOf, type Clock } from '../../../nodes/ChannelSend/pace.ts';

/** Time passes when everybody sleeps. */
class SleepyClock implements Clock {
  #time = 0;
  readonly #sleepers: Array<{ until: number; wake: () => void }> = [];

  now(): number {
    return this.#time;
  }

  async sleep(ms: number): Promise<void> {
    const until = this.#time + ms;
    await new Promise<void>((wake) => this.#sleepers.push({ until, wake }));
  }

  /** Until nobody sleeps any more. */
  async pass(): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const next = this.#sleepers.sort((a, b) => a.until - b.until).shift();
      if (!next) return;
      this.#time = Math.max(this.#time, next.until);
      next.wake();
    }
  }
}

/** @returns when each of so many calls began, and how many were open at once at most */
async function starts(keeper: PaceKeeper, clock: SleepyClock, count: number, takesMs: number) {
  const began: number[] = [];
  let open = 0;
  let most = 0;
  const all = Promise.all(
    Array.from({ length: count }, () =>
      keeper.run(async () => {
        began.push(clock.now());
        most = Math.max(most, ++open);
        await clock.sleep(takesMs);
        open--;
      }),
    ),
  );
  await clock.pass();
  await all;
  return { began, most };
}

describe('calls of one credential', () => {
  it('are spread evenly over the second', async () => {
    const clock = new SleepyClock();
    const { began } = await starts(new PaceKeeper({ concurrency: 10, perSecond: 4 }, clock), clock, 6, 1);
    expect(began).toEqual([0, 250, 500, 750, 1000, 1250]);
  });

  it('are no more at once than allowed, those who came first are first', async () => {
    const clock = new SleepyClock();
    const { began, most } = await starts(new PaceKeeper({ concurrency: 2, perSecond: 0 }, clock), clock, 5, 100);
    expect(began).toEqual([0, 0, 100, 100, 200]);
    expect(most).toBe(2);
  });

  it('rest while the provider wants them to', async () => {
    const clock = new SleepyClock();
    const keeper = new PaceKeeper({ concurrency: 5, perSecond: 0 }, clock);
    keeper.hold(30_000);
    const { began } = await starts(keeper, clock, 2, 1);
    expect(began).toEqual([30_000, 30_000]);
  });

  it('go on after one that failed', async () => {
    const clock = new SleepyClock();
    const keeper = new PaceKeeper({ concurrency: 1, perSecond: 0 }, clock);
    await expect(keeper.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect((await starts(keeper, clock, 1, 1)).began).toHaveLength(1);
  });
});

describe('a credential', () => {
  const usual = { concurrency: 3, perSecond: 5 };
  const node = (id: string) => ({ credentials: { api: { id, name: 'Mail' } } }) as unknown as INode;

  it('has one pace over all executions, and its own', () => {
    const first = paceOf(node('1'), 'api', {}, usual);
    expect(paceOf(node('1'), 'api', {}, usual)).toBe(first);
    expect(paceOf(node('2'), 'api', {}, usual)).not.toBe(first);
  });

  it('says how fast; the provider’s own pace where it does not, or nonsense', () => {
    expect(paceOf(node('3'), 'api', {}, usual).pace).toEqual(usual);
    expect(paceOf(node('3'), 'api', { concurrency: 7, perSecond: 0 }, usual).pace).toEqual({
      concurrency: 7,
      perSecond: 0,
    });
    expect(paceOf(node('3'), 'api', { concurrency: 0, perSecond: -1 }, usual).pace).toEqual({
      concurrency: 1,
      perSecond: 5,
    });
    expect(paceOf(node('3'), 'api', { concurrency: 'many', perSecond: '' }, usual).pace).toEqual(usual);
  });
});
