type Environment = Record<string, string | undefined>;
type Log = (line: string) => void;
export class InstallError extends Error {}
export function cacheRoot(env?: Environment): string;
export function installOnce(options: {
  name: string;
  what: string;
  install: (folder: string) => Promise<unknown>;
  root?: string;
  log?: Log;
}): Promise<string>;
export function withLock<T>(options: { file: string; what: string; log?: Log }, work: () => Promise<T>): Promise<T>;
export function withProgress<T>(what: string, log: Log, work: () => Promise<T>): Promise<T>;
export function runToEnd(
  command: string,
  args: string[],
  options?: {
    cwd?: string;
    env?: Environment;
    explain?: (output: string) => string | null;
    timeoutMs?: number;
  },
): Promise<string>;
export function npmWayOut(output: string): string | null;
export function goWayOut(output: string): string | null;
export function npmEnvironment(env?: Environment): Environment;
