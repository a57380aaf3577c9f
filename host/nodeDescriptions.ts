/** The descriptions of our nodes, as n8n loads them from the built package. */
import { globSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import type { INodeType, INodeTypeDescription } from 'n8n-workflow';
import { buildNodes } from './build.ts';

const ROOT = join(import.meta.dirname, '..');
export const PACKAGE = 'n8n-nodes-commerce-journeys';

/** Builds the nodes aside, so that a running n8n keeps its own. @returns by full node type */
export async function nodeDescriptions(): Promise<Map<string, INodeTypeDescription>> {
  const artifacts = join(ROOT, '.artifacts');
  mkdirSync(artifacts, { recursive: true });
  // Below the repository: the built nodes ask for n8n-workflow.
  const folder = mkdtempSync(join(artifacts, 'descriptions-'));
  try {
    await buildNodes(folder);
    const require = createRequire(import.meta.url);
    const described = globSync('nodes/*/*.node.js', { cwd: folder }).map((file) => {
      const loaded = require(join(folder, file)) as Record<string, new () => INodeType>;
      const Node = loaded[basename(file, '.node.js')];
      if (!Node) throw new Error(`${file} has no class of its name.`);
      const { description } = new Node();
      return [`${PACKAGE}.${description.name}`, description] as const;
    });
    return new Map(described);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
