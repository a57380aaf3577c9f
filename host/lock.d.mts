export interface ProcessMark {
  pid: number;
  began: string;
}
export type Lock = { held: true; release: () => void } | { held: false; owner: number | null };
export function isAlive(pid: number): boolean;
export function beginningOf(pid: number): string;
export function stillRuns(mark: ProcessMark): boolean;
export function tryLock(file: string): Lock;
