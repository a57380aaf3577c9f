export const NEEDED_NODE_MAJOR: number;
export function node24Folder(log?: (line: string) => void): Promise<string>;
export function ensureDependencies(root: string, nodeBin: string, log?: (line: string) => void): Promise<void>;
export function withFirstOnPath(
  folder: string,
  env: Record<string, string | undefined>,
): Record<string, string | undefined>;
