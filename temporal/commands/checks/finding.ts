/** What one check of `doctor` says, and how a check is run: bounded in time, and never the end of the others. */

export interface Finding {
  part: string;
  state: 'ok' | 'wrong' | 'not checked';
  /** For the operator: what is, and where it is wrong what to do. No secrets. */
  words: string;
}

export type Verdict = Omit<Finding, 'part'>;

export const fine = (words: string): Verdict => ({ state: 'ok', words });
export const wrong = (words: string): Verdict => ({ state: 'wrong', words });
export const notChecked = (words: string): Verdict => ({ state: 'not checked', words });

/** Longer than any single question of a check. */
const WITHIN_MS = 15_000;
/** Of one question to another part. */
export const QUESTION_MS = 5_000;

/** @param check what it throws is what is wrong, in words */
export async function finding(part: string, check: () => Promise<Verdict>, withinMs = WITHIN_MS): Promise<Finding> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Verdict>((resolve) => {
    const seconds = Math.round(withinMs / 1000);
    timer = setTimeout(() => resolve(wrong(`No answer within ${seconds} s. Is that part overloaded?`)), withinMs);
  });
  try {
    return { part, ...(await Promise.race([check(), late])) };
  } catch (error) {
    return { part, ...wrong((error as Error).message) };
  } finally {
    clearTimeout(timer);
  }
}
