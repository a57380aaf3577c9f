/** Polls for a condition with a deadline, instead of sleeping and hoping. */
const PAUSE_MS = 100;

/**
 * @param attempt returns the value once it is there, `undefined` or `false` until then; what it throws counts as "not yet"
 * @throws Error that says what was waited for, and the last error
 */
export async function until<T>(
  what: string,
  attempt: () => Promise<T | undefined | false> | T | undefined | false,
  deadlineMs = 60_000,
): Promise<T> {
  const end = Date.now() + deadlineMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await attempt();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) {
      const because = last instanceof Error ? ` (last error: ${last.message})` : '';
      throw new Error(`Waited ${Math.round(deadlineMs / 1000)} s in vain for ${what}${because}`);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
