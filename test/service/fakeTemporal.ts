/** A Temporal for the dispatcher's tests: remembers what it was told, and fails or waits when a test says so. */
import type { DeliveryAnswer, StartAnswer, TemporalPort } from '../../temporal/dispatcher/temporalPort.ts';
import type { CustomerJourneyInput, EventSignal } from '../../temporal/workflows/messages.ts';

export interface Told {
  what: 'start' | 'event' | 'restart' | 'resume' | 'cancel';
  workflowId: string;
  runId: string;
}

export class FakeTemporal implements TemporalPort {
  readonly told: Told[] = [];
  /** Workflow id → open run. */
  readonly open = new Map<string, string>();
  mostAtOnce = 0;
  /** Called before each answer: throw to fail, await to delay. */
  before: (told: Told) => Promise<void> | void = () => {};
  #atOnce = 0;
  readonly #watchers = new Set<() => void>();

  async start(input: CustomerJourneyInput, workflowId: string): Promise<StartAnswer> {
    return await this.#answer({ what: 'start', workflowId, runId: input.runId }, () => {
      const open = this.open.get(workflowId);
      if (open !== undefined) return open === input.runId ? 'alreadyStarted' : 'busy';
      this.open.set(workflowId, input.runId);
      return 'started';
    });
  }

  event(workflowId: string, runId: string, signal: EventSignal): Promise<DeliveryAnswer> {
    return this.#reach({ what: 'event', workflowId, runId }, signal.arm === 'exit');
  }

  restart(workflowId: string, runId: string): Promise<DeliveryAnswer> {
    return this.#reach({ what: 'restart', workflowId, runId }, false);
  }

  resume(workflowId: string, runId: string): Promise<DeliveryAnswer> {
    return this.#reach({ what: 'resume', workflowId, runId }, false);
  }

  cancel(workflowId: string, runId: string): Promise<DeliveryAnswer> {
    return this.#reach({ what: 'cancel', workflowId, runId }, true);
  }

  async #reach(told: Told, ends: boolean): Promise<DeliveryAnswer> {
    return await this.#answer(told, () => {
      if (this.open.get(told.workflowId) !== told.runId) return 'gone';
      if (ends) this.open.delete(told.workflowId);
      return 'delivered';
    });
  }

  async #answer<T>(told: Told, answer: () => T): Promise<T> {
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#atOnce);
    try {
      this.told.push(told);
      for (const watcher of this.#watchers) watcher();
      await this.before(told);
      return answer();
    } finally {
      this.#atOnce--;
    }
  }

  /** Resolves as soon as `condition` holds after something has been told. */
  async until(condition: () => boolean): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve) => {
      const watcher = () => {
        if (!condition()) return;
        this.#watchers.delete(watcher);
        resolve();
      };
      this.#watchers.add(watcher);
    });
  }
}
