/**
 * Templates that took too long for several customers of a batch. Each of them holds up the whole service for as long as rendering may
 * take (liquid.ts): the rest of the batch is spared it, and everybody else.
 */
import type { SendProblem } from '../store/sendRequests.ts';
import type { Message } from './messageSchema.ts';

/** One customer's own item may be what is too large. */
const MOST = 3;

export class StoppedTemplates {
  readonly #stopped = new Map<string, number>();
  readonly #problems = new Map<string, SendProblem>();

  /** @returns null: it may be tried */
  problemOf(message: Message): SendProblem | null {
    return this.#problems.size === 0 ? null : (this.#problems.get(keyOf(message)) ?? null);
  }

  note(message: Message, problem: SendProblem): void {
    const key = keyOf(message);
    const times = (this.#stopped.get(key) ?? 0) + 1;
    this.#stopped.set(key, times);
    if (times >= MOST) this.#problems.set(key, problem);
  }
}

const keyOf = (message: Message): string => JSON.stringify({ ...message, data: null });
