/** What a process holds in memory: from /proc, so Linux only. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cpuSeconds } from './cpu.ts';

const LOOK_MS = 50;

/** @returns MB, 0 when the process has just ended */
export function memoryOf(pid: number, name: 'VmRSS' | 'VmHWM'): number {
  try {
    const [, kilobytes = '0'] =
      new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) / 1024;
  } catch {
    return 0;
  }
}

export interface Measured {
  seconds: number;
  cpuSeconds: number;
  peakMb: number;
  output: string;
}

/** A process from its start to its end; its words go to ours. @throws Error when it fails */
export async function measured(command: string, args: string[]): Promise<Measured> {
  const begun = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let [output, peakMb, cpu] = ['', 0, 0];
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const watch = setInterval(() => {
    if (child.pid === undefined || child.exitCode !== null) return;
    peakMb = Math.max(peakMb, memoryOf(child.pid, 'VmHWM'));
    cpu = Math.max(cpu, cpuSeconds(child.pid));
  }, LOOK_MS);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(watch);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}`);
  return { seconds: (performance.now() - begun) / 1000, cpuSeconds: cpu, peakMb, output };
}
