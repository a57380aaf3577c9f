/** CPU seconds that a process has used, with its children: from /proc, so Linux only. */
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/** Clock ticks per second of /proc/<pid>/stat. */
const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

interface ProcessStat {
  parent: number;
  /** User and system seconds, those of ended and awaited children included. */
  seconds: number;
}

function stat(pid: number): ProcessStat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the command, may hold blanks and parentheses.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [parent, utime, stime, cutime, cstime] = [1, 11, 12, 13, 14].map((index) => fields[index] ?? 0) as [
      number,
      number,
      number,
      number,
      number,
    ];
    return { parent, seconds: (utime + stime + cutime + cstime) / TICKS };
  } catch {
    return null;
  }
}

/** CPU seconds of a process and all that descend from it. */
export function cpuSeconds(pid: number): number {
  const stats = new Map<number, ProcessStat>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const found = stat(Number(name));
    if (found) stats.set(Number(name), found);
  }
  const total = (root: number): number => {
    let seconds = stats.get(root)?.seconds ?? 0;
    for (const [child, { parent }] of stats) if (parent === root) seconds += total(child);
    return seconds;
  };
  return total(pid);
}

/** CPU seconds that each named process spends while `work` runs. */
export async function cpuDuring<K extends string, T>(
  pids: Record<K, number>,
  work: () => Promise<T>,
): Promise<{ result: T; cpu: Record<K, number>; wallSeconds: number }> {
  const read = () =>
    Object.fromEntries(Object.entries<number>(pids).map(([name, pid]) => [name, cpuSeconds(pid)])) as Record<K, number>;
  const before = read();
  const begun = performance.now();
  const result = await work();
  const wallSeconds = (performance.now() - begun) / 1000;
  const after = read();
  const cpu = Object.fromEntries(
    (Object.keys(pids) as K[]).map((name) => [name, after[name] - before[name]]),
  ) as Record<K, number>;
  return { result, cpu, wallSeconds };
}
